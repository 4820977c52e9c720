"""An Ollama in this process, without models: every public route, deterministic answers, and a record of each call.

Scripts and misbehaviours are those of the other fake (`mock-p20`, `bad-cut-chunk`), in Ollama's own shapes: NDJSON,
`{"error": "…"}`, nanoseconds. A line that holds `done: true` (or the status `success`) is the end marker.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parlance.testing.upstreams import answers, ollama_chat
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.ollama_models import Shelf, StoredModel, digest_of, progress, tagged, transfer
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream

VERSION = "0.12.6"
"""What `/api/version` says unless told otherwise; a real release of 2025."""

_ASKS = {
    "/api/chat": ollama_chat.chat,
    "/api/generate": ollama_chat.generate,
    "/api/embed": ollama_chat.embed,
    "/api/embeddings": ollama_chat.embeddings,
}


class MockOllama(Upstream):
    """See the module. `models` are on its shelf at the start; `shelf` shows what the verbs did to them."""

    def __init__(
        self, *, models: tuple[str, ...] = ("mock", "mock-embed"), version: str = VERSION, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.shelf = Shelf(models)
        self.version = version
        self._verbs: dict[tuple[str, str], Callable[[dict[str, Any]], Answer]] = {
            ("POST", "/api/show"): self._show,
            ("POST", "/api/pull"): self._pull,
            ("POST", "/api/push"): self._push,
            ("POST", "/api/create"): self._create,
            ("POST", "/api/copy"): self._copy,
            ("DELETE", "/api/delete"): self._delete,
        }

    async def answer(self, call: Call, script: Script) -> Answer:
        """The healthy answer, or Ollama's own error: 400, 404 or 405."""
        if call.method in ("GET", "HEAD") and (found := self._reading(call.path)) is not None:
            return found
        if call.path.startswith("/api/blobs/"):
            return self._blob(call, call.path.removeprefix("/api/blobs/"))
        if call.method == "POST" and call.path in _ASKS:
            return self._ask(call, script)
        if (verb := self._verbs.get((call.method, call.path))) is not None:
            return verb(call.payload).paced(script.pace)
        known = call.path in _ASKS or any(call.path == path for _, path in self._verbs)
        return _text(405, "405 method not allowed") if known else _text(404, "404 page not found")

    def error(self, status: int, message: str) -> Any:
        """An error body in this API\'s shape."""
        return {"error": message}

    def error_frame(self, call: Call, message: str) -> bytes:
        """An error in the middle of a stream."""
        return answers.line({"error": message})

    def _reading(self, path: str) -> Answer | None:
        loaded = [found for name in sorted(self.shelf.loaded) if (found := self.shelf.get(name)) is not None]
        match path:
            case "/":
                return _text(200, "Ollama is running")
            case "/api/version":
                return answers.block({"version": self.version})
            case "/api/tags":
                return answers.block({"models": [model.listed() for model in self.shelf.stored.values()]})
            case "/api/ps":
                return answers.block({"models": [model.running() for model in loaded]})
            case _:
                return None

    def _ask(self, call: Call, script: Script) -> Answer:
        found = self._named(call.payload)
        if isinstance(found, Answer):
            return found
        if ollama_chat.unloads(call.payload):
            self.shelf.loaded.discard(found.name)
        else:
            self.shelf.loaded.add(found.name)
        return _ASKS[call.path](call, script).paced(script.pace)

    def _named(self, payload: dict[str, Any]) -> StoredModel | Answer:
        """The model that a request names, or the error it gets."""
        name = _name(payload)
        if not name:
            return answers.block(self.error(400, "model is required"), status=400)
        found = self.shelf.get(name)
        return found or answers.block(self.error(404, f"model '{name}' not found"), status=404)

    def _show(self, payload: dict[str, Any]) -> Answer:
        found = self._named(payload)
        return found if isinstance(found, Answer) else answers.block(found.shown(bool(payload.get("verbose"))))

    def _pull(self, payload: dict[str, Any]) -> Answer:
        name = _name(payload)
        if "missing" in name:
            lines = [answers.line({"status": "pulling manifest"})]
            return answers.stream(
                lines, answers.line({"error": "pull model manifest: file does not exist"}), answers.NDJSON
            )
        model = StoredModel(tagged(name))
        self.shelf.put(model)
        lines_between = transfer("pulling", "sha256:" + model.digest)
        ending = ["verifying sha256 digest", "writing manifest"]
        return progress(
            payload, [{"status": "pulling manifest"}, *lines_between, *({"status": text} for text in ending)]
        )

    def _push(self, payload: dict[str, Any]) -> Answer:
        found = self._named(payload)
        if isinstance(found, Answer):
            return found
        lines = transfer("pushing", "sha256:" + found.digest)
        return progress(payload, [{"status": "retrieving manifest"}, *lines, {"status": "pushing manifest"}])

    def _create(self, payload: dict[str, Any]) -> Answer:
        refusal = self.shelf.create(payload, _name(payload))
        if refusal is not None:
            return answers.block(self.error(400, refusal), status=404 if "model" in refusal else 400)
        return progress(payload, [{"status": "reading model metadata"}, {"status": "writing manifest"}])

    def _copy(self, payload: dict[str, Any]) -> Answer:
        if not self.shelf.copy(payload["source"], payload["destination"]):
            return answers.block(self.error(404, f"model '{payload['source']}' not found"), status=404)
        return Answer(frames=())

    def _delete(self, payload: dict[str, Any]) -> Answer:
        if not self.shelf.delete(_name(payload)):
            return answers.block(self.error(404, f"model '{_name(payload)}' not found"), status=404)
        return Answer(frames=())

    def _blob(self, call: Call, digest: str) -> Answer:
        if call.method == "POST":
            if digest_of(call.body) != digest:
                return answers.block(self.error(400, "digest mismatch"), status=400)
            self.shelf.blobs[digest] = call.body
            return Answer(frames=(), status=201)
        return Answer(frames=(), status=200 if digest in self.shelf.blobs else 404)


def _name(payload: dict[str, Any]) -> str:
    return payload.get("model") or payload.get("name") or ""


def _text(status: int, text: str) -> Answer:
    return Answer(frames=(text.encode(),), status=status, content_type="text/plain; charset=utf-8")
