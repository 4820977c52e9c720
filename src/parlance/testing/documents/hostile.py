"""Files that break parsers: bombs, loops, what is cut off and what lies."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path

from parlance.testing.documents import office, pdf

MIB = 1024 * 1024


def zip_bomb(path: Path, size: int = 300 * MIB) -> Path:
    """A DOCX whose document unpacks to a thousand times its size."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file, file.open("word/document.xml", "w") as part:
        for _ in range(size // MIB):
            part.write(b" " * MIB)
    return path


def lying_bomb(path: Path, size: int = 300 * MIB) -> Path:
    """The same, but its directory says that it is small."""
    zip_bomb(path, size)
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<I", size), struct.pack("<I", 1000)))
    return path


def entities(path: Path) -> Path:
    """A DOCX whose document defines text that multiplies itself."""
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    text = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{levels}]><x>&a11;</x>'
    return office.zipped(path, {"word/document.xml": text})


def deep(path: Path, levels: int = 200_000) -> Path:
    """A DOCX of elements inside elements."""
    return office.zipped(path, office.body("<w:sdt>" * levels + "</w:sdt>" * levels))


def swollen(path: Path) -> Path:
    """A DOCX of very many paragraphs: honest, and too much for one document."""
    return office.zipped(path, office.body("".join(office.paragraph(f"{n * n:x} words " * 16) for n in range(60_000))))


def far_cell(path: Path) -> Path:
    """An XLSX with a cell in its last column of its last row."""
    office.xlsx(path)
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    far = b'<row r="1048576"><c r="XFD1048576"><v>7</v></c><c r="B1048576"><v>8</v></c></row></sheetData>'
    parts["xl/worksheets/s1.xml"] = parts["xl/worksheets/s1.xml"].replace(b"</sheetData>", far)
    return office.zipped(path, parts)


def pdf_bomb(path: Path, size: int = 700 * MIB) -> Path:
    """A PDF whose page's content unpacks, twice over, to very much."""
    squeezed = zlib.compressobj(9)
    once = b"".join(squeezed.compress(b" " * MIB) for _ in range(size // MIB)) + squeezed.flush()
    twice = zlib.compress(once, 9)
    pdf.written(path, [([pdf.Words(60, 700, "x")], [])])
    raw = path.read_bytes()
    at, end = raw.index(b"<< /Length"), raw.index(b"endobj", raw.index(b"<< /Length"))
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream\n" % (len(twice), twice)
    path.write_bytes(raw[:at] + stream + raw[end:])
    return path


def pixel_bomb(path: Path, side: int = 60_000) -> Path:
    """A PNG of a few kilobytes and 3.6 thousand million pixels."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    row = bytes(1 + side // 8)
    squeezed = zlib.compressobj(9)
    data = b"".join(squeezed.compress(row) for _ in range(2000)) + squeezed.flush()
    chunks = [(b"IHDR", head), (b"IDAT", data), (b"IEND", b"")]
    out = b"\x89PNG\r\n\x1a\n"
    for name, held in chunks:
        out += struct.pack(">I", len(held)) + name + held + struct.pack(">I", zlib.crc32(name + held))
    path.write_bytes(out)
    return path
