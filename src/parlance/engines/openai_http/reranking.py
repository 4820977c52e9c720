"""Rerankers over HTTP: `POST {base}/rerank` as Cohere, Jina, vLLM, LiteLLM and others serve it, and DashScope's.

    documents  {"model", "query", "documents": [text, …]}            → {"results": [{"index", "relevance_score"}]}
    objects    {"model", "query", "documents": [{"text"}, …]}        → the same
    texts      {"query", "texts": […]}                               → [{"index", "score"}]
    dashscope  {"model", "input": {"query", "documents"}, …}         → {"output": {"results": […]}}

The forms of request are those of the option `rerank_form`; `texts` is that of text-embeddings-inference. Of answers any
is understood whatever was asked, with `relevance_score` or `score` and with the text or without. Scores are handed on
as they come, chances or logits; a chance that an upstream's rounding put beyond 0 or 1 becomes that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeGuard

import msgspec

from parlance.engines.openai_http.decoding import NotJson, count_of, list_of, mapping_of, value_of
from parlance.engines.openai_http.target import Target
from parlance.engines.openai_http.upstream_errors import Errors, not_json
from parlance.outbound.calls import Call
from parlance.outbound.client import Client
from parlance.values import json_door
from parlance.values.asks import RerankAsk, Reranked
from parlance.values.errors import Fault, Kind

Form = Literal["documents", "objects", "texts", "dashscope"]
DASHSCOPE_HOSTS = (".aliyuncs.com",)
DASHSCOPE_PATH = "/api/v1/services/rerank/text-rerank/text-rerank"
BASE_BYTES, BYTES_EACH = 256 * 1024, 64 * 1024
"""Of an answer: some upstreams send every text back, whether they are asked to or not."""
LEAST_CHANCE, MOST_CHANCE = -0.01, 1.01
"""Scores beyond which a model gives no chances: one rounded by its upstream is 1.0000001 or a little below 0."""
MOST_LOGIT = 10_000
"""Farther from 0 no model judges: such a score is a slip of its upstream, and says nothing of its scale."""
MOST_CHARACTERS = 8192
"""Of one text: more than any reranker reads, and an upstream may refuse what is longer instead of cutting it."""


class HttpReranker:
    """A `RerankEngine`. `form` is that of its requests; by default the hosts of DashScope get theirs.

    No upstream says whether its scores are chances or logits. A model that has once given one that is no chance gives
    logits, and this is remembered: else what it says of one question would be on another scale than of the next."""

    def __init__(self, client: Client, target: Target, errors: Errors, form: Form | None = None) -> None:
        self._client = client
        self._target = target
        self._errors = errors
        self._logits: set[str] = set()
        self._form = form or ("dashscope" if target.origin.host.endswith(DASHSCOPE_HOSTS) else "documents")

    async def rerank(self, ask: RerankAsk) -> Reranked:
        """One score per text, in order. Raises `Fault`; `bad_scores` is one for an answer that cannot be used."""
        if not ask.texts:
            return Reranked(())
        response = await self._client.fetch(self._call(ask))
        if not 200 <= response.status < 300:
            raise self._errors.refused(response.status, response.headers, response.body)
        try:
            value = value_of(response.body)
        except NotJson:
            raise not_json() from None
        fields = mapping_of(value)
        if fields.get("error"):
            raise self._errors.in_band(value)
        inner = mapping_of(fields.get("output")) or fields
        results = value if isinstance(value, list) else list_of(inner.get("results"))
        scores = _in_order(results, len(ask.texts))
        if not all(LEAST_CHANCE <= score <= MOST_CHANCE for score in scores):
            self._logits.add(ask.model)
        logits = ask.model in self._logits
        told = scores if logits else tuple(min(1.0, max(0.0, score)) for score in scores)
        return Reranked(told, _tokens(fields), logits=logits)

    def _call(self, ask: RerankAsk) -> Call:
        texts = [text[:MOST_CHARACTERS] for text in ask.texts]
        bound = BASE_BYTES + BYTES_EACH * len(texts)
        call = self._target.post("/rerank", json_door.encode(self._body(ask, texts)), stream=False, max_body=bound)
        return msgspec.structs.replace(call, target=DASHSCOPE_PATH) if self._form == "dashscope" else call

    def _body(self, ask: RerankAsk, texts: list[str]) -> dict[str, Any]:
        match self._form:
            case "dashscope":
                wanted = {"return_documents": False, "top_n": len(texts)}
                return {"model": ask.model, "input": {"query": ask.query, "documents": texts}, "parameters": wanted}
            case "texts":
                return {"query": ask.query, "texts": texts, "truncate": True}
            case "objects":
                return {"model": ask.model, "query": ask.query, "documents": [{"text": text} for text in texts]}
        return {"model": ask.model, "query": ask.query, "documents": texts}


def _tokens(fields: dict[str, Any]) -> int:
    usage = mapping_of(fields.get("usage"))
    return count_of(usage.get("prompt_tokens")) or count_of(usage.get("total_tokens"))


def _in_order(results: Sequence[Any], count: int) -> tuple[float, ...]:
    scores: dict[int, float] = {}
    for result in map(mapping_of, results):
        index, score = result.get("index"), result.get("relevance_score", result.get("score"))
        if not isinstance(index, int) or isinstance(index, bool) or index in scores or not _is_number(score):
            raise _bad("The reranker's answer holds something that is no score of a text.")
        scores[index] = float(score)
    if scores.keys() != set(range(count)):
        raise _bad("The reranker did not judge each of the texts.")
    return tuple(scores[index] for index in range(count))


def _is_number(score: Any) -> TypeGuard[float]:
    return isinstance(score, int | float) and not isinstance(score, bool) and abs(score) <= MOST_LOGIT  # and no NaN


def _bad(sentence: str) -> Fault:
    return Fault(Kind.upstream, sentence, code="bad_scores")
