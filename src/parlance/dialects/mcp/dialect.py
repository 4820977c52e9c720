"""The one route, and what HTTP has to do with it."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import msgspec

from parlance.core.operation import Operation
from parlance.dialects.mcp import resources, wire
from parlance.dialects.mcp.refusals import NOT_ACCEPTABLE, refused
from parlance.dialects.mcp.serving import Serving
from parlance.dialects.mcp.tools import TOOLS
from parlance.dialects.mcp.wire import AnswerMessage, ErrorMessage, Message, ResultMessage, Trouble
from parlance.dialects.table import Dialect, Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault, Kind

MOST_TOGETHER = 20
"""Messages of a batch."""
STATUSES = {
    wire.PARSE_ERROR: 400,
    wire.INVALID_REQUEST: 400,
    wire.INVALID_PARAMS: 400,
    wire.HEADER_MISMATCH: 400,
    wire.UNSUPPORTED_VERSION: 400,
    wire.METHOD_NOT_FOUND: 404,
}
"""What HTTP says of an error since the revision of 2026-07-28; before that, only of what could not be read at all."""
_WANTED: tuple[type[Operation[Any]], ...] = (
    *(each for tool in TOOLS for each in tool.operations),
    *resources.OPERATIONS,
)
OPERATIONS: tuple[type[Operation[Any]], ...] = tuple(dict.fromkeys(_WANTED))
Answered = ResultMessage | ErrorMessage
Body = dict[str, Any] | list[Any]


def dialect(version: str) -> Dialect:
    """The protocol as this version of the server speaks it."""
    row = Row(
        "POST",
        "/mcp",
        "mcp.message",
        partial(_post, Serving(version), Serving(version, reading=True)),
        OPERATIONS,
        "A message of the Model Context Protocol, and its answer",
        body="bytes",
        takes=Message,
        gives=AnswerMessage | list[AnswerMessage],
        statuses=(200, 202),
        bare=(202,),
        queries=(("read_only", "`true` offers no tool that changes anything."),),
        headers=(("mcp-protocol-version", "The revision that the client speaks."),),
    )
    return Dialect(
        name="mcp",
        title="Model Context Protocol",
        rows=(row,),
        fault=refused,
        subtrees=("/mcp",),
        about="Knowledge bases as tools and resources for assistants and agents.",
        error=ErrorMessage,
    )


async def _post(serving: Serving, reading: Serving, request: Request, do: Do) -> Reply:
    """One message, or in the older revisions several. Notifications are heard, and have no answer."""
    _must_be_json(request)
    chosen = reading if request.query.get("read_only", "").lower() in ("1", "true", "yes") else serving
    try:
        body: Body = json_door.decode(request.body, cast(Any, Body))
        if isinstance(body, list):
            return await _batch(chosen, request, body, do)
        return await _single(chosen, request, body, do)
    except Trouble as trouble:
        return _reply(trouble.answer(None), STATUSES[trouble.code])


async def _single(serving: Serving, request: Request, body: dict[str, Any], do: Do) -> Reply:
    message = _message(body)
    if message is None:
        return Reply(status=202, type=b"")
    try:
        revision = wire.spoken(message, request.headers)
    except Trouble as trouble:
        return _reply(trouble.answer(_id(message)), STATUSES[trouble.code])
    if message.id is msgspec.UNSET:
        return Reply(status=202, type=b"")
    answered = await _answered(serving, message, revision, do)
    modern = revision in wire.MODERN and isinstance(answered, ErrorMessage)
    return _reply(answered, STATUSES.get(answered.error.code, 200) if modern else 200)  # type: ignore[union-attr]


async def _batch(serving: Serving, request: Request, body: list[Any], do: Do) -> Reply:
    told = request.headers.get(wire.VERSION_HEADER, wire.BATCHED[-1])
    if told not in wire.BATCHED:
        raise Trouble(wire.INVALID_REQUEST, "This revision has one message in a body.")
    if not 1 <= len(body) <= MOST_TOGETHER:
        raise Trouble(wire.INVALID_REQUEST, f"A batch has 1 to {MOST_TOGETHER} messages.")
    messages = [_message(each) for each in body]
    asked = [each for each in messages if each is not None and each.id is not msgspec.UNSET]
    if any(each.method == "initialize" for each in asked):
        raise Trouble(wire.INVALID_REQUEST, "The first message stands alone.")
    answers = [await _answered(serving, each, told, do) for each in asked]
    return Reply(json_door.encode(answers)) if answers else Reply(status=202, type=b"")


def _message(body: object) -> Message | None:
    """A message; nothing for an answer, which nobody here waits for. Raises `Trouble` for what is neither."""
    if isinstance(body, dict) and "method" not in body and ("result" in body or "error" in body):
        return None
    try:
        return msgspec.convert(body, Message)
    except msgspec.ValidationError as error:
        raise Trouble(wire.INVALID_REQUEST, f"This is no message of JSON-RPC 2.0: {error}.") from None


async def _answered(serving: Serving, message: Message, revision: str, do: Do) -> Answered:
    id = _id(message)
    assert id is not None
    try:
        return ResultMessage(await serving.answer(message, revision, do), id)
    except Trouble as trouble:
        return trouble.answer(id)


def _id(message: Message) -> wire.Id | None:
    return None if message.id is msgspec.UNSET else message.id


def _reply(answered: Answered, status: int) -> Reply:
    return Reply(json_door.encode(answered), status=status)


def _must_be_json(request: Request) -> None:
    """Raises `Fault` for a body that a page of anywhere could send unasked, and for a client that reads no JSON."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Fault(Kind.unsupported, "A message is sent as application/json.", code="unsupported_media_type")
    accepted = {each.partition(";")[0].strip().lower() for each in request.headers.get("accept", "*/*").split(",")}
    if accepted.isdisjoint({"application/json", "application/*", "*/*"}):
        raise Fault(Kind.unsupported, "Answers are application/json.", code=NOT_ACCEPTABLE)
