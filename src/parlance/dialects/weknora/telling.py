"""What the log and the traces are told of a request, by the original's names: ids, settings, times, tokens.

Never a question, an answer, a passage or a key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from parlance.core.runs.run import Run
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.strategy import Strategy
from parlance.dialects.weknora.wire import BASE
from parlance.values.events import Ended, Event, Retrieved
from parlance.values.noted import JobWords, Noted, Scalar, Stage

ASKING, SEARCHING = "SessionService.KnowledgeQAByEvent", "SessionService.SearchKnowledge"
REWRITE, RERANK, MERGE = "PluginTracing.RewriteQuery", "PluginTracing.Rerank", "PluginTracing.Merge"
COMPOSE = "PluginTracing.IntoChatMessage"
SEARCH, COMPLETION = "PluginTracing.Search", "PluginTracing.ChatCompletionStream"
JOBS = JobWords(
    {
        "document": "knowledgeService.processDocument",
        "cut": "knowledgeService.processChunks",
        "embed": "CompositeRetrieveEngine.BatchIndex",
    },
    {"knowledge_id": "subject", "tenant_id": "tenant"},
)
"""What a document goes through: no other system has names for these."""
_NAMES: Mapping[str, Mapping[str, str]] = {
    "knowledge-bases": {"base": "id"},
    "initialization": {"base": "kbId", "task": "taskId"},
    "knowledge": {"document": "id", "chunk": "chunk_id"},
    "chunks": {"document": "knowledge_id", "chunk": "id"},
    "sessions": {"chat": "session_id"},
    "knowledge-chat": {"chat": "session_id"},
    "messages": {"chat": "session_id", "turn": "id"},
}
"""What the original calls the pieces of its paths, area by area."""
_FIELDS = {
    "base": "knowledge_base_id",
    "document": "knowledge_id",
    "chunk": "chunk_id",
    "chat": "session_id",
    "turn": "message_id",
}
_PIECE = re.compile(r"\{(\w+)\}")


def route(path: str) -> str:
    """The original's way to write a row's path: `/api/v1/knowledge-bases/:id`."""
    if path == f"{BASE}/sessions/{{chat}}":
        return f"{BASE}/sessions/:id"
    names = _NAMES.get(path.removeprefix(BASE).split("/")[1], {})
    return _PIECE.sub(lambda found: ":" + names.get(found[1], found[1]), path)


def told(row: Row) -> Row:
    """The same row, of whose requests is told which objects they name."""
    called, act = route(row.path), row.answer
    fields = {**_FIELDS, "id": "model_id"} if row.name.startswith("weknora.models.") else _FIELDS

    async def answer(request: Request, do: Do) -> Reply:
        named = {fields[name]: value for name, value in request.params.items() if name in fields}
        request.noted = Noted(called, named)
        return await act(request, do)

    return msgspec.structs.replace(row, answer=answer)


class Course:
    """How one answer came about, from what its reader was shown."""

    def __init__(self, run: Run, strategy: Strategy) -> None:
        self._run = run
        self._strategy = strategy
        self._seen = 0
        self._found: int | None = None
        self._ended: int | None = None

    def saw(self, events: Iterable[Event]) -> None:
        """These came next."""
        for event in events:
            self._seen += 1
            if type(event) is Retrieved:
                self._found = self._seen
            elif type(event) is Ended:
                self._ended = self._seen

    def stages(self) -> tuple[Stage, ...]:
        """What is over of it. Where its reader left before the end, the answer itself is not told."""
        began, last = self._run.created, self._at(self._seen)
        if last is None:
            return ()
        found = self._at(self._found)
        searched = () if found is None else tuple(self._steps())
        ended = self._at(self._ended)
        asked = self._run.flight is not None and self._run.flight.log.usage is not None
        said = (self._completion(found or began, ended),) if ended is not None and asked else ()
        return (Stage(ASKING, began, last, within=(*searched, *said)),)

    def _at(self, number: int | None) -> int | None:
        return self._run.at(number) if number else None

    def _steps(self) -> Iterator[Stage]:
        """What was done before the model was asked, as it was timed."""
        flight, strategy = self._run.flight, self._strategy
        about: dict[str, tuple[str, dict[str, Scalar]]] = {
            "rewrite": (REWRITE, {"model_id": self._run.model}),
            "search": (SEARCH, self._search()),
            "rerank": (
                RERANK,
                {
                    "rerank_model_id": strategy.rerank_model_id,
                    "rerank_filter_threshold": strategy.rerank_threshold,
                    "rerank_filter_topk": strategy.rerank_top_k,
                },
            ),
            "merge": (MERGE, {}),
            "compose": (COMPOSE, {}),
        }
        for each in () if flight is None else flight.log.steps.over:
            if each.name in about:  # the core may take steps that the original has no name for
                name, said = about[each.name]
                yield Stage(name, each.began, each.ended, said)

    def _search(self) -> dict[str, Scalar]:
        strategy = self._strategy
        return searched(strategy.embedding_top_k, strategy.vector_threshold, strategy.keyword_threshold)

    def _completion(self, began: int, ended: int) -> Stage:
        took = max(1, ended - began)
        said: dict[str, Scalar] = {"model_id": self._run.model, "response_time_ms": took / 1000}
        usage = None if self._run.flight is None else self._run.flight.log.usage
        if usage is not None:
            said["tokens_per_second"] = usage.completion * 1_000_000 / took
        return Stage(COMPLETION, began, ended, said)


def searched(count: int, vector: float | None, keyword: float | None) -> dict[str, Scalar]:
    """The attributes of a search."""
    said: dict[str, Scalar] = {"match_count": count, "hybrid_search": True}
    said |= {} if vector is None else {"vector_threshold": vector}
    return said | ({} if keyword is None else {"keyword_threshold": keyword})


def note(request: Request, fields: Mapping[str, str], attributes: Mapping[str, Scalar] | None = None) -> Noted:
    """Tell more of a request."""
    noted = request.noted = request.noted or Noted(request.path)
    noted.fields |= {name: value for name, value in fields.items() if value}
    noted.attributes |= attributes or {}
    return noted


def looked(request: Request, base: str, about: Mapping[str, Scalar]) -> None:
    """Tell of a search without a session, which is all that its request did."""
    search = Stage(SEARCHING, within=(Stage(SEARCH, attributes=about),))
    note(request, {"knowledge_base_id": base}).stages = lambda: (search,)
