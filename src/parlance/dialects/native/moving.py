"""Documents of a WeKnora installation over HTTP: the bytes as the raw body of a request, and the rest in its query; or
both in a form, for what a query has no room for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from parlance.core.weknora.moving.operations import ImportWeknoraDocument, MovedKind, PieceArrived
from parlance.dialects.multipart import Form
from parlance.dialects.native.files import LIMIT
from parlance.dialects.native.operations import PREFIX
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

MOST_DIGITS = 15
"""Of a length: more bytes than there are."""


class _About(msgspec.Struct, frozen=True):
    """What is said of a document besides its bytes, `size` of which there are."""

    tenant: str
    base: str
    id: str
    name: str
    size: int
    kind: MovedKind = "file"
    title: str = ""
    place: str = ""
    created: int = 0
    updated: int = 0


async def document(request: Request, do: Do) -> Reply:
    """`POST /parlance/v1/weknora.documents.import?tenant=…&base=…&id=…&name=…`: the body is the file, or a form."""
    said, content = await _described(request)
    about = msgspec.structs.asdict(json_door.convert(said, _About))
    metadata = json_door.decode(said.get("metadata", "{}").encode(), dict[str, str])
    return Reply(json_door.encode(await do(ImportWeknoraDocument(content=content, metadata=metadata, **about))))


async def _described(request: Request) -> tuple[dict[str, Any], AsyncIterator[bytes]]:
    """What is said of a document, and its bytes as they come. Fields of a form stand before its file, and count more
    than those of the query."""
    length, kind = request.headers.get("content-length", ""), request.headers.get("content-type", "")
    if request.content is None or not length.isdecimal() or len(length) > MOST_DIGITS:
        raise _no_content()
    if not kind.lower().startswith("multipart/form-data"):
        return {**request.query, "size": int(length)}, request.content
    form, said = Form(kind, request.content), dict(request.query)
    while (part := await form.part()) is not None:
        if part.filename is not None:
            return said, form.content()
        said[part.name] = await form.text()
    raise _no_content()


def _no_content() -> Fault:
    said = "A document is sent as the body of the request, with its length, or as the file of a form."
    return Fault(Kind.invalid, said, field="content", code="no_content")


ROWS = (
    Row(
        "POST",
        f"{PREFIX}/weknora.documents.import",
        "weknora.documents.import",
        document,
        (ImportWeknoraDocument,),
        "Take in a document of a WeKnora installation: the body is its content, or a form with fields for the rest",
        body="upload",
        limit=LIMIT,
        gives=PieceArrived,
        queries=(
            ("tenant", "The id of the tenant here."),
            ("base", "The id of its base."),
            ("id", "The id that it keeps."),
            ("name", "What the file is called, with its suffix."),
            ("kind", "What it is there: `file`, `url` or `passage`."),
            ("title", "The title that it was given."),
            ("place", "Of a `url`, the address."),
            ("metadata", "What is noted of it: an object of texts, as JSON; in a form, if it is long."),
            ("size", "Of a form, how many bytes its file has."),
            ("created", "When it was made, in microseconds."),
            ("updated", "When it was last changed, in microseconds."),
        ),
        required=frozenset({"tenant", "base", "id", "name"}),
    ),
)
