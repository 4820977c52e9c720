"""Files over HTTP that are made while they are sent: chats, and all that is kept of somebody. And chats that come in,
as the body of a request."""

from __future__ import annotations

from collections.abc import AsyncIterator

from parlance.core.accounts.departure_operations import ExportAccount
from parlance.core.library.transfer_operations import ExportChats, ImportChats, Imported
from parlance.dialects.native.operations import PREFIX
from parlance.dialects.ranges import disposition
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door

LIMIT = 64 * 1024 * 1024
"""Bytes of a file that comes in: it is in memory whole."""


async def export(request: Request, do: Do) -> Reply:
    """`GET /parlance/v1/chats.export?chat=…&format=…`."""
    made = await do(json_door.convert(request.query, ExportChats))
    return _file(made.name, made.media_type, made.pieces)


async def takeout(request: Request, do: Do) -> Reply:
    """`GET /parlance/v1/accounts.export`."""
    made = await do(ExportAccount())
    return _file(made.name, "application/json", made.pieces)


def _file(name: str, media_type: str, pieces: AsyncIterator[bytes]) -> Reply:
    headers = (
        (b"content-disposition", disposition(name, inline=False)),
        (b"cache-control", b"private, no-store"),
    )
    return Reply(type=media_type.encode(), headers=headers, frames=pieces)


async def bring(request: Request, do: Do) -> Reply:
    """`POST /parlance/v1/chats.import?format=…`: the body is the file."""
    wish = json_door.convert({**request.query, "content": ""}, ImportChats)
    return Reply(json_door.encode(await do(ImportChats(request.body, wish.format))))


ROWS = (
    Row(
        "GET",
        f"{PREFIX}/accounts.export",
        "accounts.export",
        takeout,
        (ExportAccount,),
        "All that is kept of the caller, as a file",
        media="application/json",
    ),
    Row(
        "GET",
        f"{PREFIX}/chats.export",
        "chats.export",
        export,
        (ExportChats,),
        "One chat, or all of the caller's own, as a file",
        queries=(
            ("chat", "The chat; none is all of them."),
            ("format", "`json`, which can be imported again, or `markdown`."),
        ),
        media="application/json",
    ),
    Row(
        "POST",
        f"{PREFIX}/chats.import",
        "chats.import",
        bring,
        (ImportChats,),
        "Take in a file of chats: Parlance's own, ChatGPT's or Open WebUI's",
        body="bytes",
        limit=LIMIT,
        gives=Imported,
        queries=(("format", "`parlance`, `chatgpt` or `openwebui`; by default what the file looks like."),),
    ),
)
