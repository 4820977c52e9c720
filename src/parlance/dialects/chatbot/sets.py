"""Sets, and what is in them: memory, system prompt, history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

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
from parlance.dialects.chatbot.sessions import csrf_of, visit_of
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.time import SECOND

TEXT_BYTES, SET_BYTES = 256 * 1024, 128 * 1024
SUCCESS = {"status": "success"}
CREATE: Forms = {"set_not_made": (200, "status", None)}
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
    """The body of `/delete_message`."""

    user_message: str | None = None
    ai_message: str | None = None


async def answer(work: Work, forms: Forms, request: Request, do: Do) -> Reply:
    """Do it, or say why not in the route's forms."""
    try:
        return Reply(json_door.encode(await work(request, do)))
    except Fault as fault:
        return told(fault, forms)


async def get_sets(request: Request, do: Do) -> Any:
    """All sets by name; times in seconds."""
    found = await do(ListSets(visit_of(request)))
    return {each.name: {"created": each.created / SECOND, "encrypted": each.encrypted} for each in found}


async def create_set(request: Request, do: Do) -> Any:
    """Make one."""
    asked = decoded(request.body, Named)
    await do(CreateSet(visit_of(request), csrf_of(request), asked.set_name))
    return SUCCESS


async def delete_set(request: Request, do: Do) -> Any:
    """Delete one."""
    asked = decoded(request.body, Named)
    await do(DeleteSet(visit_of(request), csrf_of(request), asked.set_name))
    return SUCCESS


async def load_set(request: Request, do: Do) -> Any:
    """Show one."""
    asked = decoded(request.body, Named)
    found = await do(LoadSet(visit_of(request), csrf_of(request), asked.set_name))
    return {
        "memory": found.memory,
        "system_prompt": found.prompt,
        "history": found.history,
        "encrypted": found.encrypted,
    }


async def reset_chat(request: Request, do: Do) -> Any:
    """Forget a history."""
    asked = decoded(request.body, Named)
    name = await do(ResetSet(visit_of(request), csrf_of(request), asked.set_name))
    return {**SUCCESS, "message": "Chat history has been reset.", "set_name": name}


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
    await do(DropPair(visit_of(request), csrf_of(request), said, answered, asked.set_name))
    return SUCCESS


def _kept(what: str, on_disk: bool) -> dict[str, str]:
    place, storage = ("disk", "disk") if on_disk else ("session memory", "session")
    return {**SUCCESS, "message": f"{what} saved to {place}", "storage": storage}


def _row(path: str, work: Work, forms: Forms, operation: type[Operation[Any]], about: str, **more: Any) -> Row:
    name = f"chatbot.{path[1:]}"
    row = Row("POST", path, name, partial(answer, work, forms), (operation,), about, body="bytes", anyone=True)
    return msgspec.structs.replace(row, **{"takes": Named, "gives": dict[str, Any], "limit": SET_BYTES, **more})


LISTED = _row("/get_sets", get_sets, {}, ListSets, "List the sets", method="GET", body="none", takes=None)
ROWS = (
    LISTED,
    _row("/create_set", create_set, CREATE, CreateSet, "Make a set"),
    _row("/delete_set", delete_set, DELETE, DeleteSet, "Delete a set"),
    _row("/load_set", load_set, LOAD, LoadSet, "Show a set"),
    _row("/reset_chat", reset_chat, {}, ResetSet, "Forget a history", limit=TEXT_BYTES),
    _row(
        *("/update_memory", update_memory, MEMORY, KeepMemory, "Keep a memory"),
        takes=MemoryGiven,
        limit=TEXT_BYTES,
    ),
    _row(
        *("/update_system_prompt", update_system_prompt, PROMPT, KeepPrompt, "Keep a system prompt"),
        takes=PromptGiven,
        limit=TEXT_BYTES,
    ),
    _row("/delete_message", delete_message, PAIR, DropPair, "Delete a pair", takes=PairNamed, limit=TEXT_BYTES),
)
