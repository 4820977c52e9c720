"""A reranker in this process: the share of the query's words that a text holds is its score."""

from __future__ import annotations

from typing import Any, Literal

from parlance.testing.upstreams import answers
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream

Form = Literal["relevance_score", "score", "list", "dashscope"]


class MockReranker(Upstream):
    """Answers `/v1/rerank`, or DashScope's path, in one of the forms there are: `score` takes its documents as objects
    and sends them back, `list` is as text-embeddings-inference has it. With `logits` a share of ½ is 0 and all is 5;
    `replies`, when it is set, is what it says instead."""

    prefix = "/v1"

    def __init__(self, form: Form = "relevance_score", *, logits: bool = False, **rest: Any) -> None:
        super().__init__(**rest)
        self.form = form
        self.logits = logits
        self.replies: Any = None

    async def answer(self, call: Call, script: Script) -> Answer:
        """The scores, the best first."""
        dashscope = self.form == "dashscope"
        if call.path != ("/api/v1/services/rerank/text-rerank/text-rerank" if dashscope else "/v1/rerank"):
            return answers.block(self.error(404, f"Invalid URL ({call.path})"), status=404)
        if self.replies is not None:
            return answers.block(self.replies)
        asked = call.payload["input"] if dashscope else call.payload
        texts = asked["texts"] if self.form == "list" else asked["documents"]
        if self.form == "score":
            texts = [document["text"] for document in texts]
        scores = [self._score(asked["query"], text) for text in texts]
        order = sorted(range(len(scores)), key=lambda index: -scores[index])
        name = "score" if self.form in ("score", "list") else "relevance_score"
        results: list[dict[str, Any]] = [{"index": index, name: scores[index]} for index in order]
        if self.form == "score":
            results = [{**result, "document": {"text": texts[result["index"]]}} for result in results]
        if self.form == "list":
            return answers.block(results)
        return answers.block({"output": {"results": results}} if dashscope else {"results": results})

    def _score(self, query: str, text: str) -> float:
        share = shared(query, text)
        return (share - 0.5) * 10 if self.logits else share

    def error(self, status: int, message: str) -> Any:
        """An error body."""
        return {"error": {"message": message}}

    def error_frame(self, call: Call, message: str) -> bytes:
        """Nothing here is streamed; the same as JSON."""
        return answers.sse(self.error(500, message))


def shared(query: str, text: str) -> float:
    """Which part of the query's words a text holds; of none, all."""
    words = query.lower().split() or [""]
    return sum(word in text.lower() for word in words) / len(words)
