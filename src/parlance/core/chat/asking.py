"""Asking models in a saved chat: what is decided before the commit, and the departure after it.

The question and a running answer are committed first; the engine is called by an effect of that commit, so that nothing
is ever answered that a crash could make unasked.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parlance.core.chat.assemble import Assembled, Step, assemble, beside_passages, room
from parlance.core.chat.bounds import judged_instructions, judged_sampling
from parlance.core.chat.footing import rested_on, unmarked
from parlance.core.chat.grounding import Grounded
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.saving import Saving, again
from parlance.core.chat.send import BROKEN, depart
from parlance.core.chat.trip import Trip
from parlance.core.chat.turn_operations import MOST_MODELS, ContinueTurn, EditTurn, Regenerate, SendTurn
from parlance.core.ledger.ledgers import Told
from parlance.core.models.connections import Connection
from parlance.core.operation import Context
from parlance.core.runs.flight import failure
from parlance.core.runs.log import Log
from parlance.core.runs.run import Run
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.chats import Bone, Chat, Turn
from parlance.values.errors import Fault, Kind
from parlance.values.events import Cited, Ended, Exhibit
from parlance.values.feeds import AnswerBegun
from parlance.values.grounds import Footing
from parlance.values.messages import Item, Message, Part, Text, text_of
from parlance.values.models import ModelCard


class Wish(msgspec.Struct, frozen=True):
    """How an answer is wanted."""

    sampling: Sampling = Sampling()
    think: bool | str | None = None
    instructions: str = ""

    @classmethod
    def of(cls, op: SendTurn | EditTurn | Regenerate | ContinueTurn) -> Wish:
        """What an operation says of it."""
        return cls(op.sampling, op.think, op.instructions)


class Draft(msgspec.Struct, frozen=True):
    """One answer that is going to be asked for: the running turn, and what the engine is asked."""

    turn: Turn
    connection: Connection
    card: ModelCard
    ask: ChatAsk
    assembled: Assembled
    fresh: bool
    """Whether it must not come from a cache: there is an answer already, or something of it."""
    earlier: tuple[Exhibit, ...] = ()
    """What an answer before rested on, where that is looked at again."""


class Ahead(msgspec.Struct, frozen=True):
    """Where an answer is going to stand: the chat, the way from its root, and the turn that is answered (last); and the
    documents that it is to rest on, if any."""

    chat: Chat
    path: tuple[Bone, ...]
    question: Turn
    footing: Footing | None = None


async def models_of(room: ChatRoom, principal: Principal, names: Sequence[str]) -> list[tuple[Connection, ModelCard]]:
    """The models of these names. Raises `Fault`: missing, invalid for too many."""
    if len(names) > MOST_MODELS:
        raise Fault(
            Kind.invalid, f"At most {MOST_MODELS} models are asked at once.", field="models", code="out_of_range"
        )
    return [await room.road.models.find(principal, name) for name in names]


def judged(wish: Wish) -> Wish:
    """A wish as a client may have it."""
    judged_sampling(wish.sampling)
    judged_instructions(wish.instructions)
    return wish


async def draft(
    where: ChatRoom, ahead: Ahead, turn: Turn, found: tuple[Connection, ModelCard], wish: Wish, *, fresh: bool = False
) -> Draft:
    """What is going to be asked for one answer; `turn` is the answer's turn, with what there is of it already."""
    connection, card = found
    in_hand = {ahead.question.id: await with_files(where, ahead.chat, ahead.question)}
    if turn.items:
        in_hand[turn.id] = turn

    async def read(ids: Sequence[str]) -> dict[str, Turn]:
        turns = where.stores.turns(ahead.chat.tenant)
        others = await turns.these(ahead.chat.id, [id for id in ids if id not in in_hand])
        told = {id: await with_files(where, ahead.chat, unmarked(each)) for id, each in others.items()}
        return {**told, **in_hand}

    steps = [Step(bone.id, bone.role, bone.tokens) for bone in ahead.path if bone.id not in in_hand]
    steps += [Step(each.id, each.role, each.tokens) for each in in_hand.values()]
    before = await _before(where, ahead.chat, wish)
    space = room(card.context, wish.sampling.max_tokens)
    space = space if ahead.footing is None else beside_passages(space)
    assembled = await assemble(before, steps, space, read)
    items = await where.road.references.resolved(Principal(ahead.chat.tenant, ahead.chat.user), assembled.items)
    ask = ChatAsk(card.ref.name, items, sampling=wish.sampling, think=wish.think)
    earlier = await rested_on(where, ahead.chat, ahead.path, ahead.footing)
    return Draft(turn, connection, card, ask, assembled, fresh or bool(turn.items), earlier)


async def _before(where: ChatRoom, chat: Chat, wish: Wish) -> tuple[Item, ...]:
    """What goes before the conversation: the folder's instructions and the wish's, in one message, since many engines
    take one alone."""
    found = () if chat.folder is None else await where.instructions(chat.tenant, chat.folder)
    if not wish.instructions.strip():
        return found
    first = found[0] if found else None
    if not isinstance(first, Message) or first.role != "system":
        return Message("system", wish.instructions), *found
    return Message("system", f"{text_of(first.content)}\n\n{wish.instructions}"), *found[1:]


async def with_files(where: ChatRoom, chat: Chat, turn: Turn) -> Turn:
    """A turn whose files are parts of what it says."""
    if not turn.files or not turn.items:
        return turn
    parts = await where.attach(chat.tenant, chat.user, turn.files)
    last = turn.items[-1]
    if not parts or not isinstance(last.item, Message):
        return turn
    said = last.item.content
    before: tuple[Part, ...] = (() if not said else (Text(said),)) if isinstance(said, str) else said
    whole = msgspec.structs.replace(last.item, content=(*before, *parts))
    return msgspec.structs.replace(turn, items=(*turn.items[:-1], msgspec.structs.replace(last, item=whole)))


# -- after the commit -------------------------------------------------------------------------------------------------


async def launch(where: ChatRoom, context: Context, ahead: Ahead, draft: Draft, head: str | None) -> None:
    """Fly one answer, and have it saved. Whatever goes wrong on the way is the answer's own end."""
    road, turn = where.road, draft.turn
    assert turn.run is not None
    owner = msgspec.structs.replace(context.principal, key=None)
    run = Run(turn.run, owner, turn.model or draft.card.id, road.clock.now(), detached=True)
    run.kept = True
    run.allowances = context.allowances
    road.runs.add(run)
    first = all(bone.role != "assistant" for bone in ahead.path)
    where.saver.watch(Saving(run, ahead.chat, turn, head, first=first))
    where.feeds.tell(ahead.chat.tenant, ahead.chat.user, AnswerBegun(ahead.chat.id, turn.id, run.id))
    fresh = draft.fresh or draft.assembled.trimmed is not None
    op = SendMessage(draft.ask, detached=True, cache="skip" if fresh else "use")
    trip = Trip(road, op, context, draft.connection, draft.card, draft.ask, run.id)
    trip.grounded = _grounded(ahead, draft)
    trip.log = _begun(where, draft, trip.grounded)
    run.trimmed = draft.assembled.trimmed
    trip.told = Told(draft.assembled.drawn, ahead.chat.id, run.trimmed)
    try:
        await depart(trip, run)
    except Fault as fault:
        run.end(Ended("failed", failure(fault)))
    except BaseException:
        run.end(BROKEN)
        raise


def _grounded(ahead: Ahead, draft: Draft) -> Grounded | None:
    """What the answer rests on. One that goes on without any passage found needs none now."""
    evidence = draft.turn.evidence if draft.turn.items else None
    if ahead.footing is None or (evidence is not None and not evidence.passages):
        return None
    space = room(draft.card.context, draft.ask.sampling.max_tokens)
    return Grounded(ahead.footing, space=space, ids=draft.assembled.ids, evidence=evidence, earlier=draft.earlier)


def _begun(where: ChatRoom, draft: Draft, grounded: Grounded | None) -> Log | None:
    """A log that says already what there is of the answer, and what was left out of the prompt. What its sentences cite
    is told anew where it goes on from passages, for the last of them may not have been whole."""
    said = again(draft.turn) if draft.turn.items else []
    if grounded is not None:
        said = [event for event in said if not isinstance(event, Cited)]
    if not said and draft.assembled.trimmed is None:
        return None
    log = Log(where.road.clock)
    if draft.assembled.trimmed is not None:
        log.append(draft.assembled.trimmed)
    for event in said:
        log.append(event)
    return log
