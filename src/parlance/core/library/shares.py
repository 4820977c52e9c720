"""What the operations on links do. A link is known by its token's digest; what it shows is a copy, made once."""

from __future__ import annotations

from collections.abc import Sequence

from parlance.core import cursors
from parlance.core.accounts.guesses import site_of
from parlance.core.accounts.tokens import digest_of
from parlance.core.authorize import absent
from parlance.core.chat.room import author, within
from parlance.core.chat.tree import newest_leaf, path_to
from parlance.core.library.room import LibraryRoom
from parlance.core.library.share_operations import (
    CreateShare,
    ListShares,
    OpenShare,
    RevokeShare,
    SharedChat,
    SharedTurn,
    ShareMade,
    SharePage,
)
from parlance.core.library.unsourced import sources, unsourced
from parlance.core.operation import Context, Result
from parlance.values import json_door
from parlance.values.chats import Chat, Share, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged
from parlance.values.messages import Message, Text, text_of

PREFIX = "sh_"
PATH = "/parlance/share/"
MOST_BYTES = 8 * 1024 * 1024
"""Of what one link shows."""
VIEWS, WINDOW = 120, 60.0
"""Links opened from one address in so many seconds: a person with a room full of colleagues, and no scraper."""


async def create_share(room: LibraryRoom, context: Context, op: CreateShare) -> Result[ShareMade]:
    """Handle `CreateShare`."""
    principal, chat = author(context.principal), context.subject
    now = room.clock.now()
    if op.expires is not None and op.expires <= now:
        raise Fault(Kind.invalid, "The link would be over already.", field="expires", code="out_of_range")
    chosen = within(chat, context.named["turn"])
    turns = await _branch(room, chat, None if chosen is None else chosen.turn.id)
    shown = SharedChat(chat.title, now, tuple(turn for each in turns if (turn := _shown(each)) is not None), op.expires)
    content = json_door.encode(shown)
    if len(content) > MOST_BYTES:
        raise Fault(Kind.too_large, f"A link shows at most {MOST_BYTES} bytes.", code="share_too_large")
    share = Share(room.ids.new(), chat.tenant, principal.user, chat.id, chat.title, now, op.expires)
    token = PREFIX + room.draw()
    changes = room.library.shares(chat.tenant).insert(share, digest_of(token), content)
    told = room.tells(principal, ListChanged("shares"))
    return Result(ShareMade(share, token, PATH + token), changes, (told,))


async def _branch(room: LibraryRoom, chat: Chat, turn: str | None) -> Sequence[Turn]:
    """The turns of the branch that goes on from a turn (none: the one that is shown), from its root."""
    await room.settle(chat.tenant, chat.id)
    turns = room.chats.turns(chat.tenant)
    bones = await turns.bones(chat.id)
    way = path_to(bones, chat.head if turn is None else newest_leaf(bones, turn))
    found = await turns.these(chat.id, [bone.id for bone in way])
    return [found[bone.id] for bone in way if bone.id in found]


def _shown(turn: Turn) -> SharedTurn | None:
    """What a link shows of a turn: not what the system was told, nor what a model thought or called, nor the
    passages of documents that it cites."""
    if turn.role == "system":
        return None
    said = [item for item in turn.said if isinstance(item, Message) and item.role in ("user", "assistant")]
    text = "\n\n".join(text for item in said if (text := text_of(item.content)))
    parts = [part for item in said if not isinstance(item.content, str) for part in item.content]
    others = len(turn.files) + sum(not isinstance(part, Text) for part in parts)
    if not text and not others:
        return None
    text = unsourced(text, turn.evidence, whole=len(said) == 1)
    return SharedTurn(turn.role, text, turn.created, turn.model, others, sources(turn.evidence))


async def list_shares(room: LibraryRoom, context: Context, op: ListShares) -> Result[SharePage]:
    """Handle `ListShares`."""
    principal, limit = author(context.principal), cursors.within(op.limit)
    whose = ("shares", principal.user, op.chat)
    after = cursors.place(whose, op.cursor, str)
    stored = room.library.shares(principal.tenant)
    found = await stored.all(principal.user, op.chat, None if after is None else after[0], limit + 1)
    return Result(SharePage(*cursors.page(whose, found, limit, lambda share: (share.id,))))


async def revoke_share(room: LibraryRoom, context: Context, op: RevokeShare) -> Result[None]:
    """Handle `RevokeShare`."""
    share: Share = context.subject
    told = room.tells(context.principal, ListChanged("shares"))
    return Result(None, room.library.shares(share.tenant).delete(share), (told,))


async def open_share(room: LibraryRoom, context: Context, op: OpenShare) -> Result[SharedChat]:
    """Handle `OpenShare`: a link that is over is like one that never was."""
    count = await room.counter.add(f"shares/{site_of(context.came.address)}", 1, WINDOW)
    if count.total > VIEWS:
        raise Fault(
            Kind.over_budget,
            "Too many links were opened from here.",
            hint="Try again in a minute.",
            retry_after=max(1.0, count.resets),
            code="too_many_views",
        )
    found = await room.library.opened(digest_of(op.token)) if op.token.startswith(PREFIX) else None
    if found is None or (found.share.expires is not None and found.share.expires <= room.clock.now()):
        raise absent("share")
    return Result(json_door.decode(found.content, SharedChat))
