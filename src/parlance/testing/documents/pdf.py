"""PDF files, written object by object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from parlance.testing.documents.facts import PARAGRAPHS, ROWS, TITLE

WIDTH, HEIGHT = 595, 842
_FONTS = (
    "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> "
    "/F2 << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts "
    "[<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo "
    "<< /Registry (Adobe) /Ordering (GB1) /Supplement 0 >> /DW 1000 /FontDescriptor << /Type /FontDescriptor "
    "/FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 /Descent -120 "
    "/CapHeight 880 /StemV 93 >> >>] >> >>"
)


class Words(NamedTuple):
    """A line of text: where it begins, in points from the lower left, and the size of its letters."""

    x: float
    y: float
    text: str
    size: float = 10


Rule = tuple[float, float, float, float]


def written(path: Path, pages: Sequence[tuple[Sequence[Words], Sequence[Rule]]], title: str = TITLE) -> Path:
    """A file of pages, each of words and ruled lines (from x, y to x, y)."""
    contents = [_content(words, rules) for words, rules in pages]
    kids = " ".join(f"{3 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] /MediaBox [0 0 {WIDTH} {HEIGHT}] >>".encode(),
    ]
    for number, content in enumerate(contents):
        own = f"/Contents {4 + 2 * number} 0 R /Resources << /Font {_FONTS} >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {own} >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    objects.append(f"<< /Title ({title}) >>".encode("cp1252"))
    return put(path, objects, f"/Info {len(objects)} 0 R")


def put(path: Path, objects: Sequence[bytes], more: str) -> Path:
    """A file of these objects, the first of which is its root; `more` goes into its trailer."""
    pieces, places, at = [b"%PDF-1.4\n"], [], 9
    for number, one in enumerate(objects, 1):
        places.append(at)
        pieces.append(b"%d 0 obj\n%s\nendobj\n" % (number, one))
        at += len(pieces[-1])
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    pieces.append(b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table))
    end = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {more} >>\nstartxref\n{at}\n%%EOF\n"
    path.write_bytes(b"".join(pieces) + end.encode())
    return path


def _content(words: Sequence[Words], rules: Sequence[Rule]) -> bytes:
    lines = [f"0.5 w {x} {y} m {to_x} {to_y} l S" for x, y, to_x, to_y in rules]
    for one in words:
        if one.text.isascii() or all(ord(c) < 256 for c in one.text):
            held = one.text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
            lines.append(f"BT /F1 {one.size} Tf {one.x} {one.y} Td ({held}) Tj ET")
        else:
            lines.append(f"BT /F2 {one.size} Tf {one.x} {one.y} Td <{one.text.encode('utf-16-be').hex()}> Tj ET")
    return "\n".join(lines).encode("cp1252")


def handbook(path: Path) -> Path:
    """Three pages with a running header: paragraphs and a ruled table, two columns, and one line."""
    header = [Words(60, 812, f"{TITLE} - page {{}}", 8)]
    first = [Words(60, 760, TITLE, 18)]
    y = 730.0
    for one in PARAGRAPHS:
        for line in wrapped(one):
            first.append(Words(60, y, line))
            y -= 12
        y -= 8
    first.append(Words(60, y - 10, "Table of results", 14))
    cells, rules = _grid(60, y - 30)
    left = [Words(60, 760 - 12 * n, f"left column line {n}") for n in range(6)]
    right = [Words(320, 760 - 12 * n, f"right column line {n}") for n in range(6)]
    pages = [([*first, *cells], rules), ([*left, *right], []), ([Words(60, 700, "The last page says goodbye.")], [])]
    numbered = [
        ([Words(h.x, h.y, h.text.format(n), h.size) for h in header] + list(words), rules)
        for n, (words, rules) in enumerate(pages, 1)
    ]
    return written(path, numbered)


def _grid(x: float, top: float) -> tuple[list[Words], list[Rule]]:
    wide, high = 110, 18
    cells = [
        Words(x + 4 + wide * c, top - 13 - high * r, text) for r, row in enumerate(ROWS) for c, text in enumerate(row)
    ]
    right, bottom = x + wide * len(ROWS[0]), top - high * len(ROWS)
    across = [(x, top - high * r, right, top - high * r) for r in range(len(ROWS) + 1)]
    down = [(x + wide * c, bottom, x + wide * c, top) for c in range(len(ROWS[0]) + 1)]
    return cells, [*across, *down]


def wrapped(text: str, width: int = 60) -> list[str]:
    """A paragraph in lines; Chinese has no blanks to break it at."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) + 1 > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


def long(path: Path, pages: int) -> Path:
    """Many pages of prose."""
    prose = [line for number in range(4) for line in wrapped(PARAGRAPHS[number % 3], 90)]
    each = [Words(60, 780 - 12 * n, prose[n % len(prose)]) for n in range(55)]
    return written(
        path, [([*each, Words(60, 40, f"This is page number {number} of many.")], []) for number in range(1, pages + 1)]
    )


def encrypted(path: Path) -> Path:
    """A file that says that it is encrypted by a password that nobody gave."""
    lock = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'41' * 32}> /U <{'42' * 32}> >>"
    content = b"<< /Length 4 >>\nstream\nabcd\nendstream"
    page = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"
    pages = f"<< /Type /Pages /Count 1 /Kids [3 0 R] /MediaBox [0 0 {WIDTH} {HEIGHT}] >>".encode()
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, content, lock.encode()]
    return put(path, objects, f"/Encrypt 5 0 R /ID [<{'43' * 16}> <{'43' * 16}>]")
