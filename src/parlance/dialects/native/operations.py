"""The native API *is* the table of operations: every row here is derived from one, none is written by hand.

`POST /parlance/v1/<name>` takes an operation's fields as JSON; what only reads is `GET` with the fields in the query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from parlance.core.chat.bounds import judged
from parlance.core.chatbot.moving import ImportChatbotPerson
from parlance.core.feeds.feed import Feed
from parlance.core.models.operations import Transcribe
from parlance.core.operation import Operation
from parlance.core.runs.run import Run
from parlance.core.weknora.moving.operations import ImportWeknoraSession
from parlance.dialects.native import feeds
from parlance.dialects.native.cookies import cookies
from parlance.dialects.native.frames import place, streamed
from parlance.dialects.native.views import Snapshot, brief, snapshot, value_type, view, wire_type
from parlance.dialects.table import Answer, Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.asks import ChatAsk, EmbedAsk
from parlance.values.events import Event
from parlance.values.feeds import FeedEntry
from parlance.values.sounds import MOST_SOUND

PREFIX = "/parlance/v1"
READS = frozenset({"read", "list", "show", "loaded", "find", "usage", "search"})
"""Last words of the names of operations that change nothing."""
LIMITS: Mapping[type[Operation[Any]], int] = {
    ImportChatbotPerson: 96 * 1024 * 1024,
    ImportWeknoraSession: 64 * 1024 * 1024,
    Transcribe: 2 * MOST_SOUND,
}
"""Bytes of a body, where the door's own cap does not fit: all that a person of the chatbot app may keep, in base64; a
session with the passages that its answers rest on; a file of sound in base64."""
_EVENT_STREAM = "text/event-stream"


class _Wish(msgspec.Struct, frozen=True):
    """What a body may say besides the operation's fields."""

    stream: bool = False


def rows(kinds: Iterable[type[Operation[Any]]]) -> tuple[Row, ...]:
    """A row for every operation that has a name on the wire."""
    return tuple(_row(kind) for kind in kinds if kind.wire_name)


def reads(kind: type[Operation[Any]]) -> bool:
    """Whether an operation changes nothing, so that it is a `GET`."""
    return kind.wire_name.rpartition(".")[2] in READS


def summary(kind: type[Operation[Any]]) -> str:
    """The first sentence of an operation's own words."""
    return (kind.__doc__ or "").strip().partition("\n")[0].partition(". ")[0].rstrip(".")


def _row(kind: type[Operation[Any]]) -> Row:
    if not reads(kind):
        return _change(kind)
    if value_type(kind) is Feed:
        return _follow(kind)
    return _watch(kind) if value_type(kind) is Run else _read(kind)


def path_of(kind: type[Operation[Any]]) -> str:
    """Where an operation is reached."""
    return f"{PREFIX}/{kind.wire_name}"


def _read(kind: type[Operation[Any]]) -> Row:
    gives, queries = wire_type(value_type(kind)), _queries(kind)
    name, about = kind.wire_name, summary(kind)
    row = Row("GET", path_of(kind), name, _reading(kind), (kind,), about, gives=gives)
    return msgspec.structs.replace(row, queries=queries, required=_required(kind))


def _watch(kind: type[Operation[Any]]) -> Row:
    return Row(
        "GET",
        path_of(kind),
        kind.wire_name,
        _watching(kind),
        (kind,),
        summary(kind),
        gives=Snapshot,
        streams=Event,
        queries=(*_queries(kind), ("after", "the number of the last event that is known")),
        required=_required(kind),
        statuses=(200, 204),
    )


def _follow(kind: type[Operation[Any]]) -> Row:
    queries = (*_queries(kind), ("after", "the number of the last entry that is known"))
    name, about = kind.wire_name, summary(kind)
    row = Row("GET", path_of(kind), name, _following(kind), (kind,), about, queries=queries)
    return msgspec.structs.replace(row, gives=feeds.FeedView, streams=FeedEntry)


def _change(kind: type[Operation[Any]]) -> Row:
    gives = wire_type(value_type(kind))
    return Row(
        "POST",
        path_of(kind),
        kind.wire_name,
        _starting(kind) if kind.starts else _doing(kind),
        (kind,),
        summary(kind),
        body="bytes",
        takes=kind,
        gives=gives,
        streams=Event if kind.starts else None,
        statuses=(200, 202) if kind.starts else (204,) if gives is None else (200,),
        anyone=kind.anyone,
        limit=LIMITS.get(kind),
    )


def _queries(kind: type[Operation[Any]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (field.name, getattr(field.type, "__name__", str(field.type))) for field in msgspec.structs.fields(kind)
    )


def _required(kind: type[Operation[Any]]) -> frozenset[str]:
    return frozenset(field.name for field in msgspec.structs.fields(kind) if field.required)


# -- what the rows do -------------------------------------------------------------------------------------------------


def _reading(kind: type[Operation[Any]]) -> Answer:
    async def answer(request: Request, do: Do) -> Reply:
        return _whole(await do(json_door.convert(request.query, kind)))

    return answer


def _watching(kind: type[Operation[Any]]) -> Answer:
    """A run: its events where the client asks for a stream, else how it stands."""

    async def answer(request: Request, do: Do) -> Reply:
        run: Run = await do(json_door.convert(request.query, kind))
        if _wants_stream(request):
            return streamed(run, place(request, run))
        return Reply(json_door.encode(snapshot(run)))

    return answer


def _following(kind: type[Operation[Any]]) -> Answer:
    """A feed: its entries as they come where the client asks for a stream, else those that are held."""

    async def answer(request: Request, do: Do) -> Reply:
        feed: Feed = await do(json_door.convert(request.query, kind))
        return (feeds.streamed if _wants_stream(request) else feeds.shown)(feed, request)

    return answer


def _doing(kind: type[Operation[Any]]) -> Answer:
    async def answer(request: Request, do: Do) -> Reply:
        operation = _operation(request, kind)
        value = await do(operation)
        reply = _whole(value)
        reply.headers = cookies(operation, value, request)
        return reply

    return answer


def _starting(kind: type[Operation[Any]]) -> Answer:
    """A new run: its events at once, while the client stays; or its id alone, and then it goes on by itself."""

    async def answer(request: Request, do: Do) -> Reply:
        operation = _operation(request, kind)
        if _wants_stream(request) or json_door.decode(request.body or b"{}", _Wish).stream:
            return streamed(await do(operation))
        run: Run = await do(msgspec.structs.replace(operation, detached=True))
        return Reply(json_door.encode(brief(run)), status=202)

    return answer


def _whole(value: Any) -> Reply:
    return Reply(status=204) if value is None else Reply(json_door.encode(view(value)))


def _wants_stream(request: Request) -> bool:
    return _EVENT_STREAM in request.headers.get("accept", "")


def _operation(request: Request, kind: type[Operation[Any]]) -> Operation[Any]:
    operation = json_door.decode(request.body or b"{}", kind)
    ask = getattr(operation, "ask", None)
    if isinstance(ask, ChatAsk | EmbedAsk):
        return msgspec.structs.replace(operation, ask=_judged(ask))
    return operation


def _judged(ask: ChatAsk | EmbedAsk) -> ChatAsk | EmbedAsk:
    """An ask as a client may make it. Fields of an upstream's wire are not taken: they would reach the upstream
    unseen, beside the model and the bounds that were judged here."""
    if isinstance(ask, ChatAsk):
        judged(ask)
    return msgspec.structs.replace(ask, wire="", foreign=None)
