"""Sets, and what is in them."""

from __future__ import annotations

import msgspec

from parlance.core.chatbot.names import is_set_name, set_name
from parlance.core.chatbot.operations import (
    CreateSet,
    DeleteSet,
    DropPair,
    KeepMemory,
    KeepPrompt,
    ListSets,
    LoadSet,
    ResetSet,
)
from parlance.core.chatbot.refusals import refused
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.chatbot.visits import Visit
from parlance.core.operation import Context, Result
from parlance.values.chatbot import DEFAULT_SET, Contents, Pair, SetEntry


async def list_sets(room: ChatbotRoom, context: Context, op: ListSets) -> Result[tuple[SetEntry, ...]]:
    """Handle `ListSets`."""
    return Result(tuple(await room.shelf.entries(_user(await room.visits.find(op.visit)))))


async def create_set(room: ChatbotRoom, context: Context, op: CreateSet) -> Result[None]:
    """Handle `CreateSet`."""
    user = _user(await room.visits.proved(op.visit, op.csrf))
    name = (op.set_name or "").strip()
    if not is_set_name(name) or name == DEFAULT_SET or not await room.shelf.make(user, name):
        raise refused("set_not_made")
    return Result(None)


async def delete_set(room: ChatbotRoom, context: Context, op: DeleteSet) -> Result[None]:
    """Handle `DeleteSet`."""
    user = _user(await room.visits.proved(op.visit, op.csrf))
    name = set_name(op.set_name)
    if name == DEFAULT_SET or not await room.shelf.take_away(user, name):
        raise refused("set_not_deleted")
    return Result(None)


async def load_set(room: ChatbotRoom, context: Context, op: LoadSet) -> Result[Contents]:
    """Handle `LoadSet`."""
    visit = await room.visits.proved(op.visit, op.csrf)
    _user(visit)
    found = await room.shelf.read(visit, set_name(op.set_name))
    return Result(found if found.prompt is not None else msgspec.structs.replace(found, prompt=room.prompt))


async def reset_set(room: ChatbotRoom, context: Context, op: ResetSet) -> Result[str]:
    """Handle `ResetSet`."""
    visit = await room.visits.proved(op.visit, op.csrf)
    name = set_name(op.set_name)
    await room.shelf.change(visit, name, lambda contents: msgspec.structs.replace(contents, history=()))
    return Result(name)


async def keep_memory(room: ChatbotRoom, context: Context, op: KeepMemory) -> Result[bool]:
    """Handle `KeepMemory`."""
    memory = op.memory or ""
    if not memory.strip():
        raise refused("memory_blank")
    name = set_name(op.set_name)
    visit = await room.visits.proved(op.visit, op.csrf)
    await room.shelf.change(visit, name, lambda contents: msgspec.structs.replace(contents, memory=memory))
    return Result(visit.user is not None)


async def keep_prompt(room: ChatbotRoom, context: Context, op: KeepPrompt) -> Result[bool]:
    """Handle `KeepPrompt`."""
    prompt = op.prompt or ""
    if not prompt.strip():
        raise refused("prompt_blank")
    name = set_name(op.set_name)
    visit = await room.visits.proved(op.visit, op.csrf)
    await room.shelf.change(visit, name, lambda contents: msgspec.structs.replace(contents, prompt=prompt))
    return Result(visit.user is not None)


async def drop_pair(room: ChatbotRoom, context: Context, op: DropPair) -> Result[None]:
    """Handle `DropPair`."""
    said, answered = (op.said or "").strip(), (op.answered or "").strip()
    if not said:
        raise refused("pair_blank")
    name = set_name(op.set_name)
    visit = await room.visits.proved(op.visit, op.csrf)

    def without(contents: Contents) -> Contents:
        at = place_of(contents.history, said, answered, exact=op.exact, pair=op.pair)
        if at is None:
            raise refused("pair_missing")
        return msgspec.structs.replace(contents, history=(*contents.history[:at], *contents.history[at + 1 :]))

    await room.shelf.change(visit, name, without)
    return Result(None)


def place_of(
    history: tuple[Pair, ...], said: str, answered: str, *, exact: bool = False, pair: int | None = None
) -> int | None:
    """Where a pair is: the first of both texts, else the first with this question; where it must be `exact`, one of
    both texts, that at `pair` before others. Trimmed texts are compared."""
    asked = [at for at, pair in enumerate(history) if pair[0].strip() == said]
    both = [at for at in asked if (answered or exact) and history[at][1].strip() == answered]
    if exact:
        return pair if pair in both else next(iter(both), None)
    return next(iter(both or asked), None)


def _user(visit: Visit | None) -> str:
    """Who is signed in. Raises `Fault(code="guest")`."""
    if visit is None or visit.user is None:
        raise refused("guest")
    return visit.user
