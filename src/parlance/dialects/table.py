"""The table a dialect is: rows of method, path and a translation, free of any web framework.

A row's `answer` gets a `Request` and `do`, dispatch bound to the caller. `do` is its only capability: no storage, no
clock, no network. Whatever runs it started are let go when the reply is over or the client has left.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import parse_qsl

import msgspec

from parlance.core.operation import Operation
from parlance.values.errors import Fault
from parlance.values.noted import Noted

T = TypeVar("T")
Headers = tuple[tuple[bytes, bytes], ...]
JSON_TYPE = b"application/json"
TEXT_TYPE = b"text/plain; charset=utf-8"
HTML_TYPE = b"text/html; charset=utf-8"
SSE_TYPE = b"text/event-stream"
NDJSON_TYPE = b"application/x-ndjson"


class Do(Protocol):
    """Dispatch bound to the caller: hands an operation to the core and gives its result, or raises `Fault`."""

    async def __call__(self, operation: Operation[T]) -> T: ...


class Request:
    """One request, as a dialect sees it. `path` is decoded and without the door's prefix; `params` are the `{name}`
    pieces of the row's path; `body` is whole and within its cap, unless the row takes an upload (`content`)."""

    __slots__ = (
        "_query",
        "body",
        "content",
        "headers",
        "id",
        "method",
        "noted",
        "params",
        "path",
        "prefix",
        "raw_query",
        "secure",
    )

    def __init__(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str],
        raw_query: str,
        headers: Mapping[str, str],
        body: bytes,
        content: AsyncIterator[bytes] | None,
        id: str,
        prefix: str,
    ) -> None:
        self.method = method
        self.path = path
        self.params = params
        self.raw_query = raw_query
        self.headers = headers
        """Lower-case names; a header that is sent twice is joined by `, `."""
        self.body = body
        self.content = content
        self.id = id
        """The request id: the client's own `x-request-id` when it is well-formed, else a new one."""
        self.prefix = prefix
        self.secure = False
        """Whether the client came by HTTPS, to us or to a proxy that we trust: then a cookie may say so."""
        """What stands before `path` at this door (`/as/openai`, a sub-path): for links in answers."""
        self._query: dict[str, str] | None = None
        self.noted: Noted | None = None
        """What whoever watches is told of it beside what every request tells."""

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last."""
        if self._query is None:
            self._query = dict(parse_qsl(self.raw_query, keep_blank_values=True))
        return self._query


News = Callable[[bool], None]
"""Called when there may be more to take; with `True` when all that came at once is there, so that it may be taken
within the call, with `False` when more may follow in this very turn of the event loop."""


class Live(AsyncIterator[bytes]):
    """Frames that can be taken from a callback as well: a stream of events then needs no task for each of them.

    Either way is good, one at a time: a transport that knows of it listens and takes, any other one iterates. `over`
    is set with the last piece; `early` wants the head of the answer sent before there is anything to say.
    """

    __slots__ = ("_asked", "_news", "early", "over")

    def __init__(self, *, early: bool = False) -> None:
        self.over = False
        self.early = early
        self._asked = False
        self._news: asyncio.Future[None] | None = None

    @abstractmethod
    def listen(self, news: News) -> None:
        """Begin: call `news` whenever there may be more to take."""

    @abstractmethod
    def take(self, *, late: bool = False) -> bytes:
        """All frames there are now, as one piece; may be empty. `late`: the client kept the piece before waiting."""

    @abstractmethod
    def close(self) -> None:
        """Tell of no more news. Idempotent."""

    async def __anext__(self) -> bytes:
        late = self._asked
        if not late:
            self._asked = True
            self.listen(self._wake)
            if self.early:
                return b""
        while not self.over:
            piece = self.take(late=late)
            if piece:
                return piece
            if not self.over:
                late = False
                self._news = asyncio.get_running_loop().create_future()
                await self._news
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """`close`, by the name that generators have for it."""
        self.close()

    def _wake(self, _: bool) -> None:
        if self._news is not None and not self._news.done():
            self._news.set_result(None)


class Reply:
    """One answer: a whole `body`, or `frames` that are sent as they come (then `body` is not used).

    `heartbeat` is what the transport sends into a silent stream every 15 s (a comment, or nothing where the wire has
    none). The head goes out with the first frame; an empty frame sends it before there is anything to say. `length` is
    that of all frames together, in bytes, where it is known: a file is sent with it, a stream of events has none.
    """

    __slots__ = ("body", "frames", "headers", "heartbeat", "length", "status", "type")

    def __init__(
        self,
        body: bytes = b"",
        *,
        status: int = 200,
        type: bytes = JSON_TYPE,
        headers: Headers = (),
        frames: AsyncIterator[bytes] | None = None,
        heartbeat: bytes = b"",
        length: int | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.type = type
        self.headers = headers
        self.frames = frames
        self.heartbeat = heartbeat
        self.length = length


Answer = Callable[[Request, Do], Awaitable[Reply]]
Body = Literal["none", "bytes", "upload"]
"""`none`: a body is ignored. `bytes`: read whole under the cap. `upload`: handed over as it comes, under `limit`."""


class Row(msgspec.Struct, frozen=True):
    """One route.

    `path` has literal pieces and `{name}` for one piece, `{name:path}` for the rest. `operations` are those the row may
    hand to `do` (a test holds it to that): their rules are the row's rule. `takes`, `gives` and `streams` are the wire
    structs of body, answer and stream frame, for the OpenAPI document. `open` marks a row that needs no principal
    (liveness); `browser` one that is only for `Accept: text/html`.
    """

    method: str
    path: str
    name: str
    answer: Answer
    operations: tuple[type[Operation[Any]], ...]
    summary: str
    body: Body = "none"
    limit: int | None = None
    """Bytes, where the door's own cap does not fit."""
    takes: Any = None
    gives: Any = None
    streams: Any = None
    queries: tuple[tuple[str, str], ...] = ()
    """Query parameters and what they are for, for the OpenAPI document."""
    required: frozenset[str] = frozenset()
    """Those of them that must be there, likewise."""
    headers: tuple[tuple[str, str], ...] = ()
    """Headers that it reads besides, and what they are for, likewise."""
    statuses: tuple[int, ...] = (200,)
    bare: tuple[int, ...] = ()
    """Statuses whose answer may have no body at all, for the OpenAPI document."""
    takes_media: str = "application/json"
    """What a body is, for the OpenAPI document."""
    media: str = "application/json"
    """What a whole answer is, likewise."""
    texts: bool = False
    """Whether it may be a plain text as well, likewise."""
    stream_media: str = "text/event-stream"
    """What a streamed answer is, likewise."""
    open: bool = False
    anyone: bool = False
    """Whether it needs no principal, as signing in does; but no page of another origin calls it, as it may an open
    one. A row that is both is open as soon as somebody is known here: a locked door says first that it is locked."""
    browser: bool = False


class Dialect(msgspec.Struct, frozen=True):
    """One wire API: its rows, how it shows a fault, and the subtrees whose 404, 405 and 413 it owns."""

    name: str
    title: str
    rows: tuple[Row, ...]
    fault: Callable[[Fault, Request], Reply]
    subtrees: tuple[str, ...]
    """Path prefixes (`/v1`); of several dialects the longest one that fits owns the errors below it."""
    about: str = ""
    tolerant: bool = False
    """Whether `//v1`, `/v1/v1` and a trailing slash find the row too."""
    error: Any = None
    """The wire struct of an error body, for the OpenAPI document."""
    error_media: str = "application/json"
    error_texts: bool = False
    """Whether an error may be the bare sentence as text, too."""
    credentials: Callable[[Request], str | None] | None = None
    """Where this dialect's clients put their key; by default `Authorization: Bearer` and `x-api-key`."""
    fallback: Callable[[Request], str | None] | None = None
    """Where they may put another one, which is tried when the first stands for nobody."""
    guarded: bool = False
    """Whether who is nobody hears so below its subtrees too where there is no such route."""
    cookie: str = "parlance_session"
    """The cookie in which its pages keep the token of a session; cookies ignore ports, so names are per dialect."""
    site: bool = False
    """Whether it is a front-end that owns its door: it knows its callers by itself, says the status of every fault, and
    is spoken at doors that name it only."""
