"""A new question in a chat, and the answers that are going to be asked for: what is committed before any engine is
called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import msgspec

from parlance.core.chat.asking import Ahead, Draft, Wish, draft, judged, launch, models_of, with_files
from parlance.core.chat.assemble import history
from parlance.core.chat.chat_handlers import tells
from parlance.core.chat.footing import beside, chosen, stood_on
from parlance.core.chat.prefix import prefix_of
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saving import turn_items
from parlance.core.chat.titles import title_from
from parlance.core.chat.tokens import estimate_all
from parlance.core.chat.tree import path_to
from parlance.core.chat.turn_operations import Answering, EditTurn, SendTurn, Sent
from parlance.core.knowledge.foreign import merged
from parlance.core.operation import Context, Effect, Result
from parlance.ports.stores import ChangeSet
from parlance.values.chats import Bone, Chat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.grounds import Footing
from parlance.values.messages import Foreign, Message, Part, Text, text_of


class Spot(msgspec.Struct, frozen=True):
    """Where something is said: a chat (perhaps not yet there), its turns, and the turn it is said under; and what the
    question stood on in whose place it is said."""

    chat: Chat
    bones: tuple[Bone, ...] = ()
    parent: str | None = None
    new: bool = False
    before: Footing | None = None


class Making(msgspec.Struct, frozen=True):
    """How answers are marked: `sent` is shared by what is made together (none: they make their own), `client_id` is for
    the first. `fresh` ones must not come from a cache. `foreign` is noted of each of them."""

    sent: str | None = None
    client_id: str | None = None
    fresh: bool = False
    foreign: Foreign | None = None


async def say(room: ChatRoom, context: Context, op: SendTurn | EditTurn, spot: Spot) -> Result[Sent]:
    """A new question and its answers."""
    path = path_to(spot.bones, spot.parent)
    if path and path[-1].state == "running":
        raise Fault(
            Kind.conflict, "This is still being answered.", hint="Stop it, or wait for its end.", code="answering"
        )
    await room.judge(context.named["files"])
    before = spot.before or await stood_on(room, context, spot.chat.id, path, op)
    footing = chosen(context, op, before)
    notes = merged(None, op.foreign) if isinstance(op, SendTurn) and op.foreign is not None else None
    asks = await _question(room, spot.chat, path, op)
    question = msgspec.structs.replace(asks, footing=footing, foreign=notes)
    bone = Bone(question.id, spot.parent, "user", "complete", question.created, question.tokens, question.prefix_hash)
    ahead = Ahead(spot.chat, (*path, bone), question, footing)
    wish = judged(Wish.of(op))
    making = Making(question.id, foreign=notes)
    drafts = await answers_to(room, context, ahead, op.models or usual(path), wish, making)
    return asked(room, context, ahead, drafts, _spoken(room, context, spot, question), new=spot.new)


def usual(turns: Sequence[Bone]) -> tuple[str, ...]:
    """The model that answered last among these; of none, nothing."""
    return next(((bone.model,) for bone in reversed(turns) if bone.model), ())


def _words(op: SendTurn | EditTurn) -> str | tuple[Part, ...]:
    """What a question says, without its files."""
    parts = tuple(msgspec.structs.replace(p, foreign=None) if hasattr(p, "foreign") else p for p in op.parts)
    return op.text if not parts else (Text(op.text), *parts) if op.text else parts


def is_question(turn: Turn, op: SendTurn | EditTurn) -> bool:
    """Whether a turn is the question that is asked here."""
    if turn.role != "user" or turn.files != op.files:
        return False
    stands_on = () if turn.footing is None else tuple(base.id for base in turn.footing.bases)
    if op.bases is not None and op.bases != stands_on:
        return False
    return turn_items((Message("user", _words(op)),)) == turn.items


async def _question(room: ChatRoom, chat: Chat, path: tuple[Bone, ...], op: SendTurn | EditTurn) -> Turn:
    if not (op.text.strip() or op.parts or op.files):
        raise Fault(Kind.invalid, "There is nothing to send.", field="text", code="empty")
    message, id = Message("user", _words(op)), room.road.ids.new()
    turn = Turn(
        id=id,
        chat=chat.id,
        role="user",
        state="complete",
        created=room.road.clock.now(),
        parent=path[-1].id if path else None,
        items=turn_items((message,)),
        files=op.files,
        client_id=op.client_id,
        sent=id,
        prefix_hash=prefix_of(path[-1].prefix_hash if path else "", (message,)),
    )
    whole = await with_files(room, chat, turn)
    return msgspec.structs.replace(turn, tokens=estimate_all(history(whole.said)))


def _spoken(room: ChatRoom, context: Context, spot: Spot, question: Turn) -> ChangeSet:
    """The question's turn, in a chat that is new or has got no title yet."""
    chats, turns, chat = room.chats(context.principal), room.turns(context.principal), spot.chat
    inserted = turns.insert(question, chat.user)
    if spot.new:
        return *chats.insert(chat), *inserted
    said = question.said[0]
    title = title_from(text_of(said.content)) if isinstance(said, Message) and chat.titled_by == "nobody" else ""
    if not title:
        return inserted
    return *chats.change(chat, {"title": title, "titled_by": "text"}, question.created), *inserted


async def answers_to(
    room: ChatRoom, context: Context, ahead: Ahead, names: Sequence[str], wish: Wish, making: Making
) -> list[Draft]:
    """The answers that are going to be asked for, one of each model."""
    models = await models_of(room, context.principal, names or ("",))
    now, ids = room.road.clock.now(), sorted(room.road.ids.new() for _ in models)
    drafts = []
    for n, (id, found) in enumerate(zip(ids, models, strict=True)):
        turn = Turn(
            id=id,
            chat=ahead.chat.id,
            role="assistant",
            state="running",
            created=now,
            parent=ahead.question.id,
            model=found[1].id,
            run=room.road.ids.new(),
            client_id=making.client_id if n == 0 else None,
            sent=making.sent or ids[0],
            foreign=making.foreign,
            footing=beside(ahead.question, ahead.footing),
        )
        drafts.append(await draft(room, ahead, turn, found, wish, fresh=making.fresh))
    return drafts


def asked(
    room: ChatRoom, context: Context, ahead: Ahead, drafts: Sequence[Draft], said: ChangeSet = (), *, new: bool = False
) -> Result[Sent]:
    """The answers' turns under the question, and their departure after the commit."""
    turns, user = room.turns(context.principal), ahead.chat.user
    running = [change for each in drafts for change in turns.insert(each.turn, user, room.saver.process)]
    head = room.chats(context.principal).touch(ahead.chat.id, drafts[0].turn.id, room.road.clock.now())
    # The row of a chat that is there already comes first: it makes others wait, instead of meeting them half-way.
    changes = (*said, head, *running) if new else (head, *said, *running)
    sent = sent_of(ahead.chat, tuple(each.turn for each in drafts), ahead.question.id)
    known = tells(room, ahead.chat, "created" if new else "changed")
    effects = (known, *departures(room, context, ahead, drafts))
    return Result(sent, changes, effects, otherwise=doubts(room, ahead.chat, drafts))


def doubts(room: ChatRoom, chat: Chat, drafts: Sequence[Draft]) -> Callable[[], None]:
    """What is done when the commit of these answers fails, or seems to."""
    return lambda: room.doubt(chat.tenant, tuple(each.turn.id for each in drafts))


def departures(room: ChatRoom, context: Context, ahead: Ahead, drafts: Sequence[Draft]) -> tuple[Effect, ...]:
    """One flight for each answer. What the gate reserved for all is settled with the first."""
    rest = msgspec.structs.replace(context, reserved=None)
    head = ahead.question.prefix_hash
    return tuple(partial(launch, room, rest if n else context, ahead, each, head) for n, each in enumerate(drafts))


def sent_of(chat: Chat, turns: Sequence[Turn], question: str | None = None) -> Sent:
    """What was made, of the turns that were made together."""
    answers = tuple(Answering(turn.id, turn.run or "", turn.model or "") for turn in turns if turn.role == "assistant")
    asked = question or next((turn.id for turn in turns if turn.role == "user"), turns[0].parent or "")
    first = answers[0] if answers else Answering("", "", "")
    return Sent(chat.id, asked, first.turn, first.run, answers)
