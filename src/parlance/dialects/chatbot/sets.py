"""Sets, and what is in them: memory, system prompt, history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Literal

import msgspec

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
from parlance.core.operation import Operation
from parlance.dialects.chatbot.errors import Forms, decoded, told
from parlance.dialects.chatbot.sessions import PROVED, csrf_of, visit_of
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.time import SECOND

TEXT_BYTES, SET_BYTES = 256 * 1024, 128 * 1024
CREATE: Forms = {"set_not_made": (200, "status", None), "sets_full": (200, "status", None)}
DELETE: Forms = {"set_not_deleted": (200, "status", None), "set_name_odd": (400, "status", None)}
LOAD: Forms = {"set_name_odd": (400, "json", "invalid request"), "key_gone": (401, "json", None)}
MEMORY: Forms = {"memory_blank": (400, "json", None)}
PROMPT: Forms = {"prompt_blank": (400, "json", None)}
PAIR: Forms = {"pair_blank": (400, "status", None), "pair_missing": (404, "status", None)}
Work = Callable[[Request, Do], Awaitable[Any]]
"""What a route does; gives what is answered as JSON."""


class Named(msgspec.Struct, frozen=True):
    """A body that names a set."""

    set_name: str | None = None


class MemoryGiven(Named, frozen=True):
    """The body of `/update_memory`."""

    memory: str | None = None
    encrypted: bool | None = None


class PromptGiven(Named, frozen=True):
    """The body of `/update_system_prompt`."""

    system_prompt: str | None = None
    encrypted: bool | None = None


class PairNamed(Named, frozen=True):
    """The body of `/delete_message`. `exact` and `pair_index` are of our own page: no other pair with the same question
    is deleted, and of several that are the same the one at this place."""

    user_message: str | None = None
    ai_message: str | None = None
    exact: bool = False
    pair_index: int | None = None


class Done(msgspec.Struct, frozen=True):
    """It is done; or `error` says why not, where that app calls this a 200."""

    status: Literal["success", "error"] = "success"
    error: str | msgspec.UnsetType = msgspec.UNSET


class SetListed(msgspec.Struct, frozen=True):
    """A line of `/get_sets`; `created` in seconds since 1970."""

    created: float
    encrypted: bool


class SetLoaded(msgspec.Struct, frozen=True):
    """What is in a set; the history is of pairs, each a question and its answer."""

    memory: str
    system_prompt: str
    history: tuple[tuple[str, ...], ...]
    encrypted: bool


class Forgotten(msgspec.Struct, frozen=True):
    """A history is empty."""

    set_name: str
    status: str = "success"
    message: str = "Chat history has been reset."


class KeptThere(msgspec.Struct, frozen=True):
    """A text is kept, on disk or in the session."""

    message: str
    storage: Literal["disk", "session"]
    status: str = "success"


async def answer(work: Work, forms: Forms, request: Request, do: Do) -> Reply:
    """Do it, or say why not in the route's forms."""
    try:
        return Reply(json_door.encode(await work(request, do)))
    except Fault as fault:
        return told(fault, forms)


async def get_sets(request: Request, do: Do) -> Any:
    """All sets by name; times in seconds."""
    found = await do(ListSets(visit_of(request)))
    return {each.name: SetListed(each.created / SECOND, each.encrypted) for each in found}


async def create_set(request: Request, do: Do) -> Any:
    """Make one."""
    asked = decoded(request.body, Named)
    await do(CreateSet(visit_of(request), csrf_of(request), asked.set_name))
    return Done()


async def delete_set(request: Request, do: Do) -> Any:
    """Delete one."""
    asked = decoded(request.body, Named)
    await do(DeleteSet(visit_of(request), csrf_of(request), asked.set_name))
    return Done()


async def load_set(request: Request, do: Do) -> Any:
    """Show one."""
    asked = decoded(request.body, Named)
    found = await do(LoadSet(visit_of(request), csrf_of(request), asked.set_name))
    return SetLoaded(found.memory, found.prompt or "", found.history, found.encrypted)


async def reset_chat(request: Request, do: Do) -> Any:
    """Forget a history."""
    asked = decoded(request.body, Named)
    name = await do(ResetSet(visit_of(request), csrf_of(request), asked.set_name))
    return Forgotten(name)


async def update_memory(request: Request, do: Do) -> Any:
    """Keep a memory."""
    asked = decoded(request.body, MemoryGiven)
    on_disk = await do(KeepMemory(visit_of(request), csrf_of(request), asked.memory, asked.set_name))
    return _kept("Memory", on_disk)


async def update_system_prompt(request: Request, do: Do) -> Any:
    """Keep a system prompt."""
    asked = decoded(request.body, PromptGiven)
    on_disk = await do(KeepPrompt(visit_of(request), csrf_of(request), asked.system_prompt, asked.set_name))
    return _kept("System prompt", on_disk)


async def delete_message(request: Request, do: Do) -> Any:
    """Delete a pair."""
    asked = decoded(request.body, PairNamed)
    said, answered = asked.user_message, asked.ai_message
    exact, pair = asked.exact, asked.pair_index
    await do(DropPair(visit_of(request), csrf_of(request), said, answered, asked.set_name, exact, pair))
    return Done()


def _kept(what: str, on_disk: bool) -> KeptThere:
    if on_disk:
        return KeptThere(f"{what} saved to disk", "disk")
    return KeptThere(f"{what} saved to session memory", "session")


def _row(path: str, work: Work, forms: Forms, operation: type[Operation[Any]], about: str, **more: Any) -> Row:
    name = f"chatbot.{path[1:]}"
    row = Row("POST", path, name, partial(answer, work, forms), (operation,), about, body="bytes", anyone=True)
    usual = {"takes": Named, "gives": Done, "headers": PROVED, "limit": SET_BYTES}
    return msgspec.structs.replace(row, **{**usual, **more})


_LIST: dict[str, Any] = {"method": "GET", "body": "none", "takes": None, "headers": (), "gives": dict[str, SetListed]}
_MEMORY: dict[str, Any] = {"takes": MemoryGiven, "gives": KeptThere, "limit": TEXT_BYTES}
_PROMPT: dict[str, Any] = {**_MEMORY, "takes": PromptGiven}
_PAIR: dict[str, Any] = {"takes": PairNamed, "limit": TEXT_BYTES}
ROWS = (
    _row("/get_sets", get_sets, {}, ListSets, "List the sets", **_LIST),
    _row("/create_set", create_set, CREATE, CreateSet, "Make a set"),
    _row("/delete_set", delete_set, DELETE, DeleteSet, "Delete a set"),
    _row("/load_set", load_set, LOAD, LoadSet, "Show a set", gives=SetLoaded),
    _row("/reset_chat", reset_chat, {}, ResetSet, "Forget a history", gives=Forgotten, limit=TEXT_BYTES),
    _row("/update_memory", update_memory, MEMORY, KeepMemory, "Keep a memory", **_MEMORY),
    _row("/update_system_prompt", update_system_prompt, PROMPT, KeepPrompt, "Keep a system prompt", **_PROMPT),
    _row("/delete_message", delete_message, PAIR, DropPair, "Delete a pair", **_PAIR),
)
