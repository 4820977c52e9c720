"""A run as NDJSON: one object a line, of a chat or of a prompt, and the last one with its counts.

A plain text delta, which is nearly all of a stream, costs one encoded string between two prepared ends.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any

import msgspec

from parlance.core.runs.run import Run
from parlance.core.runs.unfold import unfold
from parlance.dialects.ollama.answers import CONTEXT, call_shown, logprobs_shown, reason_shown
from parlance.dialects.ollama.errors import error_line
from parlance.dialects.ollama.times import ended_at, rfc3339, timings
from parlance.dialects.run_headers import trimmed_headers
from parlance.dialects.table import NDJSON_TYPE, Reply
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.events import Delta, Ended, Event, Finished, ToolCalled, Usage, Whole
from parlance.values.messages import Foreign

PATIENCE = 10.0
"""Seconds a status may be withheld: a failure until then is an HTTP error, and no proxy gives up so soon."""
_encode = json_door.encode


class Shape(msgspec.Struct, frozen=True):
    """What stands around a piece of text, or of thought, in a line."""

    text: bytes
    thinking: bytes
    tail: bytes


CHAT = Shape(
    b',"message":{"role":"assistant","content":',
    b',"message":{"role":"assistant","content":"","thinking":',
    b'},"done":false}\n',
)
GENERATE = Shape(b',"response":', b',"response":"","thinking":', b',"done":false}\n')


class LineFrames:
    """Renders one run for one reader."""

    def __init__(self, run: Run, shape: Shape) -> None:
        self._run = run
        self._shape = shape
        self._head = b'{"model":%b' % _encode(run.model)
        start = b'%b,"created_at":"%b"' % (self._head, rfc3339(run.created).encode())
        self._start = start
        self._text = start + shape.text
        self._thinking = start + shape.thinking
        self._calls: dict[int, tuple[ToolCalled, list[str]]] = {}
        self._shown_calls = 0
        self._finished: Finished | None = None
        self._usage: Usage | None = None

    def render(self, events: Iterable[Event]) -> bytes:
        """The lines of these events as one piece of bytes; may be empty."""
        out: list[bytes] = []
        head, tail = self._text, self._shape.tail
        for event in events:
            if type(event) is Delta and event.lane == "text" and event.logprobs is None and event.foreign is None:
                if self._calls:
                    self._say_calls(out)
                if event.choice == 0:
                    out += (head, _encode(event.text), tail)
            else:
                self._render(event, out)
        return b"".join(out)

    # -- the rarer events -------------------------------------------------------------------------------------------

    def _render(self, event: Event, out: list[bytes]) -> None:
        if isinstance(event, Delta):
            self._delta(event, out)
        elif isinstance(event, ToolCalled):
            if event.choice == 0:
                self._calls[event.item] = (event, [])
        elif isinstance(event, Finished):
            if event.choice == 0:
                self._finished = event
        elif isinstance(event, Usage):
            self._usage = event
        elif isinstance(event, Whole):
            out.append(self.render(unfold(event)))
        elif isinstance(event, Ended):
            self._end(event, out)

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        if event.choice != 0:
            return
        if event.lane == "arguments":
            if event.item in self._calls:
                self._calls[event.item][1].append(event.text)
            return
        if self._calls:
            self._say_calls(out)
        if event.lane == "reasoning" and event.foreign is None:
            out += (self._thinking, _encode(event.text), self._shape.tail)
        else:
            # This wire has no word for a refusal: it is what the model says.
            self._odd(event, out)

    def _odd(self, event: Delta, out: list[bytes]) -> None:
        """A delta with log probabilities or with the engine's own fields."""
        foreign: Foreign = dict(event.foreign or {})
        added: dict[str, Any] = (
            {"content": event.text} if event.lane != "reasoning" else {"content": "", "thinking": event.text}
        )
        line: dict[str, Any] = {}
        if self._shape is CHAT:
            odd = foreign.pop("message", None)
            line["message"] = {**(odd if isinstance(odd, dict) else {}), "role": "assistant", **added}
        else:
            line["response"] = added.pop("content")
            line |= added
        line["done"] = False
        shown = logprobs_shown(event.logprobs)
        line |= {"logprobs": shown} if shown else {}
        own = {name: value for name, value in foreign.items() if name not in line and name not in _CLAIMED}
        out += (self._start, b",", _encode({**line, **own})[1:], b"\n")

    def _say_calls(self, out: list[bytes]) -> None:
        """The calls whose arguments are whole, in one line, as Ollama sends them; prompts have none."""
        calls, self._calls = self._calls, {}
        if self._shape is not CHAT:
            return
        shown = []
        for called, pieces in calls.values():
            shown.append(call_shown(called.id, called.name, "".join(pieces), self._shown_calls))
            self._shown_calls += 1
        message = {"role": "assistant", "content": "", "tool_calls": shown}
        out += (self._start, b',"message":', _encode(message), b',"done":false}\n')

    def _end(self, ended: Ended, out: list[bytes]) -> None:
        if ended.outcome not in ("complete", "cut"):
            out.append(error_line(self._run.fault(ended)))
            return
        if self._calls:
            self._say_calls(out)
        reason = "length" if ended.outcome == "cut" else reason_shown(self._finished)
        last: dict[str, Any] = {"created_at": rfc3339(ended_at(self._run))}
        if self._shape is CHAT:
            last["message"] = {"role": "assistant", "content": ""}
        else:
            last["response"] = ""
        last |= {"done": True, "done_reason": reason}
        if self._shape is not CHAT and self._finished is not None and self._finished.foreign:
            last |= {name: value for name, value in self._finished.foreign.items() if name == CONTEXT}
        last |= timings(self._run, self._usage)
        out += (self._head, b",", _encode(last)[1:], b"\n")


_CLAIMED = frozenset({"model", "created_at", "message", "response", "done", "logprobs"})


async def streamed(run: Run, shape: Shape) -> Reply:
    """The reply that streams a run. Raises the `Fault` of a run that failed before it said anything."""
    await run.begun(PATIENCE)
    frames = _pieces(run, LineFrames(run, shape))
    return Reply(frames=frames, type=NDJSON_TYPE, headers=trimmed_headers(run))


async def _pieces(run: Run, frames: LineFrames) -> AsyncGenerator[bytes, None]:
    """One piece of bytes for each batch of events."""
    try:
        async with aclosing(run.batches()) as batches:
            async for _, events, _ in batches:
                piece = frames.render(events)
                if piece:
                    yield piece
    except Fault as fault:
        yield error_line(fault)
