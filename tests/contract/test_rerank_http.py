"""Rerankers over HTTP hold what every reranker must, in each form that upstreams have for it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.engines.openai_http import engine as make
from parlance.engines.openai_http.reranking import Form, HttpReranker
from parlance.engines.openai_http.target import Target
from parlance.engines.openai_http.upstream_errors import Errors
from parlance.engines.plug import Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.ports.engines import RerankEngine
from parlance.testing.engines import RerankEngineContract
from parlance.testing.upstreams import Behaviour, MockReranker
from parlance.values.asks import RerankAsk
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock

ASK = RerankAsk("mock", "green tea", ("milk", "green tea", "tea"))


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """One for all calls of a test."""
    client = Client()
    yield client
    await client.close()


def reranker(client: Client, upstream: MockReranker) -> HttpReranker:
    """The engine of an upstream."""
    target = Target(Upstream("mock", upstream.base_url))
    forms: dict[str, Form] = {"dashscope": "dashscope", "list": "texts", "score": "objects"}
    return HttpReranker(client, target, Errors(lambda text: text, SystemClock()), forms.get(upstream.form))


class TestReranker(RerankEngineContract):
    """All forms of answers, chances and logits."""

    model = "mock"

    @pytest.fixture(params=["relevance_score", "score", "list", "dashscope"])
    async def engine(self, client: Client, request: pytest.FixtureRequest) -> AsyncIterator[RerankEngine]:
        """Of an upstream that answers in one form."""
        async with MockReranker(request.param, logits=request.param == "score") as upstream:
            yield reranker(client, upstream)


async def test_a_connection_to_a_compatible_server_reranks() -> None:
    """At the same base, with model, query and documents."""
    client = Client()
    async with MockReranker() as upstream:
        engine = make(
            Upstream("mock", upstream.base_url), Surroundings(client, SystemClock(), lambda text: text)
        ).rerank
        assert engine is not None
        assert (await engine.rerank(ASK)).scores == (0.0, 1.0, 0.5)
        assert upstream.calls[0].payload == {"model": "mock", "query": ASK.query, "documents": list(ASK.texts)}
    await client.close()


async def test_the_hosts_of_dashscope_are_known(client: Client) -> None:
    """Whatever path the operator has written behind them."""
    target = Target(Upstream("q", "https://dashscope.aliyuncs.com/compatible-mode/v1"))
    call = HttpReranker(client, target, Errors(lambda text: text, SystemClock()))._call(ASK)
    assert call.target == "/api/v1/services/rerank/text-rerank/text-rerank"


async def test_a_very_long_text_is_cut_before_it_is_sent(client: Client) -> None:
    """No model reads it, and an upstream may refuse it."""
    async with MockReranker() as upstream:
        await reranker(client, upstream).rerank(RerankAsk("mock", "tea", ("tea " * 100_000,)))
        assert len(upstream.calls[0].payload["documents"][0]) == 8192


@pytest.mark.parametrize(
    "replies",
    [
        {"results": []},
        {"results": [{"index": 0, "score": 1}, {"index": 0, "score": 1}, {"index": 1, "score": 1}]},
        {"results": [{"index": 0, "score": "1"}, {"index": 1, "score": 1}, {"index": 2, "score": 1}]},
        {"results": [{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": 7, "score": 1}]},
        {"results": [{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": 2, "score": -1e308}]},
        {"results": [{"index": 0, "score": 1}, {"index": 1, "score": 1}, {"index": 2, "score": 10**15}]},
        {"results": "none"},
        [1, 2, 3],
    ],
)
async def test_an_answer_that_does_not_judge_each_text_once_is_a_fault(client: Client, replies: Any) -> None:
    """Nobody orders by half of the scores."""
    async with MockReranker() as upstream:
        upstream.replies = replies
        with pytest.raises(Fault) as caught:
            await reranker(client, upstream).rerank(ASK)
    assert caught.value.kind is Kind.upstream and caught.value.code == "bad_scores"


async def test_a_model_that_once_gave_a_logit_gives_logits(client: Client) -> None:
    """Also for the next question, whose scores could be chances; another model of the upstream does not."""
    async with MockReranker() as upstream:
        engine, seen = reranker(client, upstream), []
        for model, scores in (("one", (0.1, 0.9)), ("one", (-3.0, 0.9)), ("one", (0.1, 0.9)), ("two", (0.1, 0.9))):
            upstream.replies = {"results": [{"index": n, "score": score} for n, score in enumerate(scores)]}
            seen.append((await engine.rerank(RerankAsk(model, "tea", ("milk", "tea")))).logits)
    assert seen == [False, True, True, False]


async def test_a_slip_of_an_upstream_makes_no_model_give_logits(client: Client) -> None:
    """One score that no model gives fails its own question, and the next one's chances stay chances."""
    async with MockReranker() as upstream:
        engine = reranker(client, upstream)
        upstream.replies = {"results": [{"index": 0, "score": 0.1}, {"index": 1, "score": 1e308}]}
        with pytest.raises(Fault):
            await engine.rerank(RerankAsk("one", "tea", ("milk", "tea")))
        upstream.replies = {"results": [{"index": 0, "score": 0.1}, {"index": 1, "score": 0.9}]}
        told = await engine.rerank(RerankAsk("one", "tea", ("milk", "tea")))
    assert (told.scores, told.logits) == ((0.1, 0.9), False)


async def test_a_chance_that_was_rounded_beyond_one_is_no_logit(client: Client) -> None:
    """It says nothing of the next question's scores; what is further off does."""
    async with MockReranker() as upstream:
        engine, seen = reranker(client, upstream), []
        for scores in ((0.1, 1.0000001), (-1e-9, 0.9), (0.1, 0.9), (0.1, 1.02)):
            upstream.replies = {"results": [{"index": n, "score": score} for n, score in enumerate(scores)]}
            told = await engine.rerank(RerankAsk("one", "tea", ("milk", "tea")))
            seen.append((told.scores, told.logits))
    assert seen == [((0.1, 1.0), False), ((0.0, 0.9), False), ((0.1, 0.9), False), ((0.1, 1.02), True)]


async def test_what_an_upstream_says_went_wrong_is_a_fault(client: Client) -> None:
    """By its status, or inside an answer that began well."""
    async with MockReranker(behaviour=Behaviour.INTERNAL_ERROR) as upstream:
        with pytest.raises(Fault):
            await reranker(client, upstream).rerank(ASK)
    async with MockReranker() as upstream:
        upstream.replies = {"error": {"message": "out of memory"}}
        with pytest.raises(Fault) as caught:
            await reranker(client, upstream).rerank(ASK)
    assert caught.value.kind is Kind.upstream and math.isfinite(caught.value.retry_after or 0.0)
