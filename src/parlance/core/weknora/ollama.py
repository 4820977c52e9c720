"""What the operations on the operator's Ollama do."""

from __future__ import annotations

import asyncio

from parlance.core.authorize import operates, visible
from parlance.core.models.connections import no_store
from parlance.core.operation import Context, Result
from parlance.core.runs.run import Run
from parlance.core.weknora.pulls import Pull, pull_of
from parlance.core.weknora.room import WeknoraRoom
from parlance.core.weknora.shelf import with_tag
from parlance.core.weknora.trial_operations import (
    ListOllamaModels,
    ListPulls,
    OllamaState,
    PullOllamaModel,
    ReadOllama,
    ReadPull,
)
from parlance.values.errors import Fault

LOOK_SECONDS = 3.0
"""Somebody waits in front of a form."""


async def read_ollama(room: WeknoraRoom, context: Context, op: ReadOllama) -> Result[OllamaState]:
    """Handle `ReadOllama`."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            url, version = await room.ollama()
    except Fault as fault:
        return Result(OllamaState(False, error=fault.message))
    except TimeoutError:
        return Result(OllamaState(False, error="It does not answer."))
    return Result(OllamaState(True, version, url if operates(context.principal) else ""))


async def list_ollama_models(room: WeknoraRoom, context: Context, op: ListOllamaModels) -> Result[tuple[str, ...]]:
    """Handle `ListOllamaModels`."""
    stores = room.models.stores()
    if not stores:
        raise no_store()
    names: list[str] = []
    for connection in stores:
        names += [card.ref.name for card in await connection.catalogue.cards()]
    return Result(tuple(names))


async def pull_ollama_model(room: WeknoraRoom, context: Context, op: PullOllamaModel) -> Result[Pull | None]:
    """Handle `PullOllamaModel`."""
    there = await list_ollama_models(room, context, ListOllamaModels())
    if with_tag(op.model) in there.value:
        return Result(None)
    return Result(await room.pulls.begin(context.principal, op.model))


async def read_pull(room: WeknoraRoom, context: Context, op: ReadPull) -> Result[Pull]:
    """Handle `ReadPull`."""
    run: Run = context.subject
    return Result(pull_of(run, room.accounts.clock.now()))


async def list_pulls(room: WeknoraRoom, context: Context, op: ListPulls) -> Result[tuple[Pull, ...]]:
    """Handle `ListPulls`."""
    return Result(room.pulls.list(visible(context.principal, "run")))
