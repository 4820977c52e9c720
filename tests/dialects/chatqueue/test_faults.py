"""What a chatqueue client sees when something is wrong: with its request, with the Ollama, or with what it may do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.dialects.chatqueue.errors import failed_run, fault_reply, status_of
from parlance.dialects.table import Request
from parlance.testing.upstreams import SECRETS, Behaviour
from parlance.values.errors import Fault, Kind
from tests.dialects.chatqueue.served import CHAT, QUEUE, STATS, TEXT, Client, Ollama, question, serving, text_of
from tests.unit.dialects.openai.stage import request

HEALTHY = frozenset({"/api/tags", "/api/show", "/api/ps", "/api/version"})
AT_ONCE = [
    Behaviour.REFUSED,
    Behaviour.RESET_BEFORE,
    Behaviour.FIN_BEFORE,
    Behaviour.HTML,
    Behaviour.UNAUTHORIZED,
    Behaviour.RATE_LIMITED,
    Behaviour.INTERNAL_ERROR,
    Behaviour.REDIRECT,
    Behaviour.NOT_HTTP,
    Behaviour.HEADER_HANG,
    Behaviour.FIRST_TOKEN_HANG,
    Behaviour.ENDLESS_LINE,
]
MIDWAY = [
    Behaviour.RESET_MIDWAY,
    Behaviour.EARLY_FIN,
    Behaviour.CUT_CHUNK,
    Behaviour.ERROR_IN_200,
    Behaviour.MISSING_END,
    Behaviour.SILENCE,
]


async def nothing_was_kept(client: Client) -> None:
    """Neither an error nor half an answer is in the cache."""
    assert (await client.stats())["response_cache"]["total_entries"] == 0


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("behaviour", AT_ONCE)
async def test_an_ollama_that_fails_before_its_first_word_is_a_500(
    tmp_path: Path, behaviour: Behaviour, stream: bool
) -> None:
    """Streamed or not: 500 with one sentence as JSON, without a secret, a host or a path of the upstream."""
    async with Ollama(behaviour=behaviour) as upstream:
        upstream.healthy_paths = HEALTHY
        async with serving(tmp_path, upstream, flags={"chatqueue.timeout_seconds": 0.4}) as client:
            status, headers, body = await client.raw(CHAT, {**question("Hi"), "stream": stream})
            assert (status, headers["content-type"]) == (500, "application/json")
            assert set(msgspec.json.decode(body)) == {"error"}
            assert not any(secret.encode() in body for secret in (*SECRETS, upstream.origin, "api/chat"))
            await nothing_was_kept(client)


@pytest.mark.parametrize("behaviour", MIDWAY)
async def test_an_ollama_that_fails_later_ends_the_stream_with_an_error(tmp_path: Path, behaviour: Behaviour) -> None:
    """What was said stays said; the last frame has `done` and `error` and no `cached`. Unstreamed it is a 500."""
    async with Ollama(behaviour=behaviour) as upstream:
        upstream.healthy_paths = HEALTHY
        async with serving(tmp_path, upstream, flags={"chatqueue.timeout_seconds": 0.6}) as client:
            told = await client.stream()
            assert told[-1]["done"] is True and set(told[-1]) == {"done", "error"}
            assert told[-1]["error"].startswith("Stream error: ")
            assert not any(secret in told[-1]["error"] for secret in SECRETS)
            assert text_of(told) and TEXT.startswith(text_of(told))
            assert set(await client.chat(status=500)) == {"error"}
            await nothing_was_kept(client)


async def test_an_ollama_that_has_no_such_model_any_more_is_a_500(tmp_path: Path) -> None:
    """It is the Ollama that refuses, by a 404 of its own."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        await client.chat()
        upstream.shelf.delete("deepseek-r1:8b")
        assert "error" in await client.chat("again", status=500)


async def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """No other model stands in for it, in no route."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        assert "error" in await client.chat(model="no-such", status=404)
        assert "error" in await client.enqueue("Hi", model="no-such", status=404)
        action = {"action": "warm_model", "data": {"model": "no-such"}}
        assert "error" in await client.ask(f"POST {STATS}", action, 404)
        assert upstream.chats == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"messages": [{"role": "user", "content": "\\ud800"}]}', 400),
        (b"[]", 422),
        (b"{}", 422),
        ({"messages": []}, 422),
        ({"messages": "Hi"}, 422),
        ({"messages": [{"role": "user"}]}, 422),
        ({"messages": [{"role": "user", "content": None}]}, 422),
        ({"messages": [{"role": "nobody", "content": "Hi"}]}, 422),
        ({**question("Hi"), "model": 7}, 422),
        ({**question("Hi"), "stream": None}, 422),
        ({**question("Hi"), "stream": "yes"}, 422),
        ({**question("Hi"), "use_cache": None}, 422),
        ({**question("Hi"), "priority": None}, 422),
        ({**question("Hi"), "priority": "high"}, 422),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(tmp_path: Path, body: Any, status: int) -> None:
    """400 for what is no JSON, 422 for JSON of another shape; the sentence names the field, never the value."""
    async with serving(tmp_path, None) as client:
        found = await client.ask(CHAT, body, status)
        assert set(found) == {"error"} and "yes" not in found["error"]


@pytest.mark.parametrize(
    ("head", "allowed"),
    [
        ("GET /api/chat-optimized", "POST"),
        ("PUT /api/chat-queue", "DELETE, GET, HEAD, POST"),
        ("DELETE /api/cache-stats", "GET, HEAD, POST"),
        ("POST /health", "GET, HEAD"),
    ],
)
async def test_another_method_is_not_allowed(tmp_path: Path, head: str, allowed: str) -> None:
    """405 with `Allow` and an empty body, on a door where the dialect is alone."""
    flags = {"doors": ["chatqueue=127.0.0.1:0"]}
    async with serving(tmp_path, None, flags=flags) as client:
        client.server.addresses["default"] = client.server.addresses["chatqueue"]
        status, headers, body = await client.raw(head)
        assert (status, headers["allow"], body) == (405, allowed, b"")
        assert "content-type" not in headers


@pytest.mark.parametrize("path", ["/api/chat-queue/x", "/api/chat-optimized/", "/api/cache-stats/x/y"])
async def test_a_path_that_is_not_there_has_nothing_to_say(tmp_path: Path, path: str) -> None:
    """404 with an empty body below the dialect's own paths, also on the door it shares."""
    async with serving(tmp_path, None) as client:
        status, headers, body = await client.raw(f"GET {path}")
        assert (status, body) == (404, b"") and "content-type" not in headers


async def test_without_a_key_the_door_stays_shut(tmp_path: Path) -> None:
    """Where keys exist, a caller without one is told so in the dialect's own shape."""
    key = "[[keys]]\nname = 'k'\nhash = 'sha256:" + "0" * 64 + "'\nuser = 'ada'\n"
    async with serving(tmp_path, None, toml=key) as client:
        status, headers, body = await client.raw(f"GET {QUEUE}")
        assert (status, headers["www-authenticate"]) == (401, "Bearer")
        assert set(msgspec.json.decode(body)) == {"error"}
        assert (await client.ask("GET /health"))["status"] == "healthy"


def asked() -> Request:
    """A request."""
    return request({})


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(Kind.invalid, "m"), 400),
        (Fault(Kind.invalid, "m", code="wrong_type"), 422),
        (Fault(Kind.unauthenticated, "m"), 401),
        (Fault(Kind.forbidden, "m"), 403),
        (Fault(Kind.missing, "m", code="model_not_found"), 404),
        (Fault(Kind.missing, "m", status=404), 500),
        (Fault(Kind.conflict, "m"), 409),
        (Fault(Kind.cancelled, "m"), 409),
        (Fault(Kind.too_large, "m"), 413),
        (Fault(Kind.over_budget, "m", retry_after=1.2), 429),
        (Fault(Kind.over_budget, "m", status=429), 500),
        (Fault(Kind.busy, "m"), 503),
        (Fault(Kind.context_full, "m"), 400),
        (Fault(Kind.unsupported, "m"), 400),
        (Fault(Kind.upstream, "m"), 500),
        (Fault(Kind.timed_out, "m"), 500),
        (Fault(Kind.internal, "m"), 500),
    ],
)
def test_every_kind_of_fault_has_a_status(fault: Fault, status: int) -> None:
    """Whatever the Ollama said by a status of its own is 500."""
    assert status_of(fault) == status
    reply = fault_reply(fault, asked())
    assert msgspec.json.decode(reply.body) == {"error": "m"}
    assert dict(reply.headers).get(b"retry-after") == (b"2" if fault.retry_after else None)


def test_what_an_engine_fails_of_is_its_failure_whatever_it_calls_it() -> None:
    """Only what this server refuses or stops by itself keeps its own kind."""
    for kind in (Kind.missing, Kind.too_large, Kind.context_full, Kind.invalid, Kind.timed_out):
        assert status_of(failed_run(Fault(kind, "m"))) == 500
    assert status_of(failed_run(Fault(Kind.busy, "m", status=503))) == 500
    assert status_of(failed_run(Fault(Kind.busy, "m"))) == 503
    assert status_of(failed_run(Fault(Kind.cancelled, "m"))) == 409
