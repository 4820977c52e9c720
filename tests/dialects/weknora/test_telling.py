"""What the log and the traces say of a request through this door: the original's names, and nobody's words or keys."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from parlance.core.runs.run import Run
from parlance.dialects.weknora import Options, dialect
from parlance.dialects.weknora.strategy import Strategy
from parlance.dialects.weknora.telling import JOBS, Course, route
from parlance.observe.levels import Levels
from parlance.observe.logging import Logging
from parlance.observe.metrics import Metrics
from parlance.observe.redaction import Redactor
from parlance.observe.traces import Spans
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from parlance.transports.http.gateway import Answered
from parlance.values.accounts import Principal
from parlance.values.noted import Noted, Stage
from parlance.values.time import SystemClock
from parlance.watch import Observer
from tests.dialects.weknora.talks import ASSAM, KEY, talking
from tests.flows.callers import connection_toml
from tests.flows.test_traces import collecting, said

ANSWER = "Mostly by a great-many-people of the valley. [1]"
LOG = '[log]\nlevel = "info"\nformat = "json"\n'
ROUTES = {
    *("/tenants/:id", "/models/:id", "/initialization/config/:kbId", "/initialization/initialize/:kbId"),
    *("/initialization/ollama/download/progress/:taskId", "/knowledge-bases/:id", "/knowledge-bases/:id/knowledge"),
    *(
        "/knowledge-bases/:id/knowledge/file",
        "/knowledge-bases/:id/knowledge/url",
        "/knowledge-bases/:id/hybrid-search",
    ),
    *("/knowledge/:id", "/knowledge/:id/download", "/knowledge/image/:id/:chunk_id", "/chunks/:knowledge_id"),
    *("/chunks/:knowledge_id/:id", "/sessions/:id", "/sessions/:session_id/generate_title"),
    *("/sessions/continue-stream/:session_id", "/knowledge-chat/:session_id", "/messages/:session_id/load"),
    "/messages/:session_id/:id",
}


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What the log says of requests through this wire."""
    told = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in told if line.get("dialect") == "weknora"]


def test_every_row_is_called_as_the_original_calls_it() -> None:
    """Those that have pieces in their paths; the others are what they are."""
    called = {route(row.path).removeprefix("/api/v1") for row in dialect(Options()).rows}
    assert {each for each in called if ":" in each} == ROUTES
    assert not any("{" in each for each in called) and "/knowledge-search" in called


async def test_an_answer_is_a_trace_of_the_originals_names(tmp_path: Path) -> None:
    """With its steps within each other, what was set, and times; with no word of anybody's and no key."""
    with collecting() as collector:
        toml = f'[traces]\nendpoint = "{collector.url}"\nservice = "WeKnoraApp"\n'
        async with talking(tmp_path, Script(text=ANSWER), toml=toml) as talks:
            strategy = {
                "embedding_top_k": 4,
                "vector_threshold": 0.2,
                "keyword_threshold": 0.3,
                "fallback_response": "N.",
            }
            session = await talks.session(**strategy, rerank_top_k=3)
            await talks.say(session, ASSAM, x_request_id="a-request-1")
            answered = (await talks.load(session))[-1]["id"]
    spans = collector.spans()
    (request, service), (whole, _) = (
        spans["POST /api/v1/knowledge-chat/:session_id"],
        spans["SessionService.KnowledgeQAByEvent"],
    )
    (search, _), (completion, _) = spans["PluginTracing.Search"], spans["PluginTracing.ChatCompletionStream"]
    assert service == "WeKnoraApp"
    assert whole.parent_span_id == request.span_id
    (merge, _), (laid, _) = spans["PluginTracing.Merge"], spans["PluginTracing.IntoChatMessage"]
    steps = (search, merge, laid, completion)
    assert {each.parent_span_id for each in steps} == {whole.span_id}
    assert len({each.trace_id for each in (request, whole, *steps)}) == 1
    assert whole.start_time_unix_nano <= search.start_time_unix_nano < search.end_time_unix_nano
    for one, next_one in pairwise(steps):
        assert one.end_time_unix_nano <= next_one.start_time_unix_nano <= next_one.end_time_unix_nano
    assert not {"PluginTracing.Rerank", "PluginTracing.RewriteQuery"} & spans.keys(), "neither was done"
    assert completion.end_time_unix_nano <= whole.end_time_unix_nano
    words = said(request)
    assert (words["request_id"], words["session_id"], words["message_id"]) == ("a-request-1", session, answered)
    assert (words["knowledge_base_id"], words["model_id"], words["tenant_id"]) == (talks.base, "mock", "default")
    assert words["http.route"] == "/api/v1/knowledge-chat/:session_id"
    looked = said(search)
    assert (int(str(looked["match_count"])), looked["vector_threshold"], looked["keyword_threshold"]) == (4, 0.2, 0.3)
    assert looked["hybrid_search"] is True and "rerank_model_id" not in looked
    assert float(str(said(completion)["response_time_ms"])) > 0 < float(str(said(completion)["tokens_per_second"]))
    for body in collector.bodies:
        for word in (ASSAM, "grown", "great-many-people", "million", KEY):
            assert word.encode() not in body


async def test_completing_a_question_and_reranking_are_steps_of_their_own(tmp_path: Path) -> None:
    """Before and behind the search, with the reranker's settings on its own."""
    with collecting() as collector, in_thread(MockOpenAI(models=("mock-rerank",))) as reranker:
        toml = f'[traces]\nendpoint = "{collector.url}"\n' + connection_toml(reranker.base_url, "ranks", "mock-rerank")
        async with talking(tmp_path, Script(text="Where is tea grown in Assam?"), toml=toml) as talks:
            change = {"base": talks.base, "reranker": "mock-rerank"}
            await talks.client.ask("POST //parlance/v1/bases.change", change)
            ranked = {"rerank_model_id": "mock-rerank", "rerank_threshold": 0.1, "rerank_top_k": 3}
            session = await talks.session(embedding_top_k=4, max_rounds=2, enable_rewrite=True, **ranked)
            await talks.say(session, ASSAM)
            await talks.say(session, "And how many people do that?")
    spans = collector.spans()
    names = ("RewriteQuery", "Search", "Rerank", "Merge", "IntoChatMessage", "ChatCompletionStream")
    steps = [spans[f"PluginTracing.{name}"][0] for name in names]
    assert len({each.parent_span_id for each in steps}) == 1
    for one, next_one in pairwise(steps):
        assert one.end_time_unix_nano <= next_one.start_time_unix_nano
    words = said(steps[2])
    assert (words["rerank_model_id"], words["rerank_filter_threshold"]) == ("mock-rerank", 0.1)
    assert str(words["rerank_filter_topk"]) == "3" and said(steps[0])["model_id"] == "mock"
    assert not any(b"people" in body or b"grown" in body or KEY.encode() in body for body in collector.bodies)


async def test_what_a_document_goes_through_is_told(tmp_path: Path) -> None:
    """By the original's names; of one that cannot be read, why."""
    with collecting() as collector:
        async with talking(tmp_path, toml=f'[traces]\nendpoint = "{collector.url}"\n') as talks:
            [document] = (await talks.client.ask(f"GET /knowledge-bases/{talks.base}/knowledge"))["data"]
    spans = collector.spans()
    names = ("knowledgeService.processDocument", "knowledgeService.processChunks", "CompositeRetrieveEngine.BatchIndex")
    whole, chunks, index = (spans[name][0] for name in names)
    assert whole.parent_span_id == b"" and {chunks.parent_span_id, index.parent_span_id} == {whole.span_id}
    assert whole.start_time_unix_nano <= chunks.start_time_unix_nano <= chunks.end_time_unix_nano
    assert chunks.end_time_unix_nano <= index.start_time_unix_nano <= index.end_time_unix_nano
    assert index.end_time_unix_nano <= whole.end_time_unix_nano
    assert said(whole) == {"knowledge_id": document["id"], "tenant_id": "default"}
    assert not any(b"gardens" in body or b"grown" in body for body in collector.bodies)


def test_a_document_that_failed_is_told_with_the_code_alone() -> None:
    """And what is not sampled, or has no name in another system's words, is not told at all."""
    spans: list[ReadableSpan] = []
    fields = {"kind": "ingest", "subject": "d-1", "tenant": "t", "attempts": 1, "code": "no_pdf"}
    fields["times"] = {"document": (5, 9), "another": (6, 7)}
    Spans(spans.append, SystemClock(), "s", 0.0, JOBS).job(fields)
    Spans(spans.append, SystemClock(), "s").job(fields)
    assert spans == []
    Spans(spans.append, SystemClock(), "s", jobs=JOBS).job(fields)
    [whole] = spans
    assert (whole.start_time, whole.end_time, whole.status.description) == (5000, 9000, "no_pdf")
    assert dict(whole.attributes or {}) == {"knowledge_id": "d-1", "tenant_id": "t", "error.type": "no_pdf"}


async def test_searches_without_a_session_are_told(tmp_path: Path) -> None:
    """One is what its whole request did; the other's settings stand beside its request."""
    with collecting() as collector:
        async with talking(tmp_path, toml=f'[traces]\nendpoint = "{collector.url}"\n') as talks:
            body = {"query": ASSAM, "knowledge_base_id": talks.base}
            assert (await talks.client.ask("POST /knowledge-search", body))["data"]
            path = f"/knowledge-bases/{talks.base}/hybrid-search"
            hybrid = {"query_text": ASSAM, "match_count": 3, "vector_threshold": 0.1}
            assert (await talks.client.ask(f"POST {path}", hybrid))["data"]
            await talks.client.ask("GET /models")
    spans = collector.spans()
    (request, _), (service, _) = spans["POST /api/v1/knowledge-search"], spans["SessionService.SearchKnowledge"]
    assert service.parent_span_id == request.span_id
    assert spans["PluginTracing.Search"][0].parent_span_id == service.span_id
    assert said(request)["knowledge_base_id"] == talks.base
    words = said(spans["POST /api/v1/knowledge-bases/:id/hybrid-search"][0])
    assert str(words["match_count"]) == "3" and words["vector_threshold"] == 0.1 and "keyword_threshold" not in words
    assert words["knowledge_base_id"] == talks.base
    assert "GET /api/v1/models" in spans and not any("native" in name and ":" in name for name in spans)
    assert not any(b"grown" in body or KEY.encode() in body for body in collector.bodies)


async def test_the_log_has_the_originals_fields(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Beside our own; of what was refused, too."""
    async with talking(tmp_path, Script(text=ANSWER), toml=LOG) as talks:
        session = await talks.session()
        await talks.say(session, ASSAM, x_request_id="a-request-2")
        messages = await talks.load(session)
        await talks.client.ask(f"GET /sessions/continue-stream/{session}?message_id={messages[-1]['id']}")
        found = (await talks.client.ask(f"GET /knowledge-bases/{talks.base}/knowledge"))["data"][0]["id"]
        chunk = (await talks.client.ask(f"GET /chunks/{found}"))["data"][0]["id"]
        await talks.client.ask(f"DELETE /chunks/{found}/{chunk}")
        await talks.client.ask(f"DELETE /messages/{session}/{messages[0]['id']}")
        await talks.client.ask("GET /models/no-such-model", status=404)
    told = {line["route"]: line for line in lines(capfd)}
    asked = told["weknora.chat.ask"]
    assert (asked["request"], asked["request_id"], asked["session_id"]) == ("a-request-2", "a-request-2", session)
    assert (asked["message_id"], asked["model_id"]) == (messages[-1]["id"], "mock")
    assert (asked["knowledge_base_id"], asked["tenant_id"]) == (talks.base, "default")
    assert told["weknora.chat.follow"]["message_id"] == messages[-1]["id"]
    assert told["weknora.knowledge.list"]["knowledge_base_id"] == talks.base
    cut = told["weknora.chunks.delete"]
    assert (cut["knowledge_id"], cut["chunk_id"], cut["method"]) == (found, chunk, "DELETE")
    assert told["weknora.messages.delete"]["message_id"] == messages[0]["id"]
    assert (told["weknora.models.read"]["model_id"], told["weknora.models.read"]["status"]) == ("no-such-model", 404)
    whole = json.dumps(list(told.values()))
    assert not any(word in whole for word in (ASSAM, "great-many-people", "million", KEY))


def test_a_key_that_stands_where_an_id_should_is_redacted() -> None:
    """A client's slip is no reason to write it down."""
    out = io.BytesIO()
    redactor = Redactor(["a-very-secret-key"])
    logging = Logging(out.write, SystemClock(), format="json", levels=Levels.parse("info"), redactor=redactor)
    noted = Noted("/api/v1/sessions/:id", {"session_id": "a-very-secret-key", "model_id": ""})
    Observer(logging, Metrics(redactor.redact), redactor).answered(
        Answered("r", "d", "weknora", "row", "GET", "/", 404, 0.1, 2, False, False, "::1", noted, "acme")
    )
    logging.close()
    line = json.loads(out.getvalue())
    assert (line["session_id"], line["tenant_id"], line["request_id"]) == ("[redacted]", "acme", "r")
    assert "model_id" not in line


def test_steps_of_what_is_not_sampled_are_not_sent_and_texts_are_cleaned() -> None:
    """As their request is not; a step without times took as long as its request."""
    spans: list[ReadableSpan] = []
    step = Stage("whole", within=(Stage("part", 5, 7, {"model_id": "a-key", "match_count": 3}),))
    Spans(spans.append, SystemClock(), "s", 0.0).stage("r", step, lambda text: "[redacted]", 2.0)
    assert spans == []
    Spans(spans.append, SystemClock(), "s").stage("r", step, lambda text: "[redacted]", 2.0)
    whole, part = spans
    assert ((whole.end_time or 0) - (whole.start_time or 0), part.start_time, part.end_time) == (2 * 10**9, 5000, 7000)
    assert dict(part.attributes or {}) == {"model_id": "[redacted]", "match_count": 3}


def test_an_answer_of_which_nothing_was_shown_has_no_steps() -> None:
    """Its reader left at once."""
    course = Course(Run("r", Principal("default", "ada"), "m", 0), Strategy())
    assert course.stages() == ()
    course.saw(())
    assert course.stages() == ()
