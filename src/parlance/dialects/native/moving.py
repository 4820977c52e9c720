"""Documents of a WeKnora installation over HTTP: the bytes as the raw body of a request, and the rest in its query."""

from __future__ import annotations

import msgspec

from parlance.core.weknora.moving.operations import ImportWeknoraDocument, MovedKind, PieceArrived
from parlance.dialects.native.files import LIMIT
from parlance.dialects.native.operations import PREFIX
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

MOST_DIGITS = 15
"""Of a length: more bytes than there are."""


class _About(msgspec.Struct, frozen=True):
    """What the query says of a document."""

    tenant: str
    base: str
    id: str
    name: str
    kind: MovedKind = "file"
    title: str = ""
    place: str = ""
    created: int = 0
    updated: int = 0


async def document(request: Request, do: Do) -> Reply:
    """`POST /parlance/v1/weknora.documents.import?tenant=…&base=…&id=…&name=…`: the body is the file."""
    length = request.headers.get("content-length", "")
    if request.content is None or not length.isdecimal() or len(length) > MOST_DIGITS:
        said = "A document is sent as the body of the request, with its length."
        raise Fault(Kind.invalid, said, field="content", code="no_content")
    about = msgspec.structs.asdict(json_door.convert(request.query, _About))
    metadata = json_door.decode(request.query.get("metadata", "{}").encode(), dict[str, str])
    brought = await do(ImportWeknoraDocument(content=request.content, size=int(length), metadata=metadata, **about))
    return Reply(json_door.encode(brought))


ROWS = (
    Row(
        "POST",
        f"{PREFIX}/weknora.documents.import",
        "weknora.documents.import",
        document,
        (ImportWeknoraDocument,),
        "Take in a document of a WeKnora installation: the body of the request is its content",
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
            ("metadata", "What is noted of it: an object of texts, as JSON."),
            ("created", "When it was made, in microseconds."),
            ("updated", "When it was last changed, in microseconds."),
        ),
        required=frozenset({"tenant", "base", "id", "name"}),
    ),
)
