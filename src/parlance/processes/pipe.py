"""The pipe between the server and a child process: frames of a JSON header and raw bytes.

A frame is two little-endian 32-bit lengths (header, body), the header as JSON, and the body as it is. The header is a
`Call` on the way to the child and an `Answer` on the way back; vectors travel in the body, so nothing is printed in
decimal only to be parsed again.
"""

from __future__ import annotations

import asyncio
import struct
from typing import Any, BinaryIO, NamedTuple

import msgspec

FAILED = "process_failed"
"""The code of a call that failed inside the child in a way that nobody foresaw."""
LENGTHS = struct.Struct("<II")
MOST = 64 * 1024 * 1024
"""Bytes a header or a body may have. The server sends far less; more means that the pipe is out of step."""


class Call(msgspec.Struct, frozen=True):
    """What the server asks of the child; the answer carries the same `id`."""

    id: int
    verb: str
    fields: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the child says to one call. `kind` is set when it failed: the name of a `Kind`, with its sentences. With
    `more` it only says how far the call has come."""

    id: int
    fields: dict[str, Any] = {}
    kind: str | None = None
    message: str = ""
    hint: str | None = None
    more: bool = False


class Reply(NamedTuple):
    """An answer and its body."""

    answer: Answer
    body: bytes


class Garbled(Exception):
    """The pipe does not hold a frame where one must begin."""


def pack(header: Call | Answer, body: bytes | memoryview = b"") -> bytes:
    """One frame. Raises `Garbled` for one that the other side would refuse."""
    head = msgspec.json.encode(header)
    lengths = (len(head), len(body))
    if max(lengths) > MOST:
        raise Garbled("A frame is too large.")
    return b"".join((LENGTHS.pack(*lengths), head, body))


def lengths(start: bytes) -> tuple[int, int]:
    """The two lengths a frame begins with. Raises `Garbled`."""
    if len(start) < LENGTHS.size:
        raise Garbled("A frame ends too early.")
    head, body = LENGTHS.unpack(start)
    if max(head, body) > MOST:
        raise Garbled("A frame is too large.")
    return head, body


def read_call(stream: BinaryIO) -> Call | None:
    """The next call, waiting for it; `None` at the end of the stream. Raises `Garbled`."""
    start = stream.read(LENGTHS.size)
    if not start:
        return None
    head, body = lengths(start)
    raw = stream.read(head + body)
    if len(raw) < head + body:
        raise Garbled("A frame ends too early.")
    try:
        return msgspec.json.decode(raw[:head], type=Call)
    except msgspec.DecodeError as error:
        raise Garbled("A header is not what it must be.") from error


async def read_reply(stream: asyncio.StreamReader) -> Reply | None:
    """The next answer; `None` at the end of the stream, also in mid-frame (the child died). Raises `Garbled`."""
    try:
        head, body = lengths(await stream.readexactly(LENGTHS.size))
        raw = await stream.readexactly(head + body)
    except asyncio.IncompleteReadError:
        return None
    try:
        return Reply(msgspec.json.decode(raw[:head], type=Answer), raw[head:])
    except msgspec.DecodeError as error:
        raise Garbled("A header is not what it must be.") from error
