"""Links to chats over HTTP: open to whoever has one, kept by no cache, and listed by no search engine.

A browser that goes to one gets the page (`transports/http/site.py`), which asks here for what was shared.
"""

from __future__ import annotations

from parlance.core.library.share_operations import OpenShare, SharedChat
from parlance.dialects.table import Do, Headers, Reply, Request, Row
from parlance.values import json_door

PRIVATE: Headers = (
    (b"cache-control", b"private, no-store"),
    (b"x-robots-tag", b"noindex, nofollow, noarchive"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"accept"),
)


async def share(request: Request, do: Do) -> Reply:
    """`GET /parlance/share/{token}`: what was shared."""
    return Reply(json_door.encode(await do(OpenShare(request.params["token"]))), headers=PRIVATE)


ROWS = (
    Row(
        "GET",
        "/parlance/share/{token}",
        "share",
        share,
        (OpenShare,),
        "What a link to a chat shows",
        gives=SharedChat,
        open=True,
        anyone=True,
    ),
)
