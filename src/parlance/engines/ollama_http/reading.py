"""What an Ollama says, line by line, as events. Called from the socket's callback: a plain token must cost little."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from parlance.engines.ollama_http import faults
from parlance.engines.ollama_http.decoding import object_of
from parlance.engines.ollama_http.messages import WIRE
from parlance.ports.engines import Sink
from parlance.values.asks import ChatAsk
from parlance.values.events import Delta, Finished, Started, ToolCalled, Usage
from parlance.values.messages import Foreign


class Function(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tool and its arguments, an object."""

    name: str
    arguments: msgspec.Raw = msgspec.Raw(b"{}")
    index: int | None = None
    description: Any = None


class Called(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tool call; older releases give it no id."""

    function: Function
    id: str | None = None
    type: str | None = None


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """The message of a line."""

    role: str | None = None
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[Called] | None = None
    images: Any = None


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One line of `/api/chat` or `/api/generate`. Durations are in nanoseconds."""

    message: Said | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool = False
    done_reason: str | None = None
    model: Any = None
    created_at: Any = None
    error: Any = None
    logprobs: list[dict[str, Any]] | None = None
    context: list[int] | None = None
    tool_calls: list[Called] | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_count: int | None = None
    prompt_eval_duration: int | None = None
    eval_count: int | None = None
    eval_duration: int | None = None
    remote_model: Any = None
    remote_host: Any = None
    """Where Ollama itself has the answer from: not for our clients."""


_LINE = msgspec.json.Decoder(Line)
_KNOWN = frozenset(Line.__struct_fields__)
_KNOWN_SAID = frozenset(Said.__struct_fields__)
_decode = _LINE.decode


class Reading:
    """One answer. `line` is fed every line; `whole` says whether the last one was among them."""

    def __init__(self, ask: ChatAsk, sink: Sink, redact: faults.Redact) -> None:
        self._ask = ask
        self._push = sink.push
        self._redact = redact
        self._own = ask.wire == WIRE
        self._calls = 0
        self._begun = False
        self.whole = False

    def line(self, raw: bytes) -> None:
        """Push what a line says. Raises `Fault` for an error in it."""
        if self.whole:
            return  # whatever follows the last line is nobody's answer
        foreign: Foreign | None = None
        try:
            line = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            line, foreign = self._oddly(raw)
        if line.error is not None:
            raise faults.said(line.error, self._redact)
        if not self._begun:
            self._begun = True
            model = line.model
            self._push(Started(model if isinstance(model, str) else self._ask.model))
        said = line.message
        text, thinking = (line.response, line.thinking) if said is None else (said.content, said.thinking)
        if thinking:
            self._push(Delta(thinking, "reasoning"))
        if text or foreign or line.logprobs:
            self._push(Delta(text or "", logprobs=_logprobs(line.logprobs), foreign=foreign))
        calls = line.tool_calls if said is None else said.tool_calls
        if calls:
            self._call(calls, raw)
        if line.done:
            self._finish(line)

    def last(self) -> None:
        """The answer is over: raise `Fault` unless it is whole."""
        if not self.whole:
            raise faults.ended_early()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _oddly(self, raw: bytes) -> tuple[Line, Foreign | None]:
        """A line with unknown fields (which go to their own wire), broken characters or numbers that are none."""
        value = object_of(raw)
        unknown = {name: value.pop(name) for name in list(value) if name not in _KNOWN}
        said = value.get("message")
        if isinstance(said, dict):
            odd = {name: said.pop(name) for name in list(said) if name not in _KNOWN_SAID}
            unknown |= {"message": odd} if odd else {}
        try:
            line = msgspec.convert(_without_unknown_calls(value), Line, strict=False)
        except msgspec.ValidationError:
            raise faults.not_json() from None
        return line, (unknown or None) if self._own else None

    def _call(self, calls: list[Called], raw: bytes) -> None:
        for call in calls:
            # Told apart from the calls of other turns, which clients refer to by id: the line holds its own time.
            id = call.id or f"call_{zlib.crc32(raw):08x}{self._calls}"
            self._push(ToolCalled(self._calls, id, call.function.name))
            self._push(Delta(bytes(call.function.arguments).decode(), "arguments", self._calls))
            self._calls += 1

    def _finish(self, line: Line) -> None:
        reason = line.done_reason or "stop"
        if reason == "stop" and self._calls:
            reason = "tool_calls"
        context = {"context": line.context} if self._own and line.context else None
        self._push(Finished(reason, foreign=context))
        if line.prompt_eval_count is not None or line.eval_count is not None or line.total_duration is not None:
            self._push(_usage(line))
        self.whole = True


def _usage(line: Line) -> Usage:
    return Usage(
        max(0, line.prompt_eval_count or 0),
        max(0, line.eval_count or 0),
        total_ns=line.total_duration,
        load_ns=line.load_duration,
        prompt_ns=line.prompt_eval_duration,
        completion_ns=line.eval_duration,
    )


def _logprobs(pieces: list[dict[str, Any]] | None) -> Any:
    """Log probabilities in the form that all dialects read: OpenAI's `content`."""
    if not pieces:
        return None
    content = []
    for piece in pieces:
        token = piece.get("token")
        shown = {"bytes": list(token.encode()) if isinstance(token, str) else None, "top_logprobs": []}
        content.append({**shown, **{name: value for name, value in piece.items() if value is not None}})
    return {"content": content}


def _without_unknown_calls(value: dict[str, Any]) -> dict[str, Any]:
    """Tool calls with the fields we know: what else stands there means nothing to anybody."""
    for holder in (value, value.get("message")):
        calls = holder.get("tool_calls") if isinstance(holder, dict) else None
        if isinstance(holder, dict) and isinstance(calls, list):
            holder["tool_calls"] = [_known_call(call) for call in calls]
    return value


def _known_call(call: Any) -> Any:
    if not isinstance(call, dict) or not isinstance(call.get("function"), dict):
        return call
    function = {name: value for name, value in call["function"].items() if name in Function.__struct_fields__}
    if "arguments" in function:
        function["arguments"] = msgspec.Raw(msgspec.json.encode(function["arguments"]))
    return {**{name: call[name] for name in ("id", "type") if name in call}, "function": function}
