"""What a question of a chat is answered from: what its sender says, or else what the question before stood on."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parlance.core.chat.bounds import judged_grounds
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.turn_operations import EditTurn, Regenerate, SendTurn
from parlance.core.knowledge.asking.marks import RUN
from parlance.core.operation import Context
from parlance.values.chats import Bone, Chat, Turn
from parlance.values.events import Exhibit
from parlance.values.grounds import Footing, Grounds, NamedBase
from parlance.values.messages import Message

_Asks = SendTurn | EditTurn | Regenerate


def chosen(context: Context, op: _Asks, before: Footing | None) -> Footing | None:
    """What an operation says, and of what it does not say what stood before. Raises `Fault(invalid)`."""
    if op.bases is None:
        bases = () if before is None else before.bases
    else:
        bases = tuple(NamedBase(base.id, base.name) for base in context.named["bases"])
    # What was looked for in place of another question is not what this one looks for.
    inherited = Grounds() if before is None else msgspec.structs.replace(before.grounds, query="")
    grounds = judged_grounds(bases, inherited if op.grounds is None else op.grounds)
    return Footing(bases, grounds) if bases else None


def beside(question: Turn, footing: Footing | None) -> Footing | None:
    """What an answer's turn keeps of what it stands on: only what is otherwise than its question's."""
    if footing == question.footing:
        return None
    return footing or Footing(())


def of_answer(question: Turn, answer: Turn) -> Footing | None:
    """What an answer stands on. Raises `Fault(invalid)` for what nobody could have asked for: a turn that came in with
    a file may say anything."""
    footing = question.footing if answer.footing is None else answer.footing
    if footing is None or not footing.bases:
        return None
    judged_grounds(footing.bases, footing.grounds)
    return footing


async def stood_on(room: ChatRoom, context: Context, chat: str, path: Sequence[Bone], op: _Asks) -> Footing | None:
    """What the last question on the way stood on; not looked for where the operation says all itself."""
    asked = next((bone.id for bone in reversed(path) if bone.role == "user"), None)
    if asked is None or (op.bases is not None and (not op.bases or op.grounds is not None)):
        return None
    turns = await room.turns(context.principal).these(chat, (asked,))
    return turns[asked].footing if asked in turns else None


async def rested_on(room: ChatRoom, chat: Chat, path: Sequence[Bone], footing: Footing | None) -> tuple[Exhibit, ...]:
    """The passages of the latest answer on the way that has any, as far back as the footing wants them."""
    rounds = 0 if footing is None else footing.grounds.earlier
    answers = [bone.id for bone in path if bone.role == "assistant"][-rounds:] if rounds else []
    turns = await room.stores.turns(chat.tenant).these(chat.id, answers) if answers else {}
    kept = [turns[id].evidence for id in reversed(answers) if id in turns]
    return next((each.passages for each in kept if each is not None and each.passages), ())


def unmarked(turn: Turn) -> Turn:
    """An earlier answer without its marks: in a later prompt their numbers are those of other passages."""
    if turn.evidence is None or not turn.evidence.passages:
        return turn
    items = []
    for each in turn.items:
        item = each.item
        if isinstance(item, Message) and isinstance(item.content, str):
            item = msgspec.structs.replace(item, content=RUN.sub("", item.content))
        items.append(msgspec.structs.replace(each, item=item))
    return msgspec.structs.replace(turn, items=tuple(items))
