"""What the operations on feeds do."""

from __future__ import annotations

from parlance.core.chat.room import ChatRoom, author
from parlance.core.feeds.feed import Feed
from parlance.core.feeds.operations import ReadFeed
from parlance.core.operation import Context, Handles, Result


async def read_feed(room: ChatRoom, context: Context, op: ReadFeed) -> Result[Feed]:
    """Handle `ReadFeed`."""
    principal = author(context.principal)
    return Result(room.feeds.of(principal.tenant, principal.user))


AREA: Handles = {ReadFeed: read_feed}
