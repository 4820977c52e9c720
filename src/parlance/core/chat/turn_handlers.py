"""What the operations on turns do."""

from __future__ import annotations

import msgspec

from parlance.core.authorize import absent
from parlance.core.chat.asking import Ahead, Wish, draft, judged, models_of
from parlance.core.chat.chat_handlers import client_id, tells
from parlance.core.chat.footing import chosen, of_answer
from parlance.core.chat.questions import (
    Making,
    Spot,
    answers_to,
    asked,
    departures,
    doubts,
    is_question,
    say,
    sent_of,
    usual,
)
from parlance.core.chat.room import ChatRoom, author, within
from parlance.core.chat.titles import title_from
from parlance.core.chat.tree import children, head_without, path_to, subtree
from parlance.core.chat.turn_operations import (
    ContinueTurn,
    DeleteTurn,
    EditTurn,
    RateTurn,
    Regenerate,
    SendTurn,
    Sent,
    StopChat,
)
from parlance.core.operation import Context, Effect, Result
from parlance.values.chats import CONTINUABLE, MOST_NOTE, Chat, PlacedTurn
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import NOTHING


async def send_turn(room: ChatRoom, context: Context, op: SendTurn) -> Result[Sent]:
    """Handle `SendTurn`."""
    author(context.principal)
    chat: Chat | None = context.named["chat"]
    parent: PlacedTurn | None = context.named["parent"]
    if chat is None and parent is not None:
        chat = parent.chat
    if chat is not None:
        within(chat, parent)
    if chat is None and op.client_id is not None:
        chat = await room.chats(context.principal).chat_of(context.principal.user, client_id(op.client_id))
    bones = () if chat is None else await room.settled(context.principal.tenant, chat.id)
    earlier = await _earlier(room, context, chat, op.client_id, op)
    if earlier is not None:
        return earlier
    if chat is None:
        return await say(room, context, op, Spot(_new_chat(room, context, op), new=True))
    return await say(room, context, op, Spot(chat, bones, parent.turn.id if parent else chat.head))


async def edit_turn(room: ChatRoom, context: Context, op: EditTurn) -> Result[Sent]:
    """Handle `EditTurn`: a question beside the one that is there."""
    author(context.principal)
    placed: PlacedTurn = context.subject
    if placed.turn.role != "user":
        raise Fault(Kind.invalid, "Only a question can be edited.", field="turn", code="not_a_question")
    bones = await room.settled(context.principal.tenant, placed.chat.id)
    earlier = await _earlier(room, context, placed.chat, op.client_id, op)
    if earlier is not None:
        return earlier
    if not op.models:
        op = msgspec.structs.replace(op, models=usual(children(bones).get(placed.turn.id, [])))
    spot = Spot(placed.chat, bones, placed.turn.parent, before=placed.turn.footing)
    return await say(room, context, op, spot)


async def regenerate(room: ChatRoom, context: Context, op: Regenerate) -> Result[Sent]:
    """Handle `Regenerate`: an answer beside those that are there."""
    author(context.principal)
    placed: PlacedTurn = context.subject
    bones = await room.settled(context.principal.tenant, placed.chat.id)
    earlier = await _earlier(room, context, placed.chat, op.client_id)
    if earlier is not None:
        return earlier
    question = placed if placed.turn.role == "user" else await _question_of(room, context, placed)
    answered = usual(children(bones).get(question.turn.id, []))
    names = op.models or ((placed.turn.model,) if placed.turn.model else answered)
    footing = chosen(context, op, question.turn.footing)
    ahead = Ahead(placed.chat, path_to(bones, question.turn.id), question.turn, footing)
    making = Making(client_id=op.client_id, fresh=True)
    drafts = await answers_to(room, context, ahead, names, judged(Wish.of(op)), making)
    return asked(room, context, ahead, drafts)


async def continue_turn(room: ChatRoom, context: Context, op: ContinueTurn) -> Result[Sent]:
    """Handle `ContinueTurn`: the answer's own turn goes on, with another run."""
    author(context.principal)
    bones = await room.settled(context.principal.tenant, context.subject.chat.id)
    placed = await room.find_turn(context.principal, op.turn)
    if placed is None:
        raise absent("turn")
    turn, chat = placed.turn, placed.chat
    if turn.state == "running":  # asked twice: both get the one that goes on
        return Result(sent_of(chat, (turn,)), effects=(_unreserved(room, context),))
    if turn.role != "assistant" or turn.state not in CONTINUABLE:
        raise Fault(Kind.conflict, "There is nothing to continue: this turn is whole.", code="nothing_to_continue")
    question = await _question_of(room, context, placed)
    ahead = Ahead(chat, path_to(bones, question.turn.id), question.turn, of_answer(question.turn, turn))
    [model] = await models_of(room, context.principal, (turn.model or "",))
    going = msgspec.structs.replace(turn, state="running", run=room.road.ids.new(), error=None, ended=None)
    drafted = await draft(room, ahead, going, model, judged(Wish.of(op)), fresh=True)
    changes = (
        room.chats(context.principal).touch(chat.id, turn.id, room.road.clock.now()),
        room.turns(context.principal).restart(turn, going.run or "", room.saver.process),
    )
    effects = (tells(room, chat, "changed"), *departures(room, context, ahead, (drafted,)))
    return Result(sent_of(chat, (going,)), changes, effects, otherwise=doubts(room, chat, (drafted,)))


async def stop_chat(room: ChatRoom, context: Context, op: StopChat) -> Result[bool]:
    """Handle `StopChat`: the end is written before it is told."""
    chat: Chat = context.subject
    placed = within(chat, context.named["turn"])
    going = [s for s in room.saver.of_chat(chat.id) if placed is None or s.id == placed.turn.id]
    stopped = [saving.halt() for saving in going]
    await room.saver.settle(chat.id)
    elsewhere = room.abroad is not None and await room.abroad.stop(
        chat.tenant, chat.id, placed.turn.id if placed is not None else None
    )
    return Result(any(stopped) or elsewhere)


async def delete_turn(room: ChatRoom, context: Context, op: DeleteTurn) -> Result[None]:
    """Handle `DeleteTurn`: the turn, what hangs under it, and what runs there."""
    placed: PlacedTurn = context.subject
    bones = await room.turns(context.principal).bones(placed.chat.id)
    top = next((bone for bone in bones if bone.id == placed.turn.id), None)
    if top is None:
        raise absent("turn")
    gone = subtree(bones, top.id)
    head = head_without(bones, placed.chat.head, set(gone), top)
    changes = room.turns(context.principal).delete(placed.chat, gone, head)

    def dropped() -> None:
        room.saver.drop([saving for id in gone if (saving := room.saver.of(id)) is not None])

    return Result(None, changes, (dropped, tells(room, placed.chat, "changed")))


async def rate_turn(room: ChatRoom, context: Context, op: RateTurn) -> Result[None]:
    """Handle `RateTurn`."""
    placed: PlacedTurn = context.subject
    if op.rating not in (-1, 0, 1):
        raise Fault(Kind.invalid, "A rating is -1, 0 or 1.", field="rating", code="out_of_range")
    if placed.turn.role != "assistant":
        raise Fault(Kind.invalid, "Only an answer can be rated.", field="turn", code="not_an_answer")
    if op.note is not None and len(op.note) > MOST_NOTE:
        raise Fault(Kind.too_large, f"A note has at most {MOST_NOTE} characters.", field="note", code="too_long")
    return Result(None, (room.turns(context.principal).rate(placed.turn, op.rating, op.note),))


# -- what they share --------------------------------------------------------------------------------------------------


async def _earlier(
    room: ChatRoom, context: Context, chat: Chat | None, given: str | None, op: SendTurn | EditTurn | None = None
) -> Result[Sent] | None:
    """What was made when the same thing was sent before. Raises `Fault(conflict)` where `op` says something else: an
    answer to what was said before would pass for one to what is said now.

    Look after the chat's turns were read: the answer that the same thing began in between would stand in its way."""
    if given is None:
        return None
    client_id(given)
    if chat is None:
        chat = await room.chats(context.principal).chat_of(context.principal.user, given)
    turns = () if chat is None else await room.turns(context.principal).sent(chat.id, given)
    if chat is None or not turns:
        return None
    if op is not None and not any(is_question(turn, op) for turn in turns):
        raise Fault(
            Kind.conflict,
            "Something else was sent with this client_id before.",
            hint="Use a new one for each message, and the same one only to send the same message again.",
            field="client_id",
            code="client_id_used",
        )
    return Result(sent_of(chat, turns), effects=(_unreserved(room, context),))


def _unreserved(room: ChatRoom, context: Context) -> Effect:
    """What asks nothing spends nothing."""
    return lambda: room.road.gate.settle(context.principal, NOTHING, context.reserved) if context.reserved else None


def _new_chat(room: ChatRoom, context: Context, op: SendTurn) -> Chat:
    now, principal = room.road.clock.now(), context.principal
    title = title_from(op.text)
    return Chat(
        id=room.road.ids.new(),
        tenant=principal.tenant,
        user=principal.user,
        created=now,
        updated=now,
        title=title,
        titled_by="text" if title else "nobody",
        folder=op.folder,
        client_id=op.client_id,
    )


async def _question_of(room: ChatRoom, context: Context, answer: PlacedTurn) -> PlacedTurn:
    """The turn that an answer answers."""
    question = None
    if answer.turn.parent is not None:
        question = await room.find_turn(context.principal, answer.turn.parent)
    if question is None:
        raise Fault(Kind.conflict, "This answer has no question to be asked again.", code="no_question")
    return question
