"""The bytes of the dialect over a socket: media types, lines, statuses, and what happens when somebody leaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOllama, Script
from tests.dialects.ollama.served import served

HI: dict[str, Any] = {"model": "mock", "messages": [{"role": "user", "content": "hi"}]}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, MockOllama]]:
    """One server for all tests of this file."""
    with served(tmp_path_factory.mktemp("house"), "[server]\nmax_body_mb = 1\n") as both:
        yield both


@pytest.fixture
def http(house: tuple[Server, MockOllama]) -> Iterator[httpx.Client]:
    """A plain client."""
    with httpx.Client(base_url=house[0].url, timeout=10) as client:
        yield client


@pytest.mark.parametrize("path", ["/api/chat", "/api/generate"])
def test_a_stream_is_one_object_a_line(http: httpx.Client, path: str) -> None:
    """As NDJSON, each with model and time, the last with its counts; streaming is the default."""
    reply = http.post(path, json={**HI, "prompt": "hi"} if path.endswith("chat") else {"model": "mock", "prompt": "hi"})
    assert reply.status_code == 200 and reply.headers["content-type"] == "application/x-ndjson"
    assert reply.text.endswith("}\n") and "\n\n" not in reply.text
    lines = [json.loads(line) for line in reply.text.splitlines()]
    assert all(line["model"] == "mock" and line["created_at"].endswith("Z") for line in lines)
    assert [line["done"] for line in lines] == [False] * 8 + [True]
    assert lines[-1]["eval_duration"] == 80_000_000 and "eval_count" not in lines[0]


def test_somebody_is_there(http: httpx.Client) -> None:
    """`GET /` and `HEAD /` for clients; a page for browsers."""
    reply = http.get("/")
    assert reply.text == "Ollama is running" and reply.headers["content-type"].startswith("text/plain")
    assert http.head("/").status_code == 200
    assert http.get("/", headers={"accept": "text/html"}).headers["content-type"].startswith("text/html")
    version = http.get("/api/version").json()
    assert version["version"].startswith("0.") and version["deployment_id"].startswith("parlance-")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /api/tags", 405),
        ("GET /api/chat", 405),
        ("GET /api/nope", 404),
        ("HEAD /api/tags", 200),
        ("GET /as/ollama/api/tags", 200),
        ("HEAD /api/blobs/sha256:" + "0" * 64, 404),
        ("HEAD /api/blobs/nope", 400),
    ],
)
def test_routes_answer_as_they_must(http: httpx.Client, head: str, status: int) -> None:
    """With `{"error": …}` where there is a body at all."""
    method, _, path = head.partition(" ")
    reply = http.request(method, path)
    assert reply.status_code == status
    if status >= 400 and method != "HEAD":
        assert list(reply.json()) == ["error"]


@pytest.mark.parametrize("body", [b"", b"no", b"[]", b'{"model":NaN}', b'{"model":"mock","messages":5}', b"\xff"])
def test_a_body_that_is_none_is_a_400(http: httpx.Client, body: bytes) -> None:
    """Never a 5xx, and never the value in the sentence."""
    reply = http.post("/api/chat", content=body)
    assert reply.status_code == 400 and list(reply.json()) == ["error"]


def test_a_body_that_is_too_large_is_a_413(http: httpx.Client) -> None:
    """A blob may be larger: it is never held."""
    assert http.post("/api/chat", content=b" " * (2 << 20)).status_code == 413
    reply = http.post("/api/blobs/sha256:" + "0" * 64, content=b"x" * (2 << 20))
    assert reply.status_code == 400 and "igest" in reply.json()["error"]


def test_a_form_is_read_as_json(http: httpx.Client) -> None:
    """`curl -d` says that it sends a form."""
    sent = json.dumps({**HI, "stream": False})
    reply = http.post("/api/chat", content=sent, headers={"content-type": "application/x-www-form-urlencoded"})
    assert reply.json()["done"] is True


def test_vectors_for_openais_clients(http: httpx.Client) -> None:
    """`/api/embeddings` with `input`."""
    found = http.post("/api/embeddings", json={"model": "mock-embed", "input": ["a", "b"]}).json()
    assert [entry["index"] for entry in found["data"]] == [0, 1] and found["object"] == "list"


def test_a_failure_in_the_middle_is_the_last_line(http: httpx.Client) -> None:
    """After all that had come."""
    lines = http.post("/api/chat", json={**HI, "model": "bad-early-fin"}).text.splitlines()
    assert json.loads(lines[0])["message"]["content"] == "tok0"
    assert list(json.loads(lines[-1])) == ["error"] and "done" not in json.loads(lines[-1])


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_model(house: tuple[Server, MockOllama], stream: bool) -> None:
    """Streamed or not: the upstream's connection is closed."""
    server, upstream = house
    upstream.script = Script(per_token=0.05, tokens=200)
    before = len(upstream.closed_early)
    try:
        with httpx.Client(base_url=server.url, timeout=20.0 if stream else 0.5) as client:
            body = {**HI, "stream": stream}
            if stream:
                with client.stream("POST", "/api/chat", json=body) as reply:
                    next(reply.iter_lines())
            else:
                with pytest.raises(httpx.ReadTimeout):
                    client.post("/api/chat", json=body)
        deadline = time.monotonic() + 20
        while len(upstream.closed_early) == before and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(upstream.closed_early) == before + 1
    finally:
        upstream.script = Script()
