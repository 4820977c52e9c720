"""`/api/cache-stats` and `/health`: every key with its type, and what each action does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parlance.core.admission.operations import AdmissionState, CacheState
from parlance.core.runs.operations import LineState
from parlance.dialects.chatqueue.statistics import _stats
from parlance.testing.clocks import HandClock
from parlance.testing.upstreams import Behaviour
from tests.dialects.chatqueue.served import MODEL, OTHER, STATS, Ollama, serving

CACHE = {
    "total_entries": int,
    "total_size_mb": float,
    "hit_rate": float,
    "miss_rate": float,
    "memory_usage_percent": float,
}
SHAPE: dict[str, Any] = {
    "timestamp": str,
    "response_cache": CACHE,
    "conversation_cache": CACHE,
    "batch_processor": {
        "total_requests": int,
        "cached_responses": int,
        "cache_hit_rate": int,
        "average_batch_size": float,
        "deduplicated_requests": int,
        "batches_processed": int,
        "deduplication_rate": int,
    },
    "queue_length": int,
    "is_processing": bool,
}


def shape(found: Any) -> Any:
    """The types of a decoded object."""
    return {name: shape(value) for name, value in found.items()} if isinstance(found, dict) else type(found)


async def test_every_key_is_there_with_its_type_from_the_first_moment(tmp_path: Path) -> None:
    """Before anything was asked all counts are 0 and both rates too; so they are afterwards, with other values."""
    async with Ollama() as upstream, serving(tmp_path, upstream, clock=HandClock()) as client:
        fresh = await client.stats()
        assert shape(fresh) == SHAPE
        assert fresh["timestamp"] == "2026-01-01T00:00:00Z"
        assert set(fresh["response_cache"].values()) == set(fresh["batch_processor"].values()) == {0}
        assert fresh["response_cache"] == fresh["conversation_cache"]
        assert (fresh["queue_length"], fresh["is_processing"]) == (0, False)
        await client.chat()
        assert shape(await client.stats()) == SHAPE


async def test_one_miss_and_one_hit_are_a_rate_of_a_half(tmp_path: Path) -> None:
    """The first ask is a miss, the same ask again a hit; size and usage are those of real bytes."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        await client.chat()
        first = (await client.stats())["response_cache"]
        assert (first["total_entries"], first["hit_rate"], first["miss_rate"]) == (1, 0.0, 1.0)
        await client.chat()
        stats = await client.stats()
        cache = stats["response_cache"]
        assert (cache["hit_rate"], cache["miss_rate"]) == (0.5, 0.5)
        assert 0 < cache["total_size_mb"] < 0.1
        assert cache["memory_usage_percent"] == pytest.approx(cache["total_size_mb"] / 256 * 100)
        assert stats["conversation_cache"]["total_entries"] > 0
        batch = stats["batch_processor"]
        assert (batch["total_requests"], batch["cached_responses"], batch["cache_hit_rate"]) == (2, 1, 50)


async def test_the_line_shows_in_the_statistics(tmp_path: Path) -> None:
    """How many wait, and whether one is being answered."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        ids = [(await client.enqueue(text))["request_id"] for text in "abc"]
        stats = await client.stats()
        assert (stats["queue_length"], stats["is_processing"]) == (2, True)
        upstream.release(3)
        for id in ids:
            await client.done(id)
        stats = await client.stats()
        assert (stats["queue_length"], stats["is_processing"]) == (0, False)


@pytest.mark.parametrize(
    ("action", "message", "responses", "conversations"),
    [
        ("clear", "All caches cleared", 0, 0),
        ("clear_response_cache", "Response cache cleared", 0, 2),
        ("clear_conversation_cache", "Conversation cache cleared", 1, 0),
    ],
)
async def test_each_action_clears_what_it_names(
    tmp_path: Path, action: str, message: str, responses: int, conversations: int
) -> None:
    """The entries are gone straight after; curl's own content type does."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        await client.chat()
        body = b'{"action":"' + action.encode() + b'"}'
        status, _, found = await client.raw(f"POST {STATS}", body, content_type="application/x-www-form-urlencoded")
        assert (status, found) == (200, b'{"success":true,"message":"' + message.encode() + b'"}')
        stats = await client.stats()
        assert stats["response_cache"]["total_entries"] == responses
        assert stats["conversation_cache"]["total_entries"] == conversations


@pytest.mark.parametrize(
    ("data", "model"),
    [
        ({"model": OTHER}, OTHER),
        ({}, MODEL),
        (None, MODEL),
        ({"model": None}, MODEL),
        ({"model": ""}, MODEL),
        ([], MODEL),
    ],
)
async def test_a_model_is_loaded_ahead_of_the_first_ask(tmp_path: Path, data: Any, model: str) -> None:
    """The one that is named, else the configured one, for as long as configured."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        reply = await client.ask(f"POST {STATS}", {"action": "warm_model", "data": data})
        assert reply == {"success": True, "message": f"Model {model} warmed"}
        assert model in upstream.shelf.loaded
        assert upstream.calls[-1].payload["keep_alive"] == "15m"


async def test_a_model_that_cannot_be_loaded_is_a_500_without_a_body(tmp_path: Path) -> None:
    """The Ollama is there but fails."""
    async with Ollama(behaviour=Behaviour.INTERNAL_ERROR) as upstream, serving(tmp_path, upstream) as client:
        assert await client.ask(f"POST {STATS}", {"action": "warm_model"}, 500) is None


@pytest.mark.parametrize(
    ("body", "status", "empty"),
    [
        ({"action": "explode"}, 400, True),
        ({"action": ""}, 400, True),
        ({"action": 7}, 422, False),
        ({}, 422, False),
        (b"", 400, False),
    ],
)
async def test_an_unknown_action_is_refused(tmp_path: Path, body: Any, status: int, empty: bool) -> None:
    """400 without a body; what is no action at all is told what is wrong with it."""
    async with serving(tmp_path, None) as client:
        found = await client.ask(f"POST {STATS}", body, status)
        assert found is None if empty else set(found) == {"error"}


@pytest.mark.parametrize("door", ["default", "chatqueue"])
async def test_health_is_told_on_every_door(tmp_path: Path, door: str) -> None:
    """200 with `healthy`, whether the dialect shares its door or is alone."""
    async with serving(tmp_path, None, flags={"doors": ["chatqueue=127.0.0.1:0"]}) as client:
        client.server.addresses["default"] = client.server.addresses[door]
        found = await client.ask("GET /health")
        assert found["status"] == "healthy" and found["timestamp"].endswith("Z")


def test_rates_are_cut_to_whole_percent_and_sizes_are_measured() -> None:
    """The sample of the seed: 325 of 500 are 65 %, 12.5 MB of 256 are 4.9 %."""
    mebibyte = 1024 * 1024
    state = AdmissionState(
        CacheState(150, int(12.5 * mebibyte), 256 * mebibyte, 65, 35),
        CacheState(0, 0, 0, 0, 0),
        requests=500,
        cached=325,
        joined=7,
        batches=4,
        batched=10,
    )
    stats = _stats("now", state, LineState(0, 0, 30000))
    assert stats.response_cache.total_size_mb == 12.5
    assert round(stats.response_cache.memory_usage_percent, 1) == 4.9
    assert (stats.response_cache.hit_rate, stats.response_cache.miss_rate) == (0.65, 0.35)
    assert stats.conversation_cache.memory_usage_percent == 0.0
    batch = stats.batch_processor
    assert (batch.cache_hit_rate, batch.deduplication_rate, batch.average_batch_size) == (65, 1, 2.5)
