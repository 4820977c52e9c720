"""An OpenAI-compatible upstream in this process: what Parlance's engines talk to in tests, and plugin authors' too.

It answers `/v1/models`, `/v1/models/{id}`, `/v1/chat/completions`, `/v1/completions`, `/v1/responses`,
`/v1/embeddings`, `/v1/rerank` and `/v1/audio/*`, deterministically. What the model says and how fast:
`parlance.testing.upstreams.scripts`. When tools are offered and the user says `call NAME` (or `call NAME {"x": 1}`), it
calls that tool.
"""

from __future__ import annotations

from typing import Any

from parlance.testing.upstreams import answers, samples
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.mock_reranker import shared
from parlance.testing.upstreams.openai_audio import transcript
from parlance.testing.upstreams.openai_chat import CREATED, chat, completion
from parlance.testing.upstreams.openai_responses import response
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream

_REQUIRED = {
    "/chat/completions": "messages",
    "/completions": "prompt",
    "/responses": "input",
    "/embeddings": "input",
    "/rerank": "documents",
    "/audio/transcriptions": "file",
    "/audio/translations": "file",
}
_HEARD = dict.fromkeys(("/audio/transcriptions", "/audio/translations"), transcript)
_MADE = {"/chat/completions": chat, "/completions": completion, "/responses": response}
_KINDS = {400: "invalid_request_error", 401: "authentication_error", 404: "invalid_request_error", 429: "tokens"}


class MockOpenAI(Upstream):
    """See the module. `models` is what `/v1/models` lists; any name that begins with one of them is served."""

    prefix = "/v1"

    def __init__(self, *, models: tuple[str, ...] = ("mock", "bad", "mock-embed"), **rest: Any) -> None:
        super().__init__(**rest)
        self.models = models

    async def answer(self, call: Call, script: Script) -> Answer:
        """The healthy answer, or the API's own error: 400, 404 or 405."""
        path = call.path.removeprefix(self.prefix)
        if path == "/models" or path.startswith("/models/"):
            return self._models(path.removeprefix("/models").removeprefix("/"))
        if path not in _REQUIRED:
            return self._refusal(404, f"Invalid URL ({call.method} {call.path})")
        if call.method != "POST":
            return self._refusal(405, f"Not allowed to {call.method} on {call.path}")
        payload = call.form if path in _HEARD else call.payload
        if not payload.get(_REQUIRED[path]):
            return self._refusal(400, f"Missing required parameter: '{_REQUIRED[path]}'.")
        if not call.model.startswith(self.models):
            return self._refusal(404, f"The model '{call.model}' does not exist.", code="model_not_found")
        made = {**_MADE, "/embeddings": embeddings, "/rerank": judgements, **_HEARD}[path]
        return made(call, script).paced(script.pace)

    def error(self, status: int, message: str, code: str | None = None) -> Any:
        """An error body in this API\'s shape."""
        kind = _KINDS.get(status, "server_error")
        return {"error": {"message": message, "type": kind, "param": None, "code": code}}

    def error_frame(self, call: Call, message: str) -> bytes:
        """An error in the middle of a stream."""
        if not call.path.endswith("/responses"):
            return answers.sse(self.error(500, message))
        body = {"type": "error", "sequence_number": 99, "code": "server_error", "message": message, "param": None}
        return answers.sse(body, event="error")

    def _refusal(self, status: int, message: str, code: str | None = None) -> Answer:
        return answers.block(self.error(status, message, code), status=status)

    def _models(self, wanted: str) -> Answer:
        listed = [{"id": name, "object": "model", "created": CREATED, "owned_by": "mock"} for name in self.models]
        if not wanted:
            return answers.block({"object": "list", "data": listed})
        found = next((model for model in listed if model["id"] == wanted), None)
        if found is None:
            return self._refusal(404, f"The model '{wanted}' does not exist.", code="model_not_found")
        return answers.block(found)


def judgements(call: Call, script: Script) -> Answer:
    """A score for each document: the share of the query's words that it holds."""
    given = call.payload
    scores = [shared(given["query"], text) for text in given["documents"]]
    results = [{"index": index, "relevance_score": score} for index, score in enumerate(scores)]
    return answers.block({"results": results, "usage": {"total_tokens": len(results)}})


def embeddings(call: Call, script: Script) -> Answer:
    """One vector for each input; equal inputs get equal vectors (`samples.vector_of`)."""
    payload = call.payload
    given = payload["input"]
    inputs = given if isinstance(given, list) and not all(isinstance(part, int) for part in given) else [given]
    texts = [text if isinstance(text, str) else str(text) for text in inputs]
    vectors = [samples.vector_of(text, payload.get("dimensions") or samples.DIMENSIONS) for text in texts]
    coded = payload.get("encoding_format") == "base64"
    tokens = sum(samples.counted(text) for text in texts)
    data = [
        {"object": "embedding", "index": index, "embedding": samples.base64_vector(vector) if coded else vector}
        for index, vector in enumerate(vectors)
    ]
    return answers.block(
        {
            "object": "list",
            "data": data,
            "model": call.model,
            "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
        }
    )
