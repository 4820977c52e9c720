"""Files over HTTP: an upload as the raw body of a request, and the content of a file, whole or a range of it.

What comes back is never what a browser could run in our origin: only pictures and plain text are shown, by the type
that their first bytes have; everything else is bytes to be saved, and all of it is in a sandbox.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from parlance.core.files.operations import FileView, ReadContent, UploadFile
from parlance.core.files.sniff import BYTES, HARMLESS, TEXT
from parlance.dialects.native.errors import fault_reply
from parlance.dialects.native.operations import PREFIX
from parlance.dialects.ranges import chosen, disposition, unchanged
from parlance.dialects.table import TEXT_TYPE, Do, Headers, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.files import File

LIMIT = 1 << 40
"""Bytes of one upload as far as HTTP is concerned; `files.max_size_mb` is the bound that counts."""
SANDBOX: Headers = (
    (b"content-security-policy", b"sandbox; default-src 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"private, no-store"),
)


async def upload(request: Request, do: Do) -> Reply:
    """`POST /parlance/v1/files.upload?name=…`: the body is the file."""
    if request.content is None:
        raise Fault(Kind.invalid, "A file is sent as the body of the request.", field="content", code="no_content")
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() and len(length) < 16 else None
    declared = request.headers.get("content-type", "")
    view = await do(UploadFile(request.query.get("name", "file"), request.content, size, declared))
    return Reply(json_door.encode(view), status=201)


async def content(request: Request, do: Do) -> Reply:
    """`GET /parlance/v1/files/{id}/content`, with `?download` to have it saved whatever it is."""
    found = await do(ReadContent(request.params["id"]))
    return handed_out(request, found.file, found.read)


def handed_out(request: Request, file: File, read: Callable[[int, int], AsyncIterator[bytes]]) -> Reply:
    """The content of a file, or the range of it that is asked for."""
    tag = f'"{file.sha256}"'
    headers = _headers(file, tag, inline=file.media_type in HARMLESS and "download" not in request.query)
    if unchanged(request.headers, tag):
        return Reply(status=304, headers=headers)
    span = chosen(request.headers, file.size, tag)
    if span is None:
        return _unsatisfiable(file, request)
    whole = span.stop - span.start == file.size
    if not whole:
        shown = f"bytes {span.start}-{span.stop - 1}/{file.size}"
        headers = (*headers, (b"content-range", shown.encode()))
    return Reply(
        status=200 if whole else 206,
        type=_type(file),
        headers=headers,
        frames=read(span.start, span.stop),
        length=span.stop - span.start,
    )


def _type(file: File) -> bytes:
    """What a browser is told: never a type that it could act on."""
    if file.media_type == TEXT:
        return TEXT_TYPE
    return (file.media_type if file.media_type in HARMLESS else BYTES).encode()


def _headers(file: File, tag: str, *, inline: bool) -> Headers:
    named = (b"content-disposition", disposition(file.name, inline=inline))
    return (named, (b"etag", tag.encode()), (b"accept-ranges", b"bytes"), *SANDBOX)


def _unsatisfiable(file: File, request: Request) -> Reply:
    fault = Fault(Kind.invalid, "The content has no such range.", field="range", code="range_not_satisfiable")
    reply = fault_reply(fault, request)
    reply.headers = (*reply.headers, (b"content-range", f"bytes */{file.size}".encode()))
    return reply


ROWS = (
    Row(
        "POST",
        f"{PREFIX}/files.upload",
        "files.upload",
        upload,
        (UploadFile,),
        "Keep a file: the body of the request is its content",
        body="upload",
        limit=LIMIT,
        gives=FileView,
        queries=(("name", "What the file is called; for people only."),),
        statuses=(201,),
    ),
    Row(
        "GET",
        f"{PREFIX}/files/{{id}}/content",
        "files.content",
        content,
        (ReadContent,),
        "The content of a file, or one range of it",
        queries=(("download", "Have a browser save it, whatever it is."),),
        statuses=(200, 206, 304),
        media="application/octet-stream",
    ),
)
