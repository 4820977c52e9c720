"""The answer of `POST /responses`: its stream of typed events, and a response in one block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from parlance.engines.openai_http.decoding import NotJson, list_of, mapping_of, text_of, value_of
from parlance.engines.openai_http.sse import Alarm
from parlance.engines.openai_http.telling import (
    MAX_CALLS,
    Telling,
    arguments_of,
    logprobs_of,
    made_id,
    reason_of,
    usage_of,
)
from parlance.engines.openai_http.upstream_errors import Errors, ended_early, not_json
from parlance.ports.engines import Sink
from parlance.values.events import Choice, Lane, Whole
from parlance.values.messages import Item, Message, Reasoning, ToolCall

_KEPT = ("service_tier", "system_fingerprint")
"""What of a response's other fields says something about the answer; the rest repeats the request."""
_LANES: dict[str, Lane] = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "reasoning",
    "response.reasoning_summary_text.delta": "reasoning",
}
_DONE: dict[str, tuple[Lane, str]] = {
    "response.output_text.done": ("text", "text"),
    "response.refusal.done": ("refusal", "refusal"),
    "response.reasoning_text.done": ("reasoning", "text"),
    "response.reasoning_summary_text.done": ("reasoning", "text"),
}


class ResponseReader:
    """Tells one response. Events that we do not know are skipped."""

    __slots__ = ("_calls", "_errors", "_model", "_said", "done", "telling")

    def __init__(self, sink: Sink, errors: Errors, model: str) -> None:
        self.telling = Telling(sink)
        self.done = False
        self._errors = errors
        self._model = model
        self._calls: dict[int, bool] = {}
        """Tool calls by their place in the output, and whether their arguments were told."""
        self._said: set[tuple[Lane, int, int]] = set()
        """Parts whose text came in deltas: their `done` repeats it."""

    learns = False
    """Every frame has a number of its own."""

    def skim(self, data: bytes) -> bytes:
        """Nothing is told by the way."""
        return data

    def frame(self, data: bytes) -> None:
        """One frame's data. Raises `Fault` for an error inside and for what is no JSON."""
        if data.strip() in (b"[DONE]", b""):
            return
        try:
            value = value_of(data)
        except NotJson:
            raise not_json() from None
        if not isinstance(value, dict):
            raise not_json()
        name = text_of(value.get("type"))
        if name == "error" or value.get("error") or type(data) is Alarm:
            raise self._errors.in_band(value)
        lane = _LANES.get(name)
        if lane is not None:
            self._delta(lane, value)
        elif name in _DONE:
            self._text_done(*_DONE[name], value)
        else:
            handle = _HANDLERS.get(name)
            if handle is not None:
                handle(self, value)

    def block(self, data: bytes) -> None:
        """The text of a response in one block. Raises `NotJson`, and as `whole` does."""
        self.whole(value_of(data))

    def whole(self, value: Any) -> None:
        """A response in one block. Raises `Fault` when it failed or is none."""
        fields = mapping_of(value)
        if fields.get("error") or fields.get("status") == "failed":
            raise self._errors.in_band(fields)
        if not isinstance(fields.get("output"), list):
            raise not_json()
        self._start(fields)
        self.telling.push(response_whole(fields))
        self.done = True

    def ended(self) -> None:
        """The stream is over. Raises `Fault(upstream)` when no event said so."""
        if not self.done:
            raise ended_early()
        self.telling.settle()

    # -- events -----------------------------------------------------------------------------------------------------

    def _start(self, response: dict[str, Any]) -> None:
        self.telling.start(text_of(response.get("model")) or self._model, text_of(response.get("id")), None)

    def _created(self, value: dict[str, Any]) -> None:
        self._start(mapping_of(value.get("response")))

    def _delta(self, lane: Lane, value: dict[str, Any]) -> None:
        self._said.add((lane, *_place(value)))
        text = text_of(value.get("delta"))
        logprobs = logprobs_of({"content": value["logprobs"]}) if value.get("logprobs") else None
        if text or logprobs:
            self._begin()
            self.telling.say(text, 0, lane, logprobs)

    def _text_done(self, lane: Lane, field: str, value: dict[str, Any]) -> None:
        """The whole text of a part; told only if no delta was."""
        if (lane, *_place(value)) not in self._said:
            self._delta(lane, {**value, "delta": value.get(field)})

    def _part_added(self, value: dict[str, Any]) -> None:
        """A further part of the reasoning's summary is a paragraph of its own."""
        index = value.get("summary_index")
        if isinstance(index, int) and index > 0:
            self._begin()
            self.telling.say("\n\n", 0, "reasoning")

    def _item_added(self, value: dict[str, Any]) -> None:
        item = mapping_of(value.get("item"))
        place = _output(value)
        if item.get("type") != "function_call" or place in self._calls:
            return
        self._begin()
        self._calls[place] = bool(item.get("arguments"))
        id = text_of(item.get("call_id")) or text_of(item.get("id"))
        self.telling.call(0, place, id, text_of(item.get("name")), arguments_of(item.get("arguments")))

    def _item_done(self, value: dict[str, Any]) -> None:
        """A call that was never announced, or whose arguments came with the last word on it."""
        item = mapping_of(value.get("item"))
        self._item_added(value)
        if item.get("type") == "function_call":
            self._arguments_done({**value, "arguments": item.get("arguments")})

    def _arguments(self, value: dict[str, Any]) -> None:
        place = _output(value)
        if place in self._calls:
            self._calls[place] = True
            self.telling.call(0, place, "", "", text_of(value.get("delta")))

    def _arguments_done(self, value: dict[str, Any]) -> None:
        if self._calls.get(_output(value)) is False:
            self._arguments({**value, "delta": arguments_of(value.get("arguments"))})

    def _completed(self, value: dict[str, Any]) -> None:
        response = mapping_of(value.get("response"))
        self._start(response)
        self.telling.count(usage_of(response.get("usage")))
        self.telling.finish(0, _reason(response, self.telling.called))
        self.done = True

    def _failed(self, value: dict[str, Any]) -> None:
        raise self._errors.in_band(mapping_of(value.get("response")))

    def _begin(self) -> None:
        if not self.telling.started:
            self.telling.start(self._model, "", None)


_HANDLERS: dict[str, Callable[[ResponseReader, dict[str, Any]], None]] = {
    "response.created": ResponseReader._created,
    "response.in_progress": ResponseReader._created,
    "response.reasoning_summary_part.added": ResponseReader._part_added,
    "response.output_item.added": ResponseReader._item_added,
    "response.output_item.done": ResponseReader._item_done,
    "response.function_call_arguments.delta": ResponseReader._arguments,
    "response.function_call_arguments.done": ResponseReader._arguments_done,
    "response.completed": ResponseReader._completed,
    "response.incomplete": ResponseReader._completed,
    "response.failed": ResponseReader._failed,
}


def _output(value: dict[str, Any]) -> int:
    index = value.get("output_index")
    return index if isinstance(index, int) and 0 <= index < 2**31 else 0


def _place(value: dict[str, Any]) -> tuple[int, int]:
    """Which part of which output item."""
    part = value.get("content_index", value.get("summary_index"))
    return _output(value), part if isinstance(part, int) else 0


def _reason(response: dict[str, Any], called: bool) -> str:
    if response.get("status") == "incomplete":
        return reason_of(text_of(mapping_of(response.get("incomplete_details")).get("reason")) or "length")
    return "tool_calls" if called else "stop"


def response_whole(response: dict[str, Any]) -> Whole:
    """A response as a `Whole` of one choice."""
    items: list[Item] = []
    refusals: list[str] = []
    logprobs: list[Any] = []
    for place, entry in enumerate(list_of(response.get("output"))[:MAX_CALLS]):
        output = mapping_of(entry)
        kind = output.get("type")
        if kind == "message":
            items.append(Message("assistant", _said(output, refusals, logprobs)))
        elif kind == "reasoning":
            items.append(_thought(output))
        elif kind == "function_call" and text_of(output.get("name")):
            id = text_of(output.get("call_id")) or made_id(text_of(response.get("id")), place)
            items.append(ToolCall(id, text_of(output.get("name")), arguments_of(output.get("arguments"))))
    called = any(isinstance(item, ToolCall) for item in items)
    if not any(isinstance(item, Message | ToolCall) for item in items):
        items.append(Message("assistant", ""))
    choice = Choice(
        tuple(items),
        _reason(response, called),
        "".join(refusals) or None,
        logprobs_of({"content": logprobs}) if logprobs else None,
    )
    foreign = {name: response[name] for name in _KEPT if isinstance(response.get(name), str)}
    return Whole((choice,), usage_of(response.get("usage")), foreign or None)


def _said(output: dict[str, Any], refusals: list[str], logprobs: list[Any]) -> str:
    said: list[str] = []
    for entry in list_of(output.get("content")):
        part = mapping_of(entry)
        if part.get("type") == "refusal":
            refusals.append(text_of(part.get("refusal")))
        else:
            said.append(text_of(part.get("text")))
            logprobs += list_of(part.get("logprobs"))
    return "".join(said)


def _thought(output: dict[str, Any]) -> Reasoning:
    """What was thought, with the id and the sealed form that the upstream may want back."""
    parts = list_of(output.get("summary")) or list_of(output.get("content"))
    text = "\n\n".join(text_of(mapping_of(part).get("text")) for part in parts)
    kept = {name: output[name] for name in ("id", "encrypted_content") if isinstance(output.get(name), str)}
    return Reasoning(text, kept or None)
