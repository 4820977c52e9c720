"""Every misbehaviour, judged by the bytes on the wire, on every endpoint of both fakes."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest

from parlance.testing.upstreams import (
    RETRY_AFTER,
    SECRETS,
    SOCKET_BEHAVIOURS,
    SPOKEN,
    Behaviour,
    Bounds,
    MockOllama,
    MockOpenAI,
)
from parlance.testing.upstreams.behaviours import BY_NAME
from tests.unit.testing.upstreams.raw import Received, ask

MESSAGES = [{"role": "user", "content": "hi"}]
OPENAI: list[tuple[str, dict[str, Any]]] = [
    ("/v1/chat/completions", {"messages": MESSAGES}),
    ("/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    ("/v1/completions", {"prompt": "hi"}),
    ("/v1/completions", {"prompt": "hi", "stream": True}),
    ("/v1/responses", {"input": "hi"}),
    ("/v1/responses", {"input": "hi", "stream": True}),
    ("/v1/embeddings", {"input": "hi"}),
]
OLLAMA: list[tuple[str, dict[str, Any]]] = [
    ("/api/chat", {"messages": MESSAGES, "stream": False}),
    ("/api/chat", {"messages": MESSAGES}),
    ("/api/generate", {"prompt": "hi", "stream": False}),
    ("/api/generate", {"prompt": "hi"}),
    ("/api/embed", {"input": "hi"}),
]
HANGS = {Behaviour.HEADER_HANG, Behaviour.FIRST_TOKEN_HANG, Behaviour.SILENCE}
STATUSES = {
    Behaviour.UNAUTHORIZED: 401,
    Behaviour.RATE_LIMITED: 429,
    Behaviour.INTERNAL_ERROR: 500,
    Behaviour.REDIRECT: 307,
}
CHAT: dict[str, Any] = {"model": "mock", "messages": MESSAGES}
STREAMED = CHAT | {"stream": True}
PATH = "/v1/chat/completions"


SMALL = Bounds(endless_line=2 << 20, gzip_bomb=32 << 20)
"""The real bounds are for clients that never stop; these tests only look at the shape."""


def patience_with(behaviour: Behaviour) -> float:
    """Seconds to wait: long enough for what does come on a machine that is busy elsewhere."""
    return 0.3 if behaviour in HANGS else 10.0


async def bad(behaviour: Behaviour, body: dict[str, Any] = STREAMED) -> Received:
    patience, headers = patience_with(behaviour), "Authorization: Bearer shown\r\n"
    async with MockOpenAI(behaviour=behaviour, bounds=SMALL) as upstream:
        return await ask(upstream, "POST", PATH, body, patience=patience, headers=headers)


def plausible(behaviour: Behaviour, received: Received) -> bool:
    """Whether what came fits the behaviour at all, whatever the endpoint."""
    if behaviour in HANGS:
        return received.ended == "hang"
    if behaviour in (Behaviour.RESET_BEFORE, Behaviour.RESET_MIDWAY):
        return received.ended == "reset"
    if behaviour in (Behaviour.FIN_BEFORE, Behaviour.EARLY_FIN, Behaviour.SHORT_BODY, Behaviour.CUT_CHUNK):
        return received.ended == "fin"
    if behaviour in (Behaviour.NOT_HTTP, Behaviour.ENDLESS_LINE):
        return received.ended == "fin"
    return received.ended == "whole" and received.status == STATUSES.get(behaviour, 200)


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", BY_NAME.values())
async def test_every_behaviour_plays_on_every_endpoint_of_openai(behaviour: Behaviour) -> None:
    async with MockOpenAI(bounds=SMALL) as upstream:
        asks = [(path, body | {"model": f"bad-{behaviour}"}) for path, body in OPENAI]
        patience = patience_with(behaviour)
        for received in await asyncio.gather(*(ask(upstream, "POST", *each, patience=patience) for each in asks)):
            assert plausible(behaviour, received), received


@pytest.mark.slow
@pytest.mark.parametrize("behaviour", BY_NAME.values())
async def test_every_behaviour_plays_on_every_endpoint_of_ollama(behaviour: Behaviour) -> None:
    async with MockOllama(bounds=SMALL) as upstream:
        asks = [(path, body | {"model": f"bad-{behaviour}"}) for path, body in OLLAMA]
        patience = patience_with(behaviour)
        for received in await asyncio.gather(*(ask(upstream, "POST", *each, patience=patience) for each in asks)):
            assert plausible(behaviour, received), received


async def test_a_refusing_upstream_has_a_port_where_nobody_listens() -> None:
    async with MockOpenAI(behaviour=Behaviour.REFUSED) as upstream:
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", upstream.port)


async def test_connecting_to_a_full_backlog_hangs() -> None:
    async with MockOpenAI(behaviour=Behaviour.CONNECT_HANG) as upstream:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await asyncio.open_connection("127.0.0.1", upstream.port)


async def test_healthy_paths_answer_while_the_rest_misbehaves() -> None:
    async with MockOpenAI(behaviour=Behaviour.INTERNAL_ERROR) as upstream:
        upstream.healthy_paths = frozenset({"/v1/models"})
        assert (await ask(upstream, "GET", "/v1/models")).status == 200
        assert (await ask(upstream, "POST", PATH, CHAT)).status == 500


async def test_half_an_answer_arrives_before_the_break() -> None:
    for behaviour in (Behaviour.SILENCE, Behaviour.RESET_MIDWAY, Behaviour.EARLY_FIN, Behaviour.CUT_CHUNK):
        body = (await bad(behaviour)).body
        assert b"tok2" in body
        assert b"tok7" not in body


async def test_a_body_may_end_before_its_length_or_run_past_it() -> None:
    short = await bad(Behaviour.SHORT_BODY)
    assert int(short.headers["content-length"]) > len(short.raw_body)
    poisoned = await bad(Behaviour.SHORT_LENGTH)
    assert int(poisoned.headers["content-length"]) < len(poisoned.raw_body)


async def test_a_cut_chunk_announces_more_than_comes() -> None:
    last = (await bad(Behaviour.CUT_CHUNK)).raw_body.rpartition(b"\r\n")
    assert int(last[0].rpartition(b"\r\n")[2], 16) > len(last[2])


async def test_errors_carry_what_must_not_reach_a_client() -> None:
    told = (await bad(Behaviour.INTERNAL_ERROR)).json()["error"]["message"]
    assert all(secret in told for secret in SECRETS)
    assert "shown" in (await bad(Behaviour.UNAUTHORIZED)).json()["error"]["message"]
    assert (await bad(Behaviour.RATE_LIMITED)).headers["retry-after"] == str(RETRY_AFTER)


async def test_an_error_inside_200_comes_after_a_good_frame_when_streamed() -> None:
    assert "CUDA" in (await bad(Behaviour.ERROR_IN_200, CHAT)).json()["error"]["message"]
    streamed = (await bad(Behaviour.ERROR_IN_200)).body
    assert streamed.index(b"tok0") < streamed.index(b"CUDA")
    async with MockOpenAI() as upstream:
        asked = {"model": "bad-error-in-200", "input": "hi", "stream": True}
        assert b"event: error\n" in (await ask(upstream, "POST", "/v1/responses", asked)).body
    async with MockOllama() as ollama:
        received = await ask(ollama, "POST", "/api/chat", {"model": "bad-error-in-200", "messages": MESSAGES})
        assert received.body.splitlines()[1].startswith(b'{"error":"CUDA')


async def test_a_redirect_points_at_the_canary_which_counts_who_follows() -> None:
    async with MockOpenAI(behaviour=Behaviour.REDIRECT) as upstream:
        where = (await ask(upstream, "POST", PATH, CHAT)).headers["location"]
        assert upstream.canary_calls == []
        reader, writer = await asyncio.open_connection("127.0.0.1", int(where.split(":")[2].split("/")[0]))
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()
        assert len(upstream.canary_calls) == 1
        assert len(upstream.calls) == 1


async def test_a_half_line_ends_properly_in_the_middle_of_a_line() -> None:
    streamed = await bad(Behaviour.HALF_LINE)
    assert streamed.ended == "whole"
    assert not streamed.body.endswith(b"\n")
    assert b"[DONE]" not in streamed.body
    with pytest.raises(ValueError, match="truncated"):
        (await bad(Behaviour.HALF_LINE, CHAT)).json()


async def test_split_characters_are_whole_again_when_joined() -> None:
    streamed = await bad(Behaviour.SPLIT_UTF8)
    assert b"\r\n" in streamed.raw_body.partition("漢".encode()[:1])[2][:4], "the character is cut by a chunk's end"
    assert "😀" in streamed.body.decode()
    assert (await bad(Behaviour.SPLIT_UTF8, CHAT)).json()["choices"][0]["message"]["content"] == SPOKEN


async def test_broken_text_is_broken_in_the_words_or_in_a_field_beside_them() -> None:
    assert b'"before \\ud800 after"' in (await bad(Behaviour.LONE_SURROGATE, CHAT)).body
    assert b" \xff\xfe" in (await bad(Behaviour.BAD_UTF8)).body
    async with MockOpenAI(behaviour=Behaviour.LONE_SURROGATE) as upstream:
        received = await ask(upstream, "POST", "/v1/embeddings", {"model": "mock", "input": "hi"})
        assert received.body.startswith(b'{"note":"\\ud800",')
        assert (await ask(upstream, "GET", "/v1/models")).body.startswith(b'{"note":"\\ud800"')


async def test_an_endless_line_has_no_line_feed() -> None:
    body = (await bad(Behaviour.ENDLESS_LINE)).body
    assert body.startswith(b'data: {"id":"aaa')
    assert len(body) > 1 << 20
    assert b"\n" not in body


@pytest.mark.slow
async def test_a_gzip_bomb_is_small_on_the_wire() -> None:
    received = await bad(Behaviour.GZIP_BOMB)
    assert received.headers["content-encoding"] == "gzip"
    assert len(received.body) < 64 << 10
    assert len(gzip.decompress(received.body)) == 32 << 20


async def test_the_end_marker_may_be_missing_or_come_twice() -> None:
    assert b"[DONE]" not in (await bad(Behaviour.MISSING_END)).body
    assert (await bad(Behaviour.DOUBLE_END)).body.count(b"[DONE]") == 2
    async with MockOllama(behaviour=Behaviour.DOUBLE_END) as ollama:
        twice = await ask(ollama, "POST", "/api/chat", {"model": "mock", "messages": MESSAGES})
        assert twice.body.count(b'"done":true') == 2


async def test_another_protocol_and_a_page_are_no_answers() -> None:
    assert (await bad(Behaviour.NOT_HTTP)).raw.startswith(b"SSH-")
    assert (await bad(Behaviour.HTML)).headers["content-type"].startswith("text/html")


def test_behaviours_of_the_socket_cannot_be_asked_for_by_name() -> None:
    assert set(Behaviour) - set(BY_NAME.values()) == SOCKET_BEHAVIOURS
