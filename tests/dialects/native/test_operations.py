"""The native API is the table of operations, over a socket."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import msgspec
import pytest

from parlance.core.chat.bounds import MOST_ANSWERS
from parlance.core.chat.operations import SendMessage
from parlance.core.handlers import HANDLED
from parlance.core.operation import Operation
from parlance.core.runs.run import DROP_BEHIND, Run
from parlance.dialects.native import documents, files, moving, transfer
from parlance.dialects.native.dialect import NATIVE
from parlance.dialects.native.frames import streamed
from parlance.dialects.native.operations import PREFIX, reads
from parlance.dialects.native.views import value_type
from parlance.ports.engines import Sink
from parlance.testing.road import ScriptedEngine, bench
from parlance.testing.road import ask as question
from parlance.transports.http.openapi import document
from parlance.values.asks import ChatAsk
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event, ToolCalled
from parlance.values.knowledge import DocumentState
from tests.dialects.native.wire import asking, block, native
from tests.unit.transports.small import Raw, request

NAMED = [kind for kind in HANDLED if kind.wire_name]
BY_HAND = {row.name for row in (*documents.ROWS, *files.ROWS, *moving.ROWS, *transfer.ROWS)}
"""Rows that no operation's fields can say: bodies and answers that are no JSON."""


def test_every_operation_with_a_name_is_a_row() -> None:
    """Names are unique, and the row may do that operation and no other."""
    rows = {row.name: row for row in NATIVE.rows if row.path.startswith(PREFIX)}
    assert sorted(set(rows) - BY_HAND) == sorted(kind.wire_name for kind in NAMED)
    assert all(rows[kind.wire_name].operations == (kind,) for kind in NAMED)
    assert not any(row.open for row in rows.values())


def test_what_changes_something_is_never_a_get() -> None:
    """A link, an image or a prefetch must not be able to do anything."""
    gets = {row.name for row in NATIVE.rows if row.method == "GET" and row.path.startswith(PREFIX)}
    assert gets == {
        "connections.list",
        "runs.read",
        "runs.list",
        "lines.read",
        "admission.read",
        "models.list",
        "models.show",
        "models.loaded",
        "blobs.find",
        "server.show",
        "settings.list",
        "accounts.read",
        "accounts.export",
        "sessions.list",
        "keys.list",
        "audit.list",
        "users.list",
        "users.read",
        "groups.list",
        "groups.read",
        "tenants.list",
        "chatbot.people.list",
        "chatbot.people.read",
        "preferences.read",
        "bases.read",
        "bases.list",
        "bases.usage",
        "documents.read",
        "documents.list",
        "documents.content",
        "documents.page",
        "documents.pages.read",
        "chunks.read",
        "chunks.list",
        "evaluations.read",
        "evaluations.list",
        "evaluations.questions.list",
        "graphs.read",
        "graphs.show",
        "files.read",
        "files.list",
        "files.usage",
        "files.content",
        "budgets.read",
        "budgets.list",
        "usage.read",
        "usage.list",
        "ledgers.read",
        "backups.list",
        "chats.export",
        "chats.list",
        "chats.read",
        "chats.search",
        "feeds.read",
        "folders.list",
        "shares.list",
        "storage.read",
        "tags.list",
    }


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: str(kind.wire_name))
def test_an_operation_has_fields_that_json_can_say(kind: type[Operation[Any]]) -> None:
    """And, where it is a GET, that a query can say."""
    assert msgspec.json.schema(kind)
    plain = (str, int, bool, str | None, bool | None, DocumentState | Literal[""])
    assert not reads(kind) or all(field.type in plain for field in msgspec.structs.fields(kind))
    assert kind.starts <= (value_type(kind) is Run)


def test_the_dialect_has_an_openapi_document() -> None:
    """With every named operation in it."""
    paths = document(NATIVE, version="1", server="/as/native")["paths"]
    assert {f"{PREFIX}/{kind.wire_name}" for kind in NAMED} <= set(paths)


async def test_a_message_is_sent_and_its_run_read() -> None:
    """The id comes at once, and the run goes on without its sender."""
    async with native() as client:
        status, sent = await client.ask("POST messages.send", asking())
        assert (status, sent["state"], sent["model"]) == (202, "running", "model")
        events = await client.events(f"GET runs.read?run={sent['run']}")
        assert [each["event"] for each in events] == ["started", "delta", "delta", "finished", "usage", "ended"]
        assert [each["id"] for each in events] == [f"{sent['run']}:{n}" for n in range(1, 7)]
        assert events[1]["data"] == {"n": 2, "at": 1_767_225_600_000_000, "t": "delta", "text": "Hel"}
        status, whole = await client.ask(f"GET runs.read?run={sent['run']}")
        assert whole["choices"][0]["items"] == [{"type": "message", "role": "assistant", "content": "Hello"}]
        assert (whole["state"], whole["events"], whole["usage"]["prompt"]) == ("complete", 6, 10)
        assert [run["run"] for run in (await client.ask("GET runs.list"))[1]] == [sent["run"]]


@pytest.mark.parametrize("wish", [{"accept": "text/event-stream"}, {"stream": True}])
async def test_a_message_is_streamed_at_once(wish: dict[str, Any]) -> None:
    """By header or by field; the head names the run before it says anything."""
    async with native() as client:
        headers = {name: value for name, value in wish.items() if name == "accept"}
        status, fields, content = await client.whole("POST messages.send", asking(stream="stream" in wish), **headers)
        events = [block(text) for text in content.decode().split("\n\n") if text]
        assert (status, fields["content-type"]) == (200, "text/event-stream")
        assert events[0]["id"] == f"{fields['parlance-run']}:1" and events[-1]["event"] == "ended"
        # An attached run is forgotten with its end: nobody was told that it can be read again.
        assert (await client.ask(f"GET runs.read?run={fields['parlance-run']}"))[0] == 404


async def test_leaving_a_streamed_message_stops_it_unless_it_is_detached() -> None:
    """The stream holds an attached run; a detached one goes on."""
    engine = ScriptedEngine()
    engine.gate.clear()
    async with native(engine, share="none") as client:
        for detached in (False, True):
            one = await Raw.to(client.port)
            body = msgspec.json.encode(asking(stream=True, detached=detached))
            await one.send(request("POST /parlance/v1/messages.send", body, authorization="Bearer ada-key"))
            await one.until(b"\r\n\r\n")
            one.rst()
        async with asyncio.timeout(5):
            while engine.cancelled == 0:
                await asyncio.sleep(0.01)
        [left] = (await client.ask("GET runs.list"))[1]
        assert left["state"] == "running"
        engine.gate.set()
        assert (await client.events(f"GET runs.read?run={left['run']}"))[-1]["data"]["outcome"] == "complete"
        assert engine.cancelled == 1


async def test_a_waiting_run_tells_its_place() -> None:
    """As a notice without an id in its stream, and in its snapshot; then it can be stopped."""
    engine = ScriptedEngine()
    engine.gate.clear()
    async with native(engine, places=1, share="none") as client:
        first, second = await client.sent(), await client.sent()
        _, waiting = await client.ask(f"GET runs.read?run={second}")
        assert (waiting["state"], waiting["notice"]["t"], waiting["notice"]["position"]) == ("waiting", "queued", 1)
        assert waiting["events"] == 0 and "choices" not in waiting
        one = await Raw.to(client.port)
        await one.send(
            request(
                f"GET /parlance/v1/runs.read?run={second}", authorization="Bearer ada-key", accept="text/event-stream"
            )
        )
        told = await one.until(b"}\n\n")
        assert b"event: notice\ndata: {" in told and b"\nid: " not in told
        assert await client.ask("POST runs.stop", {"run": second}) == (200, True)
        assert await client.ask("POST runs.stop", {"run": second}) == (200, False)
        assert b'"outcome":"stopped"' in await one.until(b"}\n\n")
        one.fin()
        engine.gate.set()
        assert (await client.events(f"GET runs.read?run={first}"))[-1]["event"] == "ended"


async def test_a_failure_is_told_by_the_last_event() -> None:
    """And by the snapshot; what arrived before it is kept."""
    engine = ScriptedEngine()
    engine.fault = Fault(Kind.upstream, "The engine broke off.", code="upstream_eof")
    async with native(engine) as client:
        run = await client.sent()
        events = await client.events(f"GET runs.read?run={run}")
        assert events[-1]["data"]["outcome"] == "failed"
        assert events[-1]["data"]["error"] == {
            "kind": "upstream",
            "message": "The engine broke off.",
            "code": "upstream_eof",
        }
        _, whole = await client.ask(f"GET runs.read?run={run}")
        assert (whole["state"], whole["error"]["code"]) == ("failed", "upstream_eof")
        assert whole["choices"][0]["items"][0]["content"] == "Hello"


async def test_tools_come_as_events_and_as_items() -> None:
    """A call's arguments are deltas of its own."""
    script: list[Event] = [ToolCalled(0, "c1", "clock"), Delta('{"a"', "arguments"), Delta(":1}", "arguments")]
    async with native(ScriptedEngine(script)) as client:
        run = await client.sent()
        events = await client.events(f"GET runs.read?run={run}")
        assert [each["event"] for each in events[1:4]] == ["tool_called", "delta", "delta"]
        _, whole = await client.ask(f"GET runs.read?run={run}")
        assert whole["choices"][0]["items"] == [
            {"type": "tool_call", "id": "c1", "name": "clock", "arguments": '{"a":1}'}
        ]


async def test_a_foreign_run_and_an_unknown_one_look_alike() -> None:
    """For another user and for another key of the same user, whatever they try."""
    async with native() as client:
        run = await client.sent()
        for key in ("bob-key", "ada-phone"):
            for head, body in (("GET runs.read?run={}", None), ("POST runs.stop", "{}")):
                answers = []
                for id in (run, "id-999"):
                    sent = {"run": id} if body else None
                    status, fields, content = await client.whole(head.format(id), sent, key, x_request_id="same")
                    answers.append((status, {**fields, "date": ""}, content))
                assert answers[0] == answers[1] and answers[0][0] == 404
            assert (await client.ask("GET runs.list", key=key)) == (200, [])
        assert (await client.ask(f"GET runs.read?run={run}"))[0] == 200


async def test_each_rule_is_the_operations_own() -> None:
    """Without a known key 401, without the scope 403, and metrics need `observe`."""
    async with native() as client:
        assert (await client.ask("GET models.list", key="wrong"))[0] == 401
        status, body = await client.ask("POST models.delete", {"model": "model"}, key="bob-key")
        assert (status, body["code"]) == (403, "missing_scope")
        status, body = await client.ask("GET /metrics", key="bob-key")
        assert status == 403 and "'observe'" in body["hint"] and "parlance.toml" in body["hint"]


async def test_reads_take_their_fields_from_the_query() -> None:
    """Truths and texts; what does not fit is named and not echoed."""
    async with native() as client:
        status, card = await client.ask("GET models.show?model=model&verbose=true")
        assert (status, card["id"]) == (200, "model")
        status, body = await client.ask("GET models.show?model=model&verbose=perhaps-secret")
        assert (status, body["code"], body["field"]) == (422, "wrong_type", "verbose")
        assert "perhaps-secret" not in str(body)
        assert (await client.ask("GET models.show"))[1]["field"] == "model"
        assert (await client.ask("GET models.show?model=nothing"))[0] == 404
        assert [each["id"] for each in (await client.ask("GET models.list"))[1]] == ["model"]
        assert (await client.ask("GET models.loaded"))[1][0]["card"]["id"] == "model"


async def test_what_gives_nothing_answers_204() -> None:
    """An empty body stands for an operation without fields."""
    async with native() as client:
        assert await client.ask("POST caches.clear") == (204, None)
        assert await client.ask("POST caches.clear", {"which": "responses"}) == (204, None)
        assert (await client.ask("POST caches.clear", {"pool": "none"}))[1]["code"] == "pool_not_found"
        assert (await client.ask("GET admission.read?pool=default"))[1]["responses"]["entries"] == 0


async def test_texts_are_embedded() -> None:
    """The vectors stand in the order of the texts."""
    async with native() as client:
        status, body = await client.ask("POST models.embed", {"ask": {"model": "model", "texts": ["abc", "a"]}})
        assert (status, body) == (200, {"vectors": [[3.0, 0.0], [1.0, 0.0]], "prompt_tokens": 2})


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"n": 0}, "ask.n"),
        ({"n": MOST_ANSWERS + 1}, "ask.n"),
        ({"sampling": {"max_tokens": 0}}, "ask.sampling.max_tokens"),
        ({"sampling": {"max_tokens": -5}}, "ask.sampling.max_tokens"),
    ],
)
async def test_an_ask_out_of_its_bounds_is_refused(more: dict[str, Any], field: str) -> None:
    """A negative length would give back tokens that the gate never reserved."""
    async with native() as client:
        body = asking()
        body["ask"].update(more)
        status, refused = await client.ask("POST messages.send", body)
        assert (status, refused["field"], refused["code"]) == (400, field, "out_of_range")
        assert client.bench.engine.calls == 0


async def test_fields_of_an_upstreams_wire_are_not_taken() -> None:
    """They would reach the upstream beside what was judged here: another model, for one."""
    async with native() as client:
        body = asking()
        body["ask"].update(wire="openai", foreign={"model": "forbidden"})
        await client.events("POST messages.send", body)
        [asked] = client.bench.engine.asks
        assert (asked.wire, asked.foreign) == ("", None)


@pytest.mark.parametrize("more", [{"line": "none"}, {"pool": "none"}])
async def test_an_unknown_line_or_pool_is_missing(more: dict[str, Any]) -> None:
    """And never a defect of ours."""
    async with native() as client:
        status, body = await client.ask("POST messages.send", asking(**more))
        assert (status, body["code"]) == (404, f"{next(iter(more))}_not_found")


class BurstingEngine(ScriptedEngine):
    """Says a word, waits for the gate, and then says more than a reader may be behind."""

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Say it."""
        sink.push(Delta("first"))
        await self.gate.wait()
        for _ in range(9):
            sink.push(Delta("x" * (DROP_BEHIND // 8)))


async def test_a_reader_that_fell_behind_is_told_to_resume() -> None:
    """In-band and without an id, so that its place stays where it was; from there it gets everything."""
    engine = BurstingEngine()
    engine.gate.clear()
    made = bench(engine)
    run = await made.caller()(SendMessage(question(), detached=True))
    frames = streamed(run).frames
    assert frames is not None and await anext(frames) == b""
    assert b"first" in await anext(frames)
    engine.gate.set()
    while run.ended is None:
        await run.wait()
    told = block((await anext(frames)).decode().strip())
    assert (told["event"], told["data"]["code"]) == ("problem", "reader_dropped") and "id" not in told
    assert [piece async for piece in frames] == []
    again = streamed(run, 1).frames
    assert again is not None
    rest = b"".join([piece async for piece in again])
    assert rest.startswith(b"id: id-1:2\n") and rest.count(b'xxx"}') == 9 and b"event: ended" in rest
