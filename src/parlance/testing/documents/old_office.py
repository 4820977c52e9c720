"""Office documents of before 2007: streams in a file of sectors."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from parlance.testing.documents.facts import PARAGRAPHS, ROWS, TITLE

SECTOR = 512
SMALLEST = 4096
"""Bytes of a stream that lies in whole sectors; these are all filled up to it."""
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


def stored(path: Path, streams: Mapping[str, bytes]) -> Path:
    """A compound file of these streams."""
    padded = {
        name: data + bytes(-max(len(data), SMALLEST) % SECTOR + max(0, SMALLEST - len(data)))
        for name, data in streams.items()
    }
    chains: list[int] = []
    entries = [_entry("Root Entry", 5, _END, 0, child=1)]
    content = b""
    for number, (name, data) in enumerate(padded.items(), 1):
        first, count = len(chains), len(data) // SECTOR
        chains += [*range(first + 1, first + count), _END]
        last = number == len(padded)
        entries.append(_entry(name, 2, first, len(data), right=_NONE if last else number + 1))
        content += data
    entries += [_entry("", 0, 0, 0)] * (-len(entries) % 4)
    folder = b"".join(entries)
    start = len(chains)
    chains += [*range(start + 1, start + len(folder) // SECTOR), _END]
    tables = 1
    while (len(chains) + tables) * 4 > tables * SECTOR:
        tables += 1
    at = len(chains)
    table = [*chains, *[_TABLE] * tables]
    table += [_FREE] * (tables * SECTOR // 4 - len(table))
    head = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<IIIIIIIII", 0, tables, start, 0, SMALLEST, _END, 0, _END, 0)
    head += struct.pack("<109I", *range(at, at + tables), *[_FREE] * (109 - tables))
    path.write_bytes(head + content + folder + struct.pack(f"<{len(table)}I", *table))
    return path


def _entry(name: str, kind: int, start: int, size: int, right: int = _NONE, child: int = _NONE) -> bytes:
    letters = (name + "\0").encode("utf-16-le") if name else b""
    links = struct.pack("<HBBIII", len(letters), kind, 1, _NONE, right, child)
    return letters.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", start, size)


def doc(path: Path, *, encrypted: bool = False, version: int = 193) -> Path:
    """A Word document in two pieces, one of one byte a letter and one of two, with a field and a table."""
    western = f"{TITLE}\rSee \x13 PAGEREF x \x14page 2\x15.\r" + "\r".join(PARAGRAPHS[:3]) + "\r"
    cells = "".join("".join(f"{cell}\x07" for cell in row) + "\x07" for row in ROWS)
    wide = f"{PARAGRAPHS[3]}\r{cells}Behind the table.\x0cNext page.\r"
    first, second = western.encode("cp1252"), wide.encode("utf-16-le")
    start = 1024
    places = struct.pack("<3I", 0, len(western), len(western) + len(wide))
    pieces = struct.pack("<HIH", 0, start * 2 | 0x40000000, 0) + struct.pack("<HIH", 0, start + len(first), 0)
    clx = b"\x02" + struct.pack("<I", len(places) + len(pieces)) + places + pieces
    main = bytearray(start)
    struct.pack_into("<HH", main, 0, 0xA5EC, version)
    struct.pack_into("<H", main, 0x0A, 0x0200 | (0x0100 if encrypted else 0))
    struct.pack_into("<II", main, 0x4C, len(western) + len(wide), 0)
    struct.pack_into("<II", main, 0x1A2, 0, len(clx))
    return stored(path, {"WordDocument": bytes(main) + first + second, "1Table": clx})


def xls(path: Path, *, encrypted: bool = False) -> Path:
    """A workbook of two sheets: numbers, and sentences."""
    numbers = _sheet([[cell if not _is_number(cell) else float(cell) for cell in row] for row in ROWS])
    sheets = [("Sales", numbers), ("Notes", _sheet([[one, "noted"] for one in PARAGRAPHS]))]
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    if encrypted:
        start += _record(0x2F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    start += _record(0x42, struct.pack("<H", 1200))
    listed = [struct.pack("<BB", len(name), 0) + name.encode() for name, _ in sheets]
    at = len(start) + sum(len(one) + 10 for one in listed) + 4
    bound = b""
    for one, (_, data) in zip(listed, sheets, strict=True):
        bound += _record(0x85, struct.pack("<IH", at, 0) + one)
        at += len(data)
    return stored(path, {"Workbook": start + bound + _record(0x0A, b"") + b"".join(data for _, data in sheets)})


def _sheet(rows: Sequence[Sequence[str | float]]) -> bytes:
    found = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for down, row in enumerate(rows):
        for across, cell in enumerate(row):
            place = struct.pack("<HHH", down, across, 0)
            if isinstance(cell, float):
                found += _record(0x203, place + struct.pack("<d", cell))
            else:
                found += _record(0x204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    return found + _record(0x0A, b"")


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).isdecimal()
