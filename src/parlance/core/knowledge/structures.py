"""What was found out in a document besides its text, as it is kept in a blob: where pages begin comes first, so that a
search that wants no more reads only the beginning."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from parlance.ports.blobs import Blobs
from parlance.values.knowledge import Document, Parsed
from parlance.values.remarks import kept_remark

BRIEF = 64_000
"""Bytes that are taken apart in less time than a trip to a thread and back costs."""
HEAD = 32 * 1024
"""Bytes in which the beginnings of some 4,000 pages stand."""
_BEGINS = b'{"starts":'


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """Where pages begin (`starts`; what was kept earlier has it in `parsed`), what was read but for the text itself,
    and the model that was to look at its pictures (empty: none). Who wrote sound down stands in what is noted of it."""

    starts: tuple[int, ...] = ()
    parsed: Parsed
    model: str = ""


class _Pages(msgspec.Struct, frozen=True):
    """Of what was read only where its pages begin."""

    pages: tuple[int, ...] = ()


class _Starts(msgspec.Struct, frozen=True):
    """The same blob, of which all else is passed over."""

    starts: tuple[int, ...] = ()
    parsed: _Pages = _Pages()


def encoded(parsed: Parsed, model: str) -> bytes:
    """A blob of what was read."""
    rest = msgspec.structs.replace(parsed, text="", images=(), pages=())
    return msgspec.json.encode(Structure(starts=parsed.pages, parsed=rest, model=model))


def decoded(data: bytes, text: bytes) -> Structure:
    """What was kept, with its text and its pages in their places. Raises `ValueError`
    where one of them is damaged."""
    try:
        found = msgspec.json.decode(data, type=Structure)
    except msgspec.ValidationError:
        found = _of_before(data)
    whole = msgspec.structs.replace(found.parsed, text=text.decode(), pages=found.starts or found.parsed.pages)
    return msgspec.structs.replace(found, parsed=whole)


def _of_before(data: bytes) -> Structure:
    """What was kept when remarks were sentences alone. Raises `ValueError`."""
    kept = msgspec.json.decode(data, type=dict[str, Any])
    parsed = msgspec.convert(kept.get("parsed"), dict[str, Any])
    said = msgspec.convert(parsed.get("remarks", ()), list[Any])
    remarks = [msgspec.to_builtins(kept_remark(each)) for each in said]
    return msgspec.convert({**kept, "parsed": {**parsed, "remarks": remarks}}, Structure)


async def page_starts(blobs: Blobs, document: Document) -> tuple[int, ...]:
    """Where its pages begin. Raises `Fault`, `msgspec.DecodeError`."""
    blob, size = document.structure, document.structure_size
    data = await stretch(blobs, blob, 0, min(size, HEAD))
    end = data.find(b"]") + 1
    if data.startswith(_BEGINS) and end:
        return msgspec.json.decode(data[len(_BEGINS) : end], type=tuple[int, ...])
    if len(data) < size:  # kept earlier, or of very many pages
        data += await stretch(blobs, blob, len(data), size)
    if size <= BRIEF:
        return _starts(data)
    return await asyncio.to_thread(_starts, data)


def _starts(data: bytes) -> tuple[int, ...]:
    found = msgspec.json.decode(data, type=_Starts)
    return found.starts or found.parsed.pages


async def stretch(blobs: Blobs, blob: str, start: int, stop: int) -> bytes:
    """Bytes of a blob in one piece. Raises `Fault`."""
    return b"".join([piece async for piece in blobs.read(blob, start, stop)])
