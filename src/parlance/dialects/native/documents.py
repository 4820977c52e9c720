"""Documents of knowledge bases over HTTP: an upload as the raw body of a request, and what is in a document."""

from __future__ import annotations

from parlance.core.knowledge.document_operations import DocumentView, ReadDocumentContent, UploadDocument
from parlance.core.knowledge.page_operations import DrawPage
from parlance.dialects.native.files import LIMIT, SANDBOX, handed_out
from parlance.dialects.native.operations import PREFIX
from parlance.dialects.ranges import unchanged
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.ports.drawing import NARROWEST, USUAL, WIDEST
from parlance.values import json_door
from parlance.values.errors import Fault, Kind


async def upload(request: Request, do: Do) -> Reply:
    """`POST /parlance/v1/documents.upload?base=…&name=…`: the body is the file."""
    if request.content is None:
        raise Fault(Kind.invalid, "A file is sent as the body of the request.", field="content", code="no_content")
    length = request.headers.get("content-length", "")
    size = int(length) if length.isdecimal() and len(length) < 16 else None
    declared, query = request.headers.get("content-type", ""), request.query
    base, name = query.get("base", ""), query.get("name", "document")
    folder, path = query.get("folder", ""), query.get("path", "")
    view = await do(UploadDocument(base, name, request.content, size, declared, folder, path))
    return Reply(json_door.encode(view), status=201)


async def content(request: Request, do: Do) -> Reply:
    """`GET /parlance/v1/documents/{id}/content`: its bytes, or with `?part=text` the text that was read in them."""
    found = await do(
        ReadDocumentContent(request.params["id"], "text" if request.query.get("part") == "text" else "bytes")
    )
    return handed_out(request, found.file, found.read)


async def page(request: Request, do: Do) -> Reply:
    """`GET /parlance/v1/documents/{id}/pages/{number}`: a page as a picture, `?width=` pixels wide. A browser keeps it,
    and asks each time whether it is still to be seen."""
    number, width = _number(request.params["number"]), _number(request.query.get("width", str(USUAL)))
    found = await do(DrawPage(request.params["id"], number, width))
    tag = f'"{found.tag}"'
    headers = ((b"etag", tag.encode()), *_KEPT)
    if unchanged(request.headers, tag):
        return Reply(status=304, headers=headers)
    drawn = await found.draw()
    return Reply(drawn.content, type=drawn.media_type.encode(), headers=headers)


def _number(told: str) -> int:
    """What is no number is one that no page has, so that nobody hears of it who may not read the document."""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 9 else -1


_KEPT = tuple((name, b"private, no-cache" if name == b"cache-control" else value) for name, value in SANDBOX)
"""What is private may lie in the browser of whoever may see it, but is not shown again unasked."""
ROWS = (
    Row(
        "POST",
        f"{PREFIX}/documents.upload",
        "documents.upload",
        upload,
        (UploadDocument,),
        "Put a file into a knowledge base: the body of the request is its content",
        body="upload",
        limit=LIMIT,
        gives=DocumentView,
        queries=(
            ("base", "The id of the base."),
            ("name", "What the file is called, with its suffix."),
            ("folder", "The name of the kept folder that it is in, if it is in one."),
            ("path", "Its path in that folder, with `/` between."),
        ),
        required=frozenset({"base"}),
        statuses=(201,),
    ),
    Row(
        "GET",
        f"{PREFIX}/documents/{{id}}/content",
        "documents.content",
        content,
        (ReadDocumentContent,),
        "The content of a document, or one range of it",
        queries=(
            ("part", "`text` for the text that was read in it, in which the spans of its chunks lie."),
            ("download", "Have a browser save it, whatever it is."),
        ),
        statuses=(200, 206, 304),
        media="application/octet-stream",
    ),
    Row(
        "GET",
        f"{PREFIX}/documents/{{id}}/pages/{{number}}",
        "documents.page",
        page,
        (DrawPage,),
        "A page of a PDF or of a picture as it looks, as PNG or JPEG",
        queries=(("width", f"How many pixels wide, {NARROWEST} to {WIDEST}; {USUAL} unless said."),),
        statuses=(200, 304),
        media="image/png",
    ),
)
