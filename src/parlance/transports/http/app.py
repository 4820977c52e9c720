"""The ASGI application of one door: from a request to its row, to an answer, to bytes.

Order of one request: origin, route, draining, principal, body, answer. A `Fault` anywhere becomes the dialect's own
error; anything else is a defect, logged with its traceback and shown as `internal` without a word about it.
"""

from __future__ import annotations

import asyncio
import re

from parlance.dialects.table import TEXT_TYPE, Dialect, Headers, Reply, Request
from parlance.transports.http import bodies
from parlance.transports.http.arrivals import arrived, facts_of
from parlance.transports.http.bodies import Left, Message, Receive, Send
from parlance.transports.http.cors import Cors
from parlance.transports.http.door import Door
from parlance.transports.http.gateway import Answered, Caller, Gateway, Watcher
from parlance.transports.http.headers import folded
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.line import LINE, Line, Unwatched
from parlance.transports.http.origins import Origins
from parlance.transports.http.relay import Relay
from parlance.transports.http.router import NotAllowed, Router, Target
from parlance.transports.http.vouching import NOT_VOUCHED, Vouchers
from parlance.values.errors import DRAINING, Fault, Kind
from parlance.values.ids import Ids

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_LEFT = 499
"""What the log says of a client that left before a status went out, as nginx counts it."""
_BODILESS = (204, 304)
_STATUSES = {"method_not_allowed": 405, "body_too_large": 413, "unsupported_media_type": 415, "bad_path": 400}
"""Statuses that are HTTP's own business: a dialect shapes the body, the transport says the number."""
_DRAIN_RETRY = 5.0
"""Seconds after which a client may try again while we stop: by then a supervisor has started the next process."""


class App:
    """One door's application. `draining` makes every row that is not open answer `busy`."""

    def __init__(self, door: Door, gateway: Gateway, watcher: Watcher, wheel: Wheel, ids: Ids) -> None:
        self.door = door
        self.draining = False
        self.wheel = wheel
        self.ids = ids
        self.watcher = watcher
        self.gateway = gateway
        self.origins = Origins(door)
        self.vouchers = None if door.vouching is None else Vouchers(door.vouching)
        self.router = Router(door.dialects, base=door.base_path, clashes=door.clashes, aside=door.aside)
        self.cors = Cors(door, self.router)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request. Returns quietly when the client leaves."""
        if scope["type"] != "http":
            raise ValueError(f"A door speaks HTTP, not {scope['type']}.")
        line: Line = scope.pop(LINE, None) or Unwatched()
        task = asyncio.current_task()
        line.task = task
        exchange = Exchange(self, scope, receive, send, line)
        try:
            await exchange.run()
        except asyncio.CancelledError as left:
            if line.lost and task is not None:
                task.uncancel()
            elif not isinstance(left, Left):
                raise
        except Exception as error:
            exchange.give_up(error)
        finally:
            line.task = None
            exchange.close()


class Exchange:
    """One request and its answer."""

    __slots__ = (
        "_app",
        "_began",
        "_caller",
        "_cors",
        "_cut",
        "_dialect",
        "_line",
        "_peer",
        "_receive",
        "_request",
        "_row",
        "_scope",
        "_send",
        "_sent",
        "_status",
        "_streamed",
        "_vouched",
    )

    def __init__(self, app: App, scope: Message, receive: Receive, send: Send, line: Line) -> None:
        self._app = app
        self._scope = scope
        self._receive = receive
        self._send = send
        self._line = line
        self._began = app.wheel.clock.monotonic()
        self._caller: Caller | None = None
        self._cors: Headers = ()
        self._row = ""
        self._status = _LEFT
        self._sent = 0
        self._streamed = False
        self._cut = False
        self._peer = client[0] if (client := scope.get("client")) else ""
        headers = folded(scope["headers"])
        self._vouched = NOT_VOUCHED if app.vouchers is None else app.vouchers.take(headers, self._peer)
        given = headers.get("x-request-id")
        self._request = Request(
            scope["method"],
            scope["path"],
            params={},
            raw_query=scope["query_string"].decode("latin-1"),
            headers=headers,
            body=b"",
            content=None,
            id=given if given is not None and _REQUEST_ID(given) else app.ids.new(),
            prefix="",
        )
        self._dialect: Dialect | None = None

    async def run(self) -> None:
        """Answer, whatever happens. Raises only what ends the request's task."""
        try:
            reply = await self._reply()
        except Fault as fault:
            reply = self._refused(fault)
        except Exception as error:
            reply = self._broken(error)
        if reply.frames is None:
            await self._whole(reply)
        else:
            late = await self._stream(reply)
            if late is not None:
                await self._whole(late)

    def close(self) -> None:
        """The exchange is over: let go of its runs, and tell who watches."""
        if self._caller is not None:
            self._caller.release()
        app, request = self._app, self._request
        if self._streamed:
            app.watcher.streams(-1)
        app.watcher.answered(
            Answered(
                request_id=request.id,
                door=app.door.name,
                dialect="" if self._dialect is None else self._dialect.name,
                row=self._row,
                method=request.method,
                path=_without_token(request),
                status=self._status,
                seconds=app.wheel.clock.monotonic() - self._began,
                sent=self._sent,
                streamed=self._streamed,
                cut=self._cut,
                peer=self._peer,
            )
        )

    def give_up(self, error: Exception) -> None:
        """An answer failed after its first byte and its dialect did not say so: never pretend it is whole."""
        self._cut = True
        self._failed(error)
        if not self._line.cut():
            raise error

    async def _reply(self) -> Reply:
        app, request = self._app, self._request
        headers = request.headers
        if (allowed := app.cors.preflight(request, self._scope["raw_path"])) is not None:
            return allowed
        target, lost = self._route()
        row = None if target is None else target.row
        spoken = "" if self._dialect is None else self._dialect.name
        scheme, open_ = self._scope["scheme"], row is not None and row.open
        standing = app.origins.judge(headers, self._peer, scheme, open_, spoken, self._vouched)
        self._peer, request.secure = standing.peer, standing.secure
        if standing.cors is not None:
            self._cors = app.cors.granted(standing.cors, spoken)
        if row is None or target is None:
            raise lost or AssertionError
        if row.open and not row.anyone:
            caller = app.gateway.caller(None, request.id, facts_of(target.dialect, app.door.name, request, standing))
        elif app.draining:
            raise Fault(Kind.busy, "The server is stopping.", retry_after=_DRAIN_RETRY, code=DRAINING)
        else:
            caller = await arrived(app.gateway, row, target.dialect, app.door.name, request, standing)
        self._caller = caller
        if row.body == "bytes":
            limit = row.limit or app.door.body_limit
            body = bodies.come(self._line.body(), headers, limit)
            request.body = await bodies.whole(self._receive, headers, limit) if body is None else body
        elif row.body == "upload":
            request.content = bodies.upload(self._receive, headers, row.limit or app.door.body_limit)
        return await row.answer(request, caller)

    def _route(self) -> tuple[Target | None, Fault | None]:
        """The row, or the fault to raise once the origin has been judged: strangers learn no paths."""
        router, request, scope = self._app.router, self._request, self._scope
        html = "text/html" in request.headers.get("accept", "")
        try:
            found = router.find(request.method, scope["raw_path"], request.path, html)
        except Fault as fault:
            self._dialect, request.prefix = router.owner(request.path)
            request.path = request.path.removeprefix(request.prefix)
            return None, fault
        target = found.target
        self._dialect = target.dialect
        self._row = target.row.name
        request.path, request.params, request.prefix = found.path, found.params, target.prefix
        return target, None

    def _refused(self, fault: Fault) -> Reply:
        """The dialect's own words for a fault; the number is ours where it is HTTP's own business."""
        dialect = self._dialect or self._app.router.owner(self._request.path)[0]
        try:
            reply = dialect.fault(fault, self._request)
        except Exception as error:
            self._failed(error)
            return Reply(b"Internal error.", status=500, type=TEXT_TYPE)
        if not dialect.site:
            reply.status = _STATUSES.get(fault.code or "", reply.status)
        if isinstance(fault, NotAllowed):
            reply.headers = (*reply.headers, (b"allow", ", ".join(fault.allowed).encode()))
        return reply

    def _broken(self, error: Exception) -> Reply:
        self._failed(error)
        return self._refused(Fault(Kind.internal, "Something went wrong on our side.", code="internal"))

    async def _whole(self, reply: Reply) -> None:
        body, status = reply.body, reply.status
        headers = self._headers(reply)
        if status not in _BODILESS:
            headers.append((b"content-length", b"%d" % len(body)))
        self._status = status
        if not self._line.answer(status, headers, body):
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._send({"type": "http.response.body", "body": body, "more_body": False})
        self._sent = len(body)

    async def _stream(self, reply: Reply) -> Reply | None:
        """Carry a stream; gives another reply instead if it failed before its first byte."""
        relay = Relay(reply, self._headers(reply), self._send, self._app.wheel, self._line)
        self._streamed = self._cut = True
        self._app.watcher.streams(1)
        if self._caller is not None:
            self._caller.stream(self._line.cut)
        self._forget()
        try:
            await (relay.discard() if self._request.method == "HEAD" else relay.run())
            self._cut = False
        except Fault as fault:
            if not relay.started:
                return self._refused(fault)
            self.give_up(fault)
        except Exception as error:
            if not relay.started:
                return self._broken(error)
            self.give_up(error)
        finally:
            self._sent = relay.sent
            if relay.started:
                self._status = reply.status
        return None

    def _failed(self, error: Exception) -> None:
        self._app.watcher.failed(self._request.id, self._row, error)

    def _forget(self) -> None:
        """Drop what a stream no longer needs: thousands of them may be open for hours."""
        self._request.body = b""
        self._scope["headers"].clear()

    def _headers(self, reply: Reply) -> list[tuple[bytes, bytes]]:
        headers = [(b"x-request-id", self._request.id.encode()), _NOSNIFF, *reply.headers, *self._cors]
        if reply.type and reply.status not in _BODILESS:
            headers.append((b"content-type", reply.type))
        if self._app.draining:
            headers.append((b"connection", b"close"))
        return headers


def _without_token(request: Request) -> str:
    """The path as it may be written down: whoever has the token of a link may do what the link is for."""
    token = request.params.get("token")
    return request.path if token is None else request.path.replace(token, "{token}")
