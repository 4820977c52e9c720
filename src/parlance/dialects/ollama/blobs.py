"""`/api/blobs/{digest}`: the files that a model is made of, handed through piece by piece."""

from __future__ import annotations

import re

from parlance.core.models.operations import FindBlob, PutBlob
from parlance.dialects.ollama.bodies import invalid
from parlance.dialects.table import Do, Reply, Request, Row

LIMIT = 1 << 40
"""Bytes of one blob: the largest models that anybody publishes are close to it."""
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")


async def find(request: Request, do: Do) -> Reply:
    """Whether the blob is there."""
    found = await do(FindBlob(_digest(request)))
    return Reply(b"", status=200 if found else 404, type=b"")


async def put(request: Request, do: Do) -> Reply:
    """Store a blob."""
    digest = _digest(request)
    if request.content is None:
        raise invalid("body", "A blob is sent as the body of the request.")
    await do(PutBlob(digest, request.content))
    return Reply(b"", status=201, type=b"")


def _digest(request: Request) -> str:
    found = _DIGEST.fullmatch(request.params["digest"])
    if found is None:
        raise invalid("digest", "A digest is `sha256:` and 64 hexadecimal digits.")
    return f"sha256:{found[1]}"


ROWS = (
    Row(
        "HEAD",
        "/api/blobs/{digest}",
        "ollama.blobs.find",
        find,
        (FindBlob,),
        "Whether a blob is there",
        statuses=(200, 404),
    ),
    Row(
        "POST",
        "/api/blobs/{digest}",
        "ollama.blobs.put",
        put,
        (PutBlob,),
        "Store a blob",
        body="upload",
        limit=LIMIT,
        statuses=(201,),
    ),
)
