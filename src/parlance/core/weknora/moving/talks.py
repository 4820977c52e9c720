"""Sessions on their way in, as chats: a short one in one commit, a long one in pieces that nobody sees before the
last (`core/library/landing.py`)."""

from __future__ import annotations

from functools import partial
from typing import cast

import msgspec

from parlance.core.chat.titles import clean
from parlance.core.library.bring import MOST_TURNS
from parlance.core.library.landing import TURNS_TOGETHER, Admit, Landing
from parlance.core.library.planting import planted
from parlance.core.library.portable import PortableChat
from parlance.core.operation import Context, Result
from parlance.core.weknora.moving.operations import ImportWeknoraSession, PieceArrived
from parlance.core.weknora.moving.room import MovingRoom, arrived, kept_id, moments
from parlance.ports.stores import Statement
from parlance.values.accounts import Principal, Tenant
from parlance.values.chats import Chat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.events import Evidence
from parlance.values.feeds import ListChanged
from parlance.values.messages import Foreign
from parlance.values.weknora_ids import id_here

NOTES = "weknora"
"""The name under which that dialect notes what has no place elsewhere."""


async def import_session(room: MovingRoom, context: Context, op: ImportWeknoraSession) -> Result[PieceArrived]:
    """Handle `ImportWeknoraSession`."""
    tenant: Tenant = context.subject
    library, (session, remarks) = room.library, _named_anew(op.session)
    if len(session.turns) > MOST_TURNS:
        raise Fault(Kind.too_large, f"A chat has at most {MOST_TURNS} messages.", code="chat_too_large")
    if await library.chats.chats(tenant.id).chat(session.id) is not None:
        return Result(PieceArrived(session.id, False))
    await _none_is_left(room, tenant, session.id)
    owner = await room.owner(tenant)
    chat, turns = await _made(room, owner, session)
    if len(turns) > TURNS_TOGETHER:
        return await _landing(room, owner, chat, turns, arrived(op.session.id, chat.id, remarks), id(op))
    changes: list[Statement] = list(library.chats.chats(tenant.id).insert(chat))
    for turn in turns:
        changes += library.chats.turns(tenant.id).insert(turn, chat.user)
    told = library.tells(owner, ListChanged("chats"))
    return Result(arrived(op.session.id, chat.id, remarks), tuple(changes), (told,))


def _named_anew(session: PortableChat) -> tuple[PortableChat, tuple[str, ...]]:
    """The session with the ids that its parts, and what they rest on, have here. One that cannot stay costs a remark,
    and not the session."""
    ids = {turn.id: kept_id(turn.id) for turn in session.turns}
    if len(set(ids.values())) < len(session.turns):
        raise Fault(Kind.invalid, "Two messages have the same id.", field="turns", code="not_a_tree")
    others = sum(was != now for was, now in ids.items())
    remarks = (f"{others} of its messages have other ids here.",) if others else ()
    turns = tuple(
        msgspec.structs.replace(
            turn,
            id=ids[turn.id],
            parent=None if turn.parent is None else ids.get(turn.parent, turn.parent),
            sent=ids.get(turn.sent, turn.sent),
            evidence=None if turn.evidence is None else _led(turn.evidence),
        )
        for turn in session.turns
    )
    named = msgspec.structs.replace(session, id=kept_id(session.id), turns=turns, foreign=_of_its_base(session.foreign))
    return named, remarks


def _led(evidence: Evidence) -> Evidence:
    """What an answer rests on, by the ids that bases and documents have here."""
    replace = msgspec.structs.replace
    passages = (replace(each, base=id_here(each.base), document=id_here(each.document)) for each in evidence.passages)
    bases = (replace(each, id=id_here(each.id)) for each in evidence.bases)
    return replace(evidence, passages=tuple(passages), bases=tuple(bases))


def _of_its_base(foreign: Foreign | None) -> Foreign | None:
    """What is noted of a session, with the id that its base has here."""
    noted = (foreign or {}).get(NOTES)
    base = noted.get("base") if isinstance(noted, dict) else None
    if foreign is None or not isinstance(noted, dict) or not isinstance(base, str) or not base:
        return foreign
    return {**foreign, NOTES: {**noted, "base": id_here(base)}}


async def _none_is_left(room: MovingRoom, tenant: Tenant, id: str) -> None:
    """Raise `Fault(busy)` while half of the same session is there, brought by somebody else or left by a crash."""
    library = room.library
    if all(each.chat != id for each in await library.chats.arrivals(tenant.id).all()):
        return
    library.underway.left()
    said = "Half of this session is here: it is being brought, or what a crash left of it is being removed."
    raise Fault(Kind.busy, said, hint="Try again.", retry_after=2.0, code="half_there")


async def _made(room: MovingRoom, owner: Principal, session: PortableChat) -> tuple[Chat, list[Turn]]:
    """A chat and its turns, under the ids that they have here."""
    last = max((turn.created for turn in session.turns), default=0)
    created, updated = moments(room.library.clock, session.created, max(session.updated, last))
    ids = {turn.id: turn.id for turn in session.turns}
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
    room: MovingRoom, owner: Principal, chat: Chat, turns: list[Turn], came: PieceArrived, number: int
) -> Result[PieceArrived]:
    """The pieces of a long one; nobody sees it before all are there."""
    library, who = room.library, (owner.tenant, owner.user)
    library.underway.begin(who, number).add(chat.id)
    over = partial(library.underway.end, who, number)

    async def admit() -> Result[PieceArrived]:
        admitted = library.chats.arrivals(chat.tenant).admit(chat, library.process)
        told = library.tells(owner, ListChanged("chats"))
        return Result(came, admitted, (landed, told), otherwise=over)

    def landed() -> None:
        library.underway.begin(who, number).discard(chat.id)
        over()

    # A piece has no value but that of the last step, which is `admit`'s.
    landing = Landing(library, chat, turns, cast(Admit, admit), over)
    return cast(Result[PieceArrived], await landing.piece())
