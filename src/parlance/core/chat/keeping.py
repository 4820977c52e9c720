"""What is said through another dialect, kept as a chat where the key or door says so.

A stateless client sends the whole conversation every time. The longest part of it that this key has said before is
found by its chained hash, and the rest is put under the turn where that ends: one chat grows, an edited message is a
branch, and a client that asks the same again gets a sibling of its first answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence

import msgspec

from parlance.core.authorize import keeps
from parlance.core.chat.assemble import history
from parlance.core.chat.chat_handlers import tells
from parlance.core.chat.grouping import Group, Place, grouped, prefixes
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saving import Saving, turn_items
from parlance.core.chat.send import prepare, send_message, set_off
from parlance.core.chat.titles import title_from
from parlance.core.chat.tokens import estimate_all
from parlance.core.chat.trip import Trip
from parlance.core.operation import Context, Result
from parlance.core.runs.flight import failure
from parlance.core.runs.run import Run
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import Principal
from parlance.values.chats import Chat, PlacedTurn, Turn
from parlance.values.errors import Fault
from parlance.values.events import Ended
from parlance.values.feeds import AnswerBegun
from parlance.values.messages import Item, Message, text_of

MOST_PREFIXES = 200
"""Places looked for in one conversation, the latest ones: who changes what was said before them begins a new chat."""
NO_KEY = "-"
"""What keeps the chats of those who come without a key."""


class Kept(msgspec.Struct, frozen=True):
    """Where a conversation goes on: what is stored before the engine is called, and how its answer is saved."""

    chat: Chat
    changes: ChangeSet
    saving: Saving
    new: bool


def send_or_keep(room: ChatRoom, context: Context, op: SendMessage) -> Awaitable[Result[Run]]:
    """Handle `SendMessage`, of callers whose chats are kept and of all others."""
    principal = context.principal
    if principal.keep_chats and keeps(principal) and op.ask.prompt is None and op.ask.items:
        return _send_kept(room, context, op)
    return send_message(room.road, context, op)


async def _send_kept(room: ChatRoom, context: Context, op: SendMessage) -> Result[Run]:
    """The turns are committed first, as in any saved chat; the run is the caller's, and ends when they leave."""
    trip, run = await prepare(room.road, context, op)
    run.kept = True
    kept = await _Keeping(room, context.principal, run, trip).placed(trip.said or trip.ask.items)
    trip.told = msgspec.structs.replace(trip.told, chat=kept.chat.id)

    async def fly() -> None:
        room.saver.watch(kept.saving)
        room.feeds.tell(kept.chat.tenant, kept.chat.user, AnswerBegun(kept.chat.id, kept.saving.id, run.id))
        try:
            await set_off(trip, run)
        except Fault as fault:
            run.end(Ended("failed", failure(fault)))
            raise

    def failed() -> None:
        run.let_go()
        room.doubt(kept.chat.tenant, (kept.saving.id,))

    effects = (tells(room, kept.chat, "created" if kept.new else "changed"), fly)
    return Result(run, kept.changes, effects, otherwise=failed)


class _Keeping:
    """Finds the place of one conversation, and makes the turns that are new in it."""

    def __init__(self, room: ChatRoom, principal: Principal, run: Run, trip: Trip) -> None:
        self._room = room
        self._principal = principal
        self._run = run
        self._model = trip.card.id
        self._footing = None if trip.grounded is None else trip.grounded.footing
        self._now = room.road.clock.now()
        self._kept_by = principal.key or NO_KEY
        self._chats, self._turns = room.chats(principal), room.turns(principal)

    async def placed(self, items: Sequence[Item]) -> Kept:
        """Where these items go."""
        principal = self._principal
        await self._room.saver.settle_user(principal.tenant, principal.user)
        groups = grouped(items)
        known = prefixes(groups, MOST_PREFIXES)
        found = await self._turns.continuing(principal.user, self._kept_by, list(known))
        if found is None:
            return self._made(self._new_chat(items), groups, None, new=True)
        place = known[found.turn.prefix_hash or ""]
        rest = groups[place.groups :]
        if not place.items:
            return self._made(found.chat, rest, found.turn)
        return await self._within(found, place, rest)

    async def _within(self, found: PlacedTurn, place: Place, rest: Sequence[Group]) -> Kept:
        """The client brings what its tools answered: the turn that asked for them goes on, unless others follow it."""
        group, turn = rest[0], found.turn
        bones = {bone.id: bone for bone in await self._turns.bones(found.chat.id)}
        above = bones.get(turn.parent) if turn.parent is not None else None
        head = "" if turn.parent is None else (above.prefix_hash if above is not None else None)
        lead = (*turn.said, *group.items[place.items :])
        if len(rest) > 1 or any(bone.parent == turn.id for bone in bones.values()):
            beside = msgspec.structs.replace(turn, id=turn.parent or "", prefix_hash=head)
            whole = Group(group.role, lead, group.hashes)
            return self._made(found.chat, (whole, *rest[1:]), beside if turn.parent is not None else None)
        going = msgspec.structs.replace(turn, state="running", run=self._run.id, error=None, ended=None)
        changes = (
            self._chats.touch(found.chat.id, turn.id, self._now),
            self._turns.restart(turn, self._run.id, self._room.saver.process),
        )
        return Kept(found.chat, changes, Saving(self._run, found.chat, going, head, lead=lead), new=False)

    def _made(self, chat: Chat, groups: Sequence[Group], above: Turn | None, *, new: bool = False) -> Kept:
        """New turns under one that is there: whole ones, and the answer that is asked for."""
        parent, head = (above.id, above.prefix_hash) if above is not None else (None, "")
        lead: tuple[Item, ...] = ()
        if groups and groups[-1].role == "assistant":
            lead, groups = groups[-1].items, groups[:-1]
        stored: list[ChangeSet] = []
        *ids, last = sorted(self._room.road.ids.new() for _ in range(len(groups) + 1))
        for group, id in zip(groups, ids, strict=True):
            head = group.hashes[-1]
            footing = self._footing if group is groups[-1] and group.role == "user" else None
            whole = msgspec.structs.replace(self._whole(chat, group, id, parent), footing=footing)
            stored.append(self._turns.insert(whole, chat.user))
            parent = id
        answer = self._answer(chat, last, parent, lead)
        running = self._turns.insert(answer, chat.user, self._room.saver.process)
        first = self._chats.insert(chat) if new else ()
        touched = self._chats.touch(chat.id, answer.id, self._now)
        changes = (*first, touched, *(each for change in stored for each in change), *running)
        return Kept(chat, changes, Saving(self._run, chat, answer, head, first=new, lead=lead), new)

    def _whole(self, chat: Chat, group: Group, id: str, parent: str | None) -> Turn:
        return Turn(
            id=id,
            chat=chat.id,
            role=group.role,
            state="complete",
            created=self._now,
            parent=parent,
            items=turn_items(group.items),
            sent=self._run.id,
            tokens=estimate_all(history(group.items)),
            prefix_hash=group.hashes[-1] or None,
        )

    def _answer(self, chat: Chat, id: str, parent: str | None, lead: tuple[Item, ...]) -> Turn:
        return Turn(
            id=id,
            chat=chat.id,
            role="assistant",
            state="running",
            created=self._now,
            parent=parent,
            items=turn_items(lead),
            model=self._model,
            run=self._run.id,
            sent=self._run.id,
        )

    def _new_chat(self, items: Sequence[Item]) -> Chat:
        asked = (text_of(item.content) for item in items if isinstance(item, Message) and item.role == "user")
        title = title_from(next(asked, ""))
        return Chat(
            id=self._room.road.ids.new(),
            tenant=self._principal.tenant,
            user=self._principal.user,
            created=self._now,
            updated=self._now,
            title=title,
            titled_by="text" if title else "nobody",
            kept_by=self._kept_by,
        )
