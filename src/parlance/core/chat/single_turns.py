"""Single turns: shown, and taken out of their chat alone."""

from __future__ import annotations

import msgspec

from parlance.core.authorize import absent
from parlance.core.chat.chat_handlers import tells
from parlance.core.chat.room import ChatRoom, within
from parlance.core.chat.tree import head_without
from parlance.core.chat.turn_operations import LiftTurn, ShowTurn
from parlance.core.operation import Context, Result
from parlance.values.chats import PlacedTurn, Turn


async def show_turn(room: ChatRoom, context: Context, op: ShowTurn) -> Result[Turn]:
    """Handle `ShowTurn`, after whatever has just ended in the chat was written."""
    placed: PlacedTurn = context.subject
    chat, turn = placed.chat, placed.turn
    within(context.named["chat"], placed)
    if turn.state != "running":
        return Result(turn)
    saving = room.saver.of(turn.id)
    if saving is not None and not saving.over:
        return Result(saving.turn())
    await room.settled(chat.tenant, chat.id)
    again = await room.find_turn(context.principal, turn.id)
    if again is None:
        raise absent("turn")
    return Result(again.turn)


async def lift_turn(room: ChatRoom, context: Context, op: LiftTurn) -> Result[None]:
    """Handle `LiftTurn`. What runs in it is stopped; what runs under it goes on."""
    placed: PlacedTurn = context.subject
    chat, id = placed.chat, placed.turn.id
    within(context.named["chat"], placed)
    turns = room.turns(context.principal)
    bones = await turns.bones(chat.id)
    top = next((bone for bone in bones if bone.id == id), None)
    if top is None:
        raise absent("turn")
    left = [msgspec.structs.replace(bone, parent=top.parent) if bone.parent == id else bone for bone in bones]
    head = head_without(left, chat.head, {id}, top)
    held, *gone = turns.delete(chat, (id,), head)  # the chat's row comes first, as everywhere

    def dropped() -> None:
        saving = room.saver.of(id)
        room.saver.drop([] if saving is None else [saving])

    changes = (held, turns.hang(chat.id, id, top.parent), *gone)
    return Result(None, changes, (dropped, tells(room, chat, "changed")))
