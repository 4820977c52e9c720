"""`POST /api/chat-optimized`: what is asked of the Ollama, what is answered, and what the cache does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.clocks import HandClock
from parlance.testing.upstreams import Script
from tests.dialects.chatqueue.served import (
    CHAT,
    MODEL,
    OTHER,
    STATS,
    TEXT,
    Client,
    Ollama,
    frames,
    question,
    serving,
    text_of,
)
from tests.unit.transports.small import Raw, request


async def test_streaming_is_the_default_and_has_the_systems_own_frames(tmp_path: Path) -> None:
    """Pieces, then an end without content; keys in order, nulls and request_id left out."""
    async with Ollama("Rust is a") as upstream, serving(tmp_path, upstream) as client:
        status, headers, body = await client.raw(CHAT, question("What is Rust?"))
    assert status == 200 and headers["content-type"] == "text/event-stream"
    assert body == (
        b'data: {"content":"Rust","done":false,"cached":false}\n\n'
        b'data: {"content":" is","done":false,"cached":false}\n\n'
        b'data: {"content":" a","done":false,"cached":false}\n\n'
        b'data: {"done":true,"cached":false}\n\n'
    )


async def test_a_whole_answer_is_one_json_object(tmp_path: Path) -> None:
    """With `stream` false: the message and whether it was cached."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        assert await client.chat() == {"message": {"role": "assistant", "content": TEXT}, "cached": False}


async def test_the_ollama_is_asked_as_configured(tmp_path: Path) -> None:
    """Default model, the system prompt first, and how long to keep the model loaded."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        await client.chat("Hi")
        await client.chat("Hi", model=OTHER, system_prompt="Be brief.")
        await client.chat("Hi", systemPrompt="As before.")
        await client.chat("Hi", model=None, system_prompt="", systemPrompt=None)
    first, second, third, fourth = upstream.chats
    assert (first["model"], first["keep_alive"]) == (MODEL, "15m")
    assert first["messages"] == [
        {"role": "system", "content": "Format all responses in markdown."},
        {"role": "user", "content": "Hi"},
    ]
    assert second["model"] == OTHER and second["messages"][0]["content"] == "Be brief."
    assert third["messages"][0]["content"] == "As before."
    assert fourth["model"] == MODEL and [m["role"] for m in fourth["messages"]] == ["user"]


@pytest.mark.parametrize("first", ["stream", "chat"])
@pytest.mark.parametrize("second", ["stream", "chat"])
async def test_the_same_question_twice_is_asked_once(tmp_path: Path, first: str, second: str) -> None:
    """The second answer is the cached one, its text exact, whichever of the two was streamed."""

    async def asked(client: Client, way: str) -> tuple[str, bool]:
        answer = await getattr(client, way)()
        if way == "chat":
            return answer["message"]["content"], answer["cached"]
        assert [frame["done"] for frame in answer] == [False] * (len(answer) - 1) + [True]
        assert len({frame["cached"] for frame in answer}) == 1
        return text_of(answer), answer[-1]["cached"]

    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        assert await asked(client, first) == (TEXT, False)
        assert await asked(client, second) == (TEXT, True)
        assert len(upstream.chats) == 1


async def test_a_cached_answer_is_streamed_in_pieces(tmp_path: Path) -> None:
    """A long one does not come as one lump."""
    async with Ollama(TEXT * 10) as upstream, serving(tmp_path, upstream) as client:
        await client.stream()
        kept = await client.stream()
    assert len(kept) > 5 and text_of(kept) == TEXT * 10
    assert kept[-1] == {"done": True, "cached": True}


async def test_without_the_cache_the_ollama_is_always_asked(tmp_path: Path) -> None:
    """`use_cache` false neither reads, writes nor counts."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        await client.chat()
        before = await client.stats()
        for _ in range(2):
            assert (await client.chat(use_cache=False))["cached"] is False
        after = await client.stats()
        assert len(upstream.chats) == 3
        assert after["response_cache"] == before["response_cache"]
        assert after["conversation_cache"] == before["conversation_cache"]
        await client.chat("new", use_cache=False)
        assert (await client.chat("new"))["cached"] is False, "and it was not written"


async def test_a_disabled_cache_keeps_nothing(tmp_path: Path) -> None:
    """`[cache] enabled = false` is for everybody."""
    async with Ollama() as upstream, serving(tmp_path, upstream, flags={"chatqueue.cache.enabled": False}) as client:
        for _ in range(2):
            assert (await client.chat())["cached"] is False
        stats = (await client.stats())["response_cache"]
        assert (stats["total_entries"], stats["hit_rate"], stats["miss_rate"]) == (0, 0.0, 0.0)


async def test_an_answer_is_forgotten_when_its_time_is_over(tmp_path: Path) -> None:
    """The time runs from when it was kept, however often it is asked for."""
    clock = HandClock()
    async with Ollama() as upstream, serving(tmp_path, upstream, clock=clock) as client:
        await client.chat()
        clock.move(3599)
        assert (await client.chat())["cached"] is True
        clock.move(2)
        assert (await client.stats())["response_cache"]["total_entries"] == 0
        assert (await client.chat())["cached"] is False


@pytest.mark.parametrize("action", ["clear", "clear_response_cache"])
async def test_clearing_makes_the_next_ask_a_miss_and_starts_the_counts_anew(tmp_path: Path, action: str) -> None:
    """Straight after there are no entries, no hits and no misses."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        for _ in range(2):
            await client.chat()
        assert (await client.stats())["response_cache"]["hit_rate"] == 0.5
        await client.ask(f"POST {STATS}", {"action": action})
        stats = (await client.stats())["response_cache"]
        assert (stats["total_entries"], stats["hit_rate"], stats["miss_rate"]) == (0, 0.0, 0.0)
        assert (await client.chat())["cached"] is False
        assert (await client.stats())["response_cache"]["miss_rate"] == 1.0


@pytest.mark.parametrize(
    "more",
    [{"system_prompt": "Be brief."}, {"systemPrompt": "Be brief."}, {"model": OTHER}],
)
async def test_another_prompt_or_model_never_shares_an_answer(tmp_path: Path, more: dict[str, Any]) -> None:
    """The system prompt is part of what was asked, unlike in the system this dialect comes from."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        await client.chat()
        assert (await client.chat(**more))["cached"] is False
        assert len(upstream.chats) == 2


async def test_identical_asks_at_the_same_time_are_one_call(tmp_path: Path) -> None:
    """Ten clients ask the same while the first answer is still being made."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        asks = [asyncio.create_task(client.chat() if at % 2 else client.stream()) for at in range(10)]
        await upstream.until(lambda u: len(u.chats) == 1)
        while (await client.stats())["batch_processor"]["total_requests"] < 10:
            await asyncio.sleep(0.005)
        upstream.release(10)
        answers = await asyncio.gather(*asks)
        assert {text_of(a) if isinstance(a, list) else a["message"]["content"] for a in answers} == {TEXT}
        assert len(upstream.chats) == 1
        assert (await client.stats())["batch_processor"]["deduplicated_requests"] == 9


async def test_without_deduplication_each_of_them_is_a_call(tmp_path: Path) -> None:
    """And the cache goes on working."""
    flags = {"chatqueue.batch.enable_deduplication": False}
    async with Ollama() as upstream, serving(tmp_path, upstream, flags=flags) as client:
        upstream.held = True
        asks = [asyncio.create_task(client.chat()) for _ in range(2)]
        await upstream.until(lambda u: len(u.chats) == 2)
        upstream.release(2)
        await asyncio.gather(*asks)
        assert (await client.chat())["cached"] is True


async def test_a_client_that_leaves_stops_the_ollama_and_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    """The upstream's connection is closed in the middle of the answer."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.script = Script(tokens=1000, per_token=0.02)
        raw = await Raw.to(client.server.port)
        await raw.send(request(CHAT, b'{"messages":[{"role":"user","content":"What is Rust?"}]}'))
        await raw.until(b"tok1")
        raw.fin()
        await upstream.until(lambda u: len(u.closed_early) == 1)
        upstream.script = Script(text=TEXT)
        assert (await client.stats())["response_cache"]["total_entries"] == 0
        assert (await client.chat())["cached"] is False


async def test_thoughts_are_not_part_of_the_answer(tmp_path: Path) -> None:
    """A reasoning model's thoughts are neither streamed nor kept."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.script = Script(text="Yes.", reasoning="Let me think about it.")
        assert text_of(await client.stream()) == "Yes."
        assert (await client.chat())["message"]["content"] == "Yes."


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/json", ""])
async def test_bodies_are_json_whatever_they_are_called(tmp_path: Path, kind: str) -> None:
    """curl's own content type and a browser's `text/plain` are as good as the right one."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        for head, body in (
            (CHAT, question("Hi")),
            ("POST /api/chat-queue", question("Hi")),
            (f"POST {STATS}", {"action": "clear"}),
        ):
            status, _, _ = await client.raw(head, body, content_type=kind)
            assert status == 200


async def test_priority_and_unknown_fields_are_accepted(tmp_path: Path) -> None:
    """What an old or a newer client sends besides does no harm."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        body = {**question("Hi"), "priority": 5, "conversationId": "x", "options": {"a": 1}}
        assert text_of(frames((await client.raw(CHAT, body))[2])) == TEXT
