"""The rows that are no chats: models, their verbs, blobs, embeddings, and what everybody looks at first."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from parlance.core.models.operations import (
    ChangeModel,
    CopyModel,
    DeleteModel,
    Embed,
    FindBlob,
    ListLoaded,
    ListModels,
    LoadModel,
    PutBlob,
    ShowModel,
)
from parlance.core.runs.run import Run
from parlance.dialects.ollama.changes import ProgressLines
from parlance.dialects.ollama.dialect import ollama
from parlance.dialects.ollama.errors import error_line, fault_reply, status_of
from parlance.dialects.ollama.models import FOREVER
from parlance.dialects.table import Reply, Request, Row
from parlance.transports.http.openapi import document
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Started, Stepped
from parlance.values.models import LoadedModel, ModelCard, ModelRef
from parlance.values.notices import Loading, Progressed
from tests.unit.dialects.openai.stage import CREATED, OWNER, Stage, StoppedClock, played, request

DIALECT = ollama(StoppedClock(), "parlance-9")
DETAILS = {"family": "llama", "parameter_size": "8B"}
OWN = ModelCard(
    "llama3:latest",
    ModelRef("box", "llama3:latest"),
    "ollama",
    frozenset({"chat", "completion", "json", "tools"}),
    created=1_700_000_000_000_000,
    size=5,
    digest="d" * 64,
    foreign={"details": DETAILS, "modified_at": "2023-11-14T23:13:20.123456789+01:00"},
)
OTHER = ModelCard("gpt", ModelRef("cloud", "gpt"), "openai", frozenset({"chat", "vision"}), context=8)
DIGEST = "sha256:" + "a" * 64


def row(head: str) -> Row:
    """A row by method and path."""
    method, _, path = head.partition(" ")
    return next(row for row in DIALECT.rows if (row.method, row.path) == (method, path))


async def ask(head: str, stage: Stage, body: Any = None, **more: Any) -> Reply:
    """The reply of a row."""
    return await row(head).answer(request(body, **more), stage)


async def shown(head: str, stage: Stage, body: Any = None) -> Any:
    """The decoded body of a row's reply."""
    reply = await ask(head, stage, body)
    msgspec.json.decode(reply.body, type=row(head).gives)  # it is what the document says
    return msgspec.json.decode(reply.body)


def test_the_table_holds_the_whole_public_api() -> None:
    """Every row says what it takes and may do; only the one that says nothing of anybody is open."""
    assert {f"{row.method} {row.path}" for row in DIALECT.rows} == {
        "GET /",
        "GET /api/version",
        "GET /api/tags",
        "GET /api/ps",
        "POST /api/show",
        "POST /api/chat",
        "POST /api/generate",
        "POST /api/embed",
        "POST /api/embeddings",
        "POST /api/pull",
        "POST /api/push",
        "POST /api/create",
        "POST /api/copy",
        "DELETE /api/delete",
        "HEAD /api/blobs/{digest}",
        "POST /api/blobs/{digest}",
    }
    assert {row.path for row in DIALECT.rows if row.open} == {"/"}
    assert {row.path for row in DIALECT.rows if not row.operations} == {"/", "/api/version"}
    assert all(row.takes is not None for row in DIALECT.rows if row.body == "bytes")
    assert DIALECT.subtrees == ("/api",)


def test_the_openapi_document_can_be_drawn() -> None:
    """Of every row, with what it takes and gives."""
    drawn = document(DIALECT, version="1", server="http://127.0.0.1")
    assert set(drawn["paths"]) == {row.path for row in DIALECT.rows}
    assert "ChatShown" in drawn["components"]["schemas"]


async def test_somebody_is_there() -> None:
    """In the words every client of Ollama expects; the version names our deployment for other front-ends."""
    assert (await ask("GET /", Stage())).body == b"Ollama is running"
    version = await shown("GET /api/version", Stage())
    assert re.fullmatch(r"\d+\.\d+\.\d+", version["version"]) and version["deployment_id"] == "parlance-9"


async def test_models_of_every_engine_are_listed() -> None:
    """An Ollama's with all it tells; of others what we know, with a digest that the CLI can cut."""
    stage = Stage((OWN, OTHER))
    own, other = (await shown("GET /api/tags", stage))["models"]
    assert isinstance(stage.asked[0], ListModels)
    assert own == {
        "name": "llama3:latest",
        "model": "llama3:latest",
        "modified_at": "2023-11-14T23:13:20.123456789+01:00",
        "size": 5,
        "digest": "d" * 64,
        "details": DETAILS,
    }
    assert re.fullmatch("[0-9a-f]{64}", other["digest"]) and other["modified_at"] == "0001-01-01T00:00:00Z"
    assert other["details"]["families"] is None and other["details"]["family"] == ""
    made = msgspec.structs.replace(OTHER, created=1_700_000_000_000_000)
    assert (await shown("GET /api/tags", Stage((made,))))["models"][0]["modified_at"].startswith(
        "2023-11-14T22:13:20.0"
    )


async def test_models_in_memory_are_listed() -> None:
    """With sizes, context and the end of their stay; those that stay have one far away."""
    own = LoadedModel(OWN, 7, 3, 1_700_000_000_000_000, {"context_length": 4096, "details": DETAILS})
    stage = Stage((own, LoadedModel(OTHER), LoadedModel(OWN, foreign={"expires_at": "later"})))
    first, second, third = (await shown("GET /api/ps", stage))["models"]
    assert isinstance(stage.asked[0], ListLoaded)
    assert (first["size"], first["size_vram"], first["context_length"]) == (7, 3, 4096)
    assert first["expires_at"] == "2023-11-14T22:13:20.000000000Z" and first["details"] == DETAILS
    assert (second["expires_at"], second["context_length"]) == (FOREVER, 8)
    assert third["expires_at"] == "later" and third["details"] == DETAILS


async def test_a_model_is_shown_as_its_engine_tells_of_it() -> None:
    """An Ollama's words whole; of others a small honest answer with their capabilities."""
    told = {"license": "MIT", "capabilities": ["completion"], "modelfile": "FROM x", "projector_info": {"a": 1}}
    stage = Stage(msgspec.structs.replace(OWN, foreign=told))
    found = await shown("POST /api/show", stage, {"name": "llama3", "verbose": True})
    assert stage.asked[0] == ShowModel("llama3", True)
    assert {name: found[name] for name in told} == told
    other = await shown("POST /api/show", Stage(OTHER), {"model": "gpt"})
    assert other["capabilities"] == ["completion", "vision"]
    assert other["model_info"] == {"general.architecture": "openai", "openai.context_length": 8}
    bare = await shown("POST /api/show", Stage(msgspec.structs.replace(OTHER, context=None)), {"model": "gpt"})
    assert bare["model_info"] == {"general.architecture": "openai"}
    with pytest.raises(Fault) as fault:
        await ask("POST /api/show", Stage(OTHER), {})
    assert fault.value.field == "model"


async def progress(*events: Any) -> list[Any]:
    """The lines of a pull whose engine says this."""
    reply = await ask("POST /api/pull", Stage(list(events)), {"model": "m"})
    assert reply.type == b"application/x-ndjson" and reply.frames is not None
    raw = b"".join([piece async for piece in reply.frames])
    return [msgspec.json.decode(line) for line in raw.split(b"\n")[:-1]]


async def test_a_pull_tells_its_progress_line_by_line() -> None:
    """And ends with `success`, or with the error."""
    layer = {"digest": "sha256:1", "total": 5, "completed": 5}
    steps = (Started("m"), Stepped("pulling manifest"), Stepped("pulling 1", layer), Delta("?"))
    told = [{"status": "pulling manifest"}, {"status": "pulling 1", **layer}]
    assert await progress(*steps) == [*told, {"status": "success"}]
    broken = Fault(Kind.missing, "File does not exist.")
    assert await progress(*steps, broken) == [*told, {"error": "File does not exist."}]
    with pytest.raises(Fault):
        await progress(broken)
    lost = Fault(Kind.cancelled, "Too far behind.")

    class Lost(Run):
        __slots__ = ()

        async def begun(self, patience: float | None = None) -> bool:
            return True

        async def batches(self, after: int = 0, *, notices: bool = False) -> Any:
            yield 1, [], None
            raise lost

    reply = await ask("POST /api/pull", Stage(Lost("r", OWNER, "m", CREATED)), {"model": "m"})
    assert reply.frames is not None
    assert [piece async for piece in reply.frames] == [b'{"error":"Too far behind."}\n']


async def test_bytes_are_told_and_a_bar_never_runs_backwards() -> None:
    """A notice may be older than the step that is told beside it."""
    lines = ProgressLines(played([]))
    notice = Progressed("pulling 1", 3, 5, "sha256:1")
    line = b'{"status":"pulling 1","digest":"sha256:1","total":5,"completed":3}\n'
    assert lines.render([], notice) == line
    assert lines.render([], Loading()) == b"" == lines.render([], None)
    assert lines.render([Stepped("pulling 1", {"digest": 7, "total": "x"})], notice).endswith(line)
    lines.render([Stepped("pulling 1", {"total": 5, "completed": 5})], None)
    assert lines.render([], notice) == b""
    lines.render([Stepped("verifying")], None)
    assert lines.render([], notice) == b""


@pytest.mark.parametrize("verb", ["pull", "push", "create"])
async def test_a_change_hands_on_every_field(verb: str) -> None:
    """But those that are ours; without a stream it says `success` at its end."""
    stage = Stage([Stepped("x")])
    body = {"name": "m", "stream": False, "insecure": True, "from": "n"}
    reply = await ask(f"POST /api/{verb}", stage, body)
    assert reply.body == b'{"status":"success"}' and reply.type == b"application/json"
    assert stage.asked[0] == ChangeModel(verb, "m", {"insecure": True, "from": "n"})  # type: ignore[arg-type]
    with pytest.raises(Fault):
        await ask(f"POST /api/{verb}", Stage([Fault(Kind.upstream, "No.")]), body)


@pytest.mark.parametrize("body", [{}, {"model": ""}, {"model": 5}, {"model": "m", "stream": "yes"}])
async def test_a_change_without_sense_is_refused(body: Any) -> None:
    """Before anything is asked of the core."""
    stage = Stage([])
    with pytest.raises(Fault) as fault:
        await ask("POST /api/pull", stage, body)
    assert fault.value.kind is Kind.invalid and stage.asked == []


async def test_models_are_copied_and_removed() -> None:
    """With an empty answer."""
    stage = Stage(None)
    assert (await ask("POST /api/copy", stage, {"source": "a", "destination": "b"})).body == b""
    assert (await ask("DELETE /api/delete", stage, {"name": "b"})).status == 200
    assert stage.asked == [CopyModel("a", "b"), DeleteModel("b")]
    for body in ({"source": "", "destination": "b"}, {"source": "a", "destination": ""}, {"source": "a"}):
        with pytest.raises(Fault):
            await ask("POST /api/copy", stage, body)


async def blob(head: str, stage: Stage, digest: str, content: AsyncIterator[bytes] | None = None) -> Reply:
    """The reply of a row of blobs."""
    asked = request(None, params={"digest": digest})
    asked.content = content
    return await row(head).answer(asked, stage)


async def pieces() -> AsyncIterator[bytes]:
    """A body."""
    yield b"x"


async def test_blobs_are_handed_through() -> None:
    """Found or not found, and stored as they come."""
    stage = Stage(True, False, None)
    head = "HEAD /api/blobs/{digest}"
    assert [(await blob(head, stage, DIGEST.replace(":", mark))).status for mark in (":", "-")] == [200, 404]
    body = pieces()
    assert (await blob("POST /api/blobs/{digest}", stage, DIGEST, body)).status == 201
    assert stage.asked == [FindBlob(DIGEST), FindBlob(DIGEST), PutBlob(DIGEST, body)]
    assert row("POST /api/blobs/{digest}").body == "upload"


@pytest.mark.parametrize("digest", ["sha256:..", "../../etc/passwd", "a" * 64, DIGEST + "0"])
async def test_a_digest_is_nothing_but_a_digest(digest: str) -> None:
    """Whatever is found in its place is refused."""
    for head in ("HEAD /api/blobs/{digest}", "POST /api/blobs/{digest}"):
        with pytest.raises(Fault) as fault:
            await blob(head, Stage(None), digest, pieces())
        assert fault.value.kind is Kind.invalid
    with pytest.raises(Fault):
        await blob("POST /api/blobs/{digest}", Stage(None), DIGEST)


FOUND = Embedded(((0.5, 0.25), (1.0, 0.0)), 7)


async def test_texts_become_vectors() -> None:
    """In order, with the tokens that were read and the time it took."""
    stage = Stage(FOUND)
    body = {"model": "e", "input": ["a", "b"], "truncate": True, "dimensions": 2, "keep_alive": "1m", "odd": 1}
    found = await shown("POST /api/embed", stage, {**body, "options": {"num_ctx": 5}})
    assert found == {
        "model": "e",
        "embeddings": [[0.5, 0.25], [1.0, 0.0]],
        "total_duration": 0,
        "load_duration": 0,
        "prompt_eval_count": 7,
    }
    foreign = {"odd": 1, "options": {"num_ctx": 5}}
    assert stage.asked == [Embed(EmbedAsk("e", ("a", "b"), 2, True, "1m", "ollama", foreign))]
    one = Stage(Embedded(((0.5,),), 1))
    await shown("POST /api/embed", one, {"model": "e", "input": "a"})
    assert one.asked == [Embed(EmbedAsk("e", ("a",), wire="ollama"))]


@pytest.mark.parametrize("given", [None, "", []])
async def test_no_text_loads_the_model(given: Any) -> None:
    """As with Ollama."""
    stage = Stage(None)
    assert (await shown("POST /api/embed", stage, {"model": "e", "input": given}))["embeddings"] == []
    assert await shown("POST /api/embeddings", stage, {"model": "e", "prompt": ""}) == {"embedding": []}
    assert stage.asked == [LoadModel("e", None), LoadModel("e", None)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"input": "a"}, "model"),
        ({"model": "e", "input": ["a"] * 2049}, "input"),
        ({"model": "e", "input": "a", "dimensions": 0}, "dimensions"),
        ({"model": "e", "input": [1]}, "input[0]"),
    ],
)
async def test_embeddings_without_sense_are_refused(body: Any, field: str) -> None:
    """By the field at fault."""
    with pytest.raises(Fault) as fault:
        await ask("POST /api/embed", Stage(FOUND), body)
    assert fault.value.field is not None and fault.value.field.startswith(field.partition("[")[0])


async def test_the_older_form_has_two_shapes() -> None:
    """A `prompt` is Ollama's, an `input` is OpenAI's, as numbers or in base64."""
    one = Embedded(((0.5, 0.25),), 3)
    assert await shown("POST /api/embeddings", Stage(one), {"model": "e", "prompt": "a"}) == {"embedding": [0.5, 0.25]}
    listed = await shown("POST /api/embeddings", Stage(FOUND), {"model": "e", "input": ["a", "b"]})
    assert [entry["embedding"] for entry in listed["data"]] == [[0.5, 0.25], [1.0, 0.0]]
    assert listed["usage"] == {"prompt_tokens": 7, "total_tokens": 7} and listed["object"] == "list"
    body = {"model": "e", "input": "a", "encoding_format": "base64"}
    coded = (await shown("POST /api/embeddings", Stage(one), body))["data"][0]["embedding"]
    assert struct.unpack("<2f", base64.b64decode(coded)) == (0.5, 0.25)
    for wrong in ({"input": ""}, {"input": "a", "encoding_format": "hex"}):
        with pytest.raises(Fault):
            await ask("POST /api/embeddings", Stage(one), {"model": "e", **wrong})


STATUSES = {
    Kind.invalid: 400,
    Kind.context_full: 400,
    Kind.unsupported: 400,
    Kind.unauthenticated: 401,
    Kind.forbidden: 403,
    Kind.missing: 404,
    Kind.conflict: 409,
    Kind.too_large: 413,
    Kind.over_budget: 429,
    Kind.cancelled: 499,
    Kind.internal: 500,
    Kind.upstream: 502,
    Kind.busy: 503,
    Kind.timed_out: 504,
}


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_status_and_one_sentence(kind: Kind) -> None:
    """Which is all the body there is."""
    fault = Fault(kind, "It is so.", hint="Do this.", retry_after=1.2)
    reply = fault_reply(fault, request({}))
    assert reply.status == STATUSES[kind] and reply.body == b'{"error":"It is so. Do this."}'
    assert (b"retry-after", b"2") in reply.headers
    assert ((b"www-authenticate", b"Bearer") in reply.headers) == (kind is Kind.unauthenticated)
    assert error_line(fault) == reply.body + b"\n"


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        (Kind.unsupported, "no_model_store", 501),
        (Kind.missing, "method_not_allowed", 405),
        (Kind.cancelled, "draining", 503),
    ],
)
def test_some_codes_have_a_status_of_their_own(kind: Kind, code: str, status: int) -> None:
    """Verbs on models without an Ollama, wrong methods, a server that goes down."""
    assert status_of(Fault(kind, "x", code=code)) == status


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"model":"x"}', "model 'x' not found"),
        (b'{"name":"x"}', "model 'x' not found"),
        (b'{"source":"x"}', "model 'x' not found"),
        (b'{"model":5}', "There is none. `GET /api/tags` lists those there are."),
        (b"{}", "There is none. `GET /api/tags` lists those there are."),
        (b"", "There is none. `GET /api/tags` lists those there are."),
        (b"[]", "There is none. `GET /api/tags` lists those there are."),
    ],
)
def test_a_model_that_is_not_there_is_named_as_ollama_names_it(body: bytes, words: str) -> None:
    """Its clients look for these words before they offer to pull it."""
    fault = Fault(Kind.missing, "There is none.", code="model_not_found")
    asked: Request = request(body)
    assert msgspec.json.decode(fault_reply(fault, asked).body) == {"error": words}
    other = Fault(Kind.missing, "There is none.", code="not_found")
    assert msgspec.json.decode(fault_reply(other, asked).body) == {"error": "There is none."}
