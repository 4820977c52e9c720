"""`/api/cache-stats`: what the caches and the line have done for this caller, and the verbs on them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

import msgspec

from parlance.core.admission.operations import AdmissionState, CacheState, ClearCaches, ReadAdmission
from parlance.core.models.operations import LoadModel
from parlance.core.runs.operations import LineState, ReadLine
from parlance.core.server.operations import ReadHealth
from parlance.dialects.chatqueue.asks import LINE, POOL, Options
from parlance.dialects.chatqueue.errors import empty, is_ours
from parlance.dialects.chatqueue.health import stamp
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

PATH = "/api/cache-stats"
MEBIBYTE = 1024 * 1024
Which = Literal["all", "responses", "conversations"]
CLEARED: Mapping[str, tuple[Which, str]] = {
    "clear": ("all", "All caches cleared"),
    "clear_response_cache": ("responses", "Response cache cleared"),
    "clear_conversation_cache": ("conversations", "Conversation cache cleared"),
}
"""Actions that clear, by name: what is cleared, and what is said about it."""


class CacheStats(msgspec.Struct, frozen=True):
    """One cache: rates from 0 to 1, both 0 before the first question; usage in percent of its bound."""

    total_entries: int
    total_size_mb: float
    hit_rate: float
    miss_rate: float
    memory_usage_percent: float


class BatchStats(msgspec.Struct, frozen=True):
    """The asks of this caller; rates in whole percent. Batches are those of embeddings, and everybody's."""

    total_requests: int
    cached_responses: int
    cache_hit_rate: int
    average_batch_size: float
    deduplicated_requests: int
    batches_processed: int
    deduplication_rate: int


class Stats(msgspec.Struct, frozen=True):
    """All statistics. `timestamp` is RFC 3339 in UTC."""

    timestamp: str
    response_cache: CacheStats
    conversation_cache: CacheStats
    batch_processor: BatchStats
    queue_length: int
    is_processing: bool


class Action(msgspec.Struct, frozen=True):
    """The body of the POST: `clear`, `clear_response_cache`, `clear_conversation_cache`, or `warm_model` with the
    model's name in `data.model`."""

    action: str
    data: Any = None


class ActionShown(Action, frozen=True):
    """`Action` for the OpenAPI document: others are a 400 without a body."""

    action: Literal["clear", "clear_response_cache", "clear_conversation_cache", "warm_model"]


class Done(msgspec.Struct, frozen=True):
    """What was done."""

    success: bool
    message: str


async def read(request: Request, do: Do) -> Reply:
    """The statistics as they are now."""
    now = await do(ReadHealth())
    state = await do(ReadAdmission(POOL))
    return Reply(json_door.encode(_stats(stamp(now), state, await do(ReadLine(LINE)))))


def _stats(timestamp: str, state: AdmissionState, line: LineState) -> Stats:
    return Stats(
        timestamp,
        _cache(state.responses),
        _cache(state.conversations),
        _batches(state),
        line.waiting,
        line.serving > 0,
    )


def _cache(state: CacheState) -> CacheStats:
    asked = state.hits + state.misses
    return CacheStats(
        state.entries,
        state.bytes / MEBIBYTE,
        state.hits / asked if asked else 0.0,
        state.misses / asked if asked else 0.0,
        100.0 * state.bytes / state.max_bytes if state.max_bytes else 0.0,
    )


def _batches(state: AdmissionState) -> BatchStats:
    requests = state.requests
    return BatchStats(
        requests,
        state.cached,
        100 * state.cached // requests if requests else 0,
        state.batched / state.batches if state.batches else 0.0,
        state.joined,
        state.batches,
        100 * state.joined // requests if requests else 0,
    )


async def act(options: Options, request: Request, do: Do) -> Reply:
    """Do one of the actions; one that is not known is a 400 without a body."""
    asked = json_door.decode(request.body, Action)
    if asked.action in CLEARED:
        which, message = CLEARED[asked.action]
        await do(ClearCaches(which, POOL))
        return _done(message)
    if asked.action == "warm_model":
        return await _warm(options, asked.data, do)
    return empty(400)


async def _warm(options: Options, data: Any, do: Do) -> Reply:
    """Load a model ahead of the first ask; where the engine fails, a 500 without a body."""
    named = data.get("model") if isinstance(data, dict) else None
    model = named if isinstance(named, str) and named else options.model
    try:
        card = await do(LoadModel(model, options.keep_alive))
    except Fault as fault:
        if is_ours(fault) or (fault.kind is Kind.missing and fault.status is None):
            raise
        return empty(500)
    return _done(f"Model {model or card.id} warmed")


def _done(message: str) -> Reply:
    return Reply(json_door.encode(Done(True, message)))


def rows(options: Options) -> tuple[Row, ...]:
    """The routes."""
    return (
        Row(
            "GET",
            PATH,
            "chatqueue.stats.read",
            read,
            (ReadHealth, ReadAdmission, ReadLine),
            "What caches and line have done",
            gives=Stats,
        ),
        Row(
            "POST",
            PATH,
            "chatqueue.stats.act",
            partial(act, options),
            (ClearCaches, LoadModel),
            "Clear caches or load a model",
            body="bytes",
            takes=ActionShown,
            gives=Done,
            bare=(400, 500),
        ),
    )
