"""What people type at a prompt: curl against the composed server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.dialects.judges.curl import curl
from tests.dialects.judges.parties import served
from tests.flows.callers import events

SAID = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"


def ask(model: str = "mock", **more: Any) -> str:
    """The body of a chat."""
    return json.dumps({"model": model, "messages": [{"role": "user", "content": "Hello"}], **more})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with served(tmp_path_factory.mktemp("typed"), (MockOpenAI(models=("mock", "mock-p100-n6")), {})) as server:
        yield server


@pytest.mark.parametrize("word", ["--json", "-d"])
async def test_a_chat(server: Server, word: str) -> None:
    """One line gets an answer, also when curl calls the JSON a form, as it does when only `-d` is typed."""
    said = await curl(f"{server.url}/v1/chat/completions", word, ask())
    assert (said.status, said.headers["content-type"]) == (200, "application/json")
    assert json.loads(said.body)["choices"][0]["message"]["content"] == SAID


async def test_a_stream(server: Server) -> None:
    """`-N` shows the events as they come, and the answer is told not to be kept or held back on its way."""
    said = await curl("-N", f"{server.url}/v1/chat/completions", "--json", ask(stream=True))
    assert said.headers["content-type"] == "text/event-stream" and said.headers["x-accel-buffering"] == "no"
    assert "no-cache" in said.headers["cache-control"] or "no-store" in said.headers["cache-control"]
    assert said.body.endswith(b"data: [DONE]\n\n")
    assert "".join(event["choices"][0]["delta"].get("content") or "" for event in events(said.body)) == SAID


async def test_lines_of_ollama(server: Server) -> None:
    """Ollama's own example streams JSON lines without being asked to."""
    said = await curl("-N", f"{server.url}/api/chat", "-d", ask())
    assert said.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in said.body.splitlines()]
    assert "".join(line["message"]["content"] for line in lines) == SAID and lines[-1]["done"] is True


async def test_the_root_says_who_is_there(server: Server) -> None:
    """`GET /` is Ollama's sentence, `HEAD /` the same without it, and a browser gets a page."""
    got, head = await curl(f"{server.url}/"), await curl("-I", f"{server.url}/")
    assert (got.status, got.body) == (200, b"Ollama is running")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(got.body)))
    page = await curl(f"{server.url}/", "-H", "Accept: text/html")
    assert page.headers["content-type"].startswith("text/html") and b"<title>Parlance</title>" in page.body


async def test_a_run_is_resumed(server: Server) -> None:
    """Who has some of a run's events sends the last id and gets the others, byte for byte, while it runs and after."""
    items = [{"type": "message", "role": "user", "content": "Hello"}]
    body = json.dumps({"ask": {"model": "mock-p100-n6", "items": items}})
    begun = await curl(f"{server.url}/parlance/v1/messages.send", "--json", body)
    assert begun.status == 202
    run = json.loads(begun.body)["run"]
    read = f"{server.url}/parlance/v1/runs.read?run={run}"
    stream = ("-N", read, "-H", "Accept: text/event-stream")
    whole = _numbered((await curl(*stream)).body)
    assert len(whole) > 6
    for known in (1, 3, len(whole) - 1):
        rest = await curl(*stream, "-H", f"Last-Event-ID: {run}:{known}")
        assert _numbered(rest.body) == whole[known:]
    assert (await curl(*stream, "-H", f"Last-Event-ID: {run}:{len(whole)}")).status == 204


def _numbered(body: bytes) -> list[bytes]:
    """The events with an id; notices may be missed."""
    return [block for block in body.split(b"\n\n") if block.startswith(b"id: ")]


async def test_an_error(server: Server) -> None:
    """What is wrong comes in the shape of the API that was typed."""
    openai = await curl(f"{server.url}/v1/chat/completions", "--json", ask("nobody"))
    assert openai.status == 404 and json.loads(openai.body)["error"]["code"] == "model_not_found"
    assert json.loads(openai.body)["error"]["message"].startswith("There is no model called 'nobody'. `GET /v1/models`")
    ollama = await curl(f"{server.url}/api/chat", "-d", ask("nobody"))
    assert ollama.status == 404 and json.loads(ollama.body) == {"error": "model 'nobody' not found"}
    shown = await curl(f"{server.url}/parlance/v1/models.show?model=nobody")
    assert shown.status == 404 and "models.list" in json.loads(shown.body)["hint"]
    native = await curl("-X", "POST", f"{server.url}/parlance/v1/runs.stop", "-d", '{"run": "none"}')
    assert native.status == 404 and native.headers["content-type"] == "application/problem+json"


async def test_the_stand_in_for_curl_says_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine without curl the same tests mean the same."""
    calls = [("-I", f"{server.url}/"), (f"{server.url}/api/version",)]
    typed = [await curl(*words) for words in calls]
    monkeypatch.setattr("shutil.which", lambda name: None)
    for words, said in zip(calls, typed, strict=True):
        again = await curl(*words)
        assert (again.status, again.body) == (said.status, said.body)
    for test in (test_a_stream, test_the_root_says_who_is_there, test_an_error):
        await test(server)
    await test_a_chat(server, "-d")
