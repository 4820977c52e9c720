"""Sessions on their way in, as chats: a short one in one commit, a long one in pieces that nobody sees before the
last (`core/library/landing.py`)."""

from __future__ import annotations

from functools import partial
from typing import cast

from parlance.core.chat.titles import clean
from parlance.core.library.bring import MOST_TURNS
from parlance.core.library.landing import TURNS_TOGETHER, Admit, Landing
from parlance.core.library.planting import planted
from parlance.core.library.portable import PortableChat
from parlance.core.operation import Context, Result
from parlance.core.weknora.moving.operations import ImportWeknoraSession, PieceArrived
from parlance.core.weknora.moving.room import MovingRoom, kept_id, moments
from parlance.ports.stores import Statement
from parlance.values.accounts import Principal, Tenant
from parlance.values.chats import Chat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged


async def import_session(room: MovingRoom, context: Context, op: ImportWeknoraSession) -> Result[PieceArrived]:
    """Handle `ImportWeknoraSession`."""
    tenant: Tenant = context.subject
    library, session = room.library, op.session
    if len(session.turns) > MOST_TURNS:
        raise Fault(Kind.too_large, f"A chat has at most {MOST_TURNS} messages.", code="chat_too_large")
    if await library.chats.chats(tenant.id).chat(kept_id(session.id)) is not None:
        return Result(PieceArrived(session.id, False))
    await _none_is_left(room, tenant, session.id)
    owner = await room.owner(tenant)
    chat, turns = await _made(room, owner, session)
    if len(turns) > TURNS_TOGETHER:
        return await _landing(room, owner, chat, turns, id(op))
    changes: list[Statement] = list(library.chats.chats(tenant.id).insert(chat))
    for turn in turns:
        changes += library.chats.turns(tenant.id).insert(turn, chat.user)
    return Result(PieceArrived(chat.id, True), tuple(changes), (library.tells(owner, ListChanged("chats")),))


async def _none_is_left(room: MovingRoom, tenant: Tenant, id: str) -> None:
    """Raise `Fault(busy)` while half of the same session is there, brought by somebody else or left by a crash."""
    library = room.library
    if all(each.chat != id for each in await library.chats.arrivals(tenant.id).all()):
        return
    library.underway.left()
    said = "Half of this session is here: it is being brought, or what a crash left of it is being removed."
    raise Fault(Kind.busy, said, hint="Try again.", retry_after=2.0, code="half_there")


async def _made(room: MovingRoom, owner: Principal, session: PortableChat) -> tuple[Chat, list[Turn]]:
    """A chat and its turns, under the ids that they had."""
    last = max((turn.created for turn in session.turns), default=0)
    created, updated = moments(room.library.clock, session.created, max(session.updated, last))
    ids = {turn.id: kept_id(turn.id) for turn in session.turns}
    title = clean(session.title)
    chat = Chat(
        id=session.id,
        tenant=owner.tenant,
        user=owner.user,
        created=created,
        updated=updated,
        title=title,
        titled_by="user" if title else "nobody",
        head=session.turns[-1].id if session.turns else None,
        foreign=session.foreign,
    )
    return chat, await planted(session, chat, ids, frozenset())


async def _landing(
    room: MovingRoom, owner: Principal, chat: Chat, turns: list[Turn], number: int
) -> Result[PieceArrived]:
    """The pieces of a long one; nobody sees it before all are there."""
    library, who = room.library, (owner.tenant, owner.user)
    library.underway.begin(who, number).add(chat.id)
    over = partial(library.underway.end, who, number)

    async def admit() -> Result[PieceArrived]:
        admitted = library.chats.arrivals(chat.tenant).admit(chat, library.process)
        told = library.tells(owner, ListChanged("chats"))
        return Result(PieceArrived(chat.id, True), admitted, (landed, told), otherwise=over)

    def landed() -> None:
        library.underway.begin(who, number).discard(chat.id)
        over()

    # A piece has no value but that of the last step, which is `admit`'s.
    landing = Landing(library, chat, turns, cast(Admit, admit), over)
    return cast(Result[PieceArrived], await landing.piece())
