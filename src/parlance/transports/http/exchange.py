"""One request of a door and its answer.

Order: origin, route, draining, principal, body, answer. A `Fault` anywhere becomes the dialect's own error; anything
else is a defect, logged with its traceback and shown as `internal` without a word about it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from parlance.dialects.table import TEXT_TYPE, Dialect, Headers, Reply, Request, Row
from parlance.transports.http import bodies
from parlance.transports.http.arrivals import arrived, facts_of, known
from parlance.transports.http.bodies import Message, Receive, Send
from parlance.transports.http.familiar import Familiar
from parlance.transports.http.gateway import Answered, Caller, tenant_of
from parlance.transports.http.headers import folded
from parlance.transports.http.line import Line
from parlance.transports.http.origins import Standing
from parlance.transports.http.relay import Relay
from parlance.transports.http.router import NotAllowed, Target
from parlance.transports.http.vouching import NOT_VOUCHED
from parlance.values.accounts import Principal
from parlance.values.errors import DRAINING, Fault, Kind

if TYPE_CHECKING:
    from parlance.transports.http.app import App

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}").fullmatch
_NOSNIFF = (b"x-content-type-options", b"nosniff")
_LEFT = 499
"""What the log says of a client that left before a status went out, as nginx counts it."""
_BODILESS = (204, 304)
_STATUSES = {"method_not_allowed": 405, "body_too_large": 413, "unsupported_media_type": 415, "bad_path": 400}
"""Statuses that are HTTP's own business: a dialect shapes the body, the transport says the number."""
_DRAIN_RETRY = 5.0
"""Seconds after which a client may try again while we stop: by then a supervisor has started the next process."""


class Exchange:
    """One request and its answer."""

    __slots__ = (
        *("_app", "_began", "_caller", "_cors", "_cut", "_dialect", "_familiar", "_key", "_line", "_peer", "_receive"),
        *("_request", "_row", "_scope", "_send", "_sent", "_status", "_streamed", "_vouched"),
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
        self._key = key = app.familiars.key(scope)
        self._familiar = app.familiars.find(key)
        self._vouched = NOT_VOUCHED
        self._request = self._requested(scope)
        self._dialect: Dialect | None = None

    def _requested(self, scope: Message) -> Request:
        app, familiar = self._app, self._familiar
        if familiar is not None:
            headers = familiar.headers(scope["headers"])
        else:
            headers = folded(scope["headers"])
            if app.vouchers is not None:
                self._vouched = app.vouchers.take(headers, self._peer)
        given = headers.get("x-request-id")
        return Request(
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
                noted=request.noted,
                tenant=tenant_of(self._caller),
            )
        )

    def give_up(self, error: Exception) -> None:
        """An answer failed after its first byte and its dialect did not say so: never pretend it is whole."""
        self._cut = True
        self._failed(error)
        if not self._line.cut():
            raise error

    async def _reply(self) -> Reply:
        app, request, familiar = self._app, self._request, self._familiar
        if familiar is None:
            if (allowed := app.cors.preflight(request, self._scope["raw_path"])) is not None:
                return allowed
            target, standing, lost = self._judged()
            if target is None:
                raise await self._lost(standing, lost)
            row = target.row
            caller = await self._admitted(target, standing)
        else:
            row = self._recall(familiar)
            self._check_open()
            principal = app.gateway.identify(familiar.facts)
            if not isinstance(principal, Principal):
                principal = await principal
            caller = app.gateway.caller(principal, request.id, familiar.facts)
        self._caller = caller
        if row.body == "bytes":
            limit = row.limit or app.door.body_limit
            body = bodies.come(self._line.body(), request.headers, limit)
            request.body = await bodies.whole(self._receive, request.headers, limit) if body is None else body
        elif row.body == "upload":
            request.content = bodies.upload(self._receive, request.headers, row.limit or app.door.body_limit)
        return await row.answer(request, caller)

    def _recall(self, familiar: Familiar) -> Row:
        """What a head that came before stands for."""
        request, target, standing = self._request, familiar.target, familiar.standing
        self._dialect, self._row = target.dialect, target.row.name
        self._peer, request.secure = standing.peer, standing.secure
        request.path, request.prefix = target.path, target.prefix
        return target.row

    def _judged(self) -> tuple[Target | None, Standing, Fault | None]:
        """What is asked for (else why it is not), and from where. Raises `Fault` where it is not for whoever asks."""
        app, request = self._app, self._request
        target, lost = self._route()
        spoken = "" if self._dialect is None else self._dialect.name
        scheme, open_ = self._scope["scheme"], target is not None and target.row.open
        standing = app.origins.judge(request.headers, self._peer, scheme, open_, spoken, self._vouched)
        self._peer, request.secure = standing.peer, standing.secure
        if standing.cors is not None:
            self._cors = app.cors.granted(standing.cors, spoken)
        return target, standing, lost

    async def _lost(self, standing: Standing, lost: Fault | None) -> Fault:
        """Why there is no such row; where its dialect wants that, for those alone who are known. Raises `Fault`."""
        app, request, dialect = self._app, self._request, self._dialect
        if dialect is not None and dialect.guarded and request.method != "OPTIONS":
            await known(app.gateway, facts_of(dialect, app.door.name, request, standing))
        return lost or Fault(Kind.missing, "There is no such route here.", code="not_found")

    async def _admitted(self, target: Target, standing: Standing) -> Caller:
        app, request, row, dialect = self._app, self._request, target.row, target.dialect
        if row.open and not row.anyone:
            return app.gateway.caller(None, request.id, facts_of(dialect, app.door.name, request, standing))
        self._check_open()
        facts = facts_of(dialect, app.door.name, request, standing, row.anyone)
        caller = await arrived(app.gateway, row, dialect, facts, request.id, standing)
        plain = not (row.anyone or dialect.site or target.names) and standing.cors is None
        if plain and dialect.credentials is None and request.path == target.path:
            app.familiars.keep(self._key, Familiar(request.headers, target, standing, facts))
        return caller

    def _check_open(self) -> None:
        """Raises `Fault(busy)` while it stops."""
        if self._app.draining:
            raise Fault(Kind.busy, "The server is stopping.", retry_after=_DRAIN_RETRY, code=DRAINING)

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
        self._key = ()
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
