"""A response's stream: typed events with sequence numbers, as the official SDK follows them.

One item is open at a time, but for function calls: their arguments may come side by side, so they stay open until the
end. Thoughts, and a message, are closed when something else begins; the same lane later opens an item of its own.
"""

from __future__ import annotations

from collections.abc import Iterable

from parlance.core.runs.run import Run
from parlance.core.runs.unfold import unfold
from parlance.dialects.openai.answers import hex_id
from parlance.dialects.openai.errors import error_body
from parlance.dialects.openai.responses_items_open import OpenCall, OpenMessage, OpenReasoning, Said
from parlance.dialects.openai.responses_reply import INCOMPLETE, Object, blank, closed, logprobs_list
from parlance.dialects.openai.responses_wire import ResponsesRequest
from parlance.values import json_door
from parlance.values.errors import DRAINING, Fault, Kind
from parlance.values.events import Delta, Ended, Event, Finished, ToolCalled, Usage, Whole

_TEXT_EVENT = b"event: response.output_text.delta\ndata: "


class ResponseFrames:
    """Renders one run as a response's stream."""

    def __init__(self, asked: ResponsesRequest, run: Run) -> None:
        self._run = run
        self._response = blank(asked, run)
        self._hex = hex_id(run)
        self._n = 0
        self._items: list[Object | None] = []
        """The output; `None` stands for an item that is still open."""
        self._open: OpenReasoning | OpenMessage | None = None
        self._calls: dict[int, OpenCall] = {}
        self._text_head = b""
        """How a plain text delta of the open part begins; empty while no text part is open."""
        self._reason = "stop"
        self._finished = False
        self._usage: Usage | None = None

    # -- frames -----------------------------------------------------------------------------------------------------

    def render(self, events: Iterable[Event]) -> bytes:
        """The frames of these events as one piece of bytes."""
        out: list[bytes] = []
        if self._n == 0:
            self._say(out, [("response.created", {"response": self._response})])
            self._say(out, [("response.in_progress", {"response": self._response})])
        for event in events:
            if type(event) is Delta and self._text_head and event.lane == "text" and event.logprobs is None:
                if event.choice == 0:
                    self._plain(event.text, out)
            else:
                self._render(event, out)
        return b"".join(out)

    def failed(self, fault: Fault) -> bytes:
        """The frames that end a stream that went wrong."""
        out: list[bytes] = []
        self._fail(fault, out)
        return b"".join(out)

    def _say(self, out: list[bytes], said: Iterable[Said]) -> None:
        for name, fields in said:
            data = json_door.encode({"type": name, "sequence_number": self._n, **fields})
            self._n += 1
            out += (b"event: ", name.encode(), b"\ndata: ", data, b"\n\n")

    def _plain(self, text: str, out: list[bytes]) -> None:
        message = self._open
        assert isinstance(message, OpenMessage)
        message.text.append(text)
        out += (self._text_head, b'"sequence_number":%d,"delta":' % self._n, json_door.encode(text), b"}\n\n")
        self._n += 1

    # -- events -----------------------------------------------------------------------------------------------------

    def _render(self, event: Event, out: list[bytes]) -> None:
        if isinstance(event, Delta):
            if event.choice == 0:
                self._delta(event, out)
        elif isinstance(event, ToolCalled):
            if event.choice == 0:
                self._close(out)
                call = self._calls[event.item] = OpenCall(self._hex, len(self._items), event.id, event.name)
                self._items.append(None)
                self._say(out, call.begin())
        elif isinstance(event, Finished):
            if event.choice == 0:
                self._reason, self._finished = event.reason, True
        elif isinstance(event, Usage):
            self._usage = event
        elif isinstance(event, Whole):
            out.append(self.render(unfold(event)))
        elif isinstance(event, Ended):
            self._end(event, out)

    def _delta(self, event: Delta, out: list[bytes]) -> None:
        if event.lane == "arguments":
            call = self._calls.get(event.item)
            if call is not None:
                self._say(out, [call.add(event.text)])
            return
        if event.lane == "reasoning":
            if not isinstance(self._open, OpenReasoning):
                self._close(out)
                self._open = OpenReasoning(self._hex, len(self._items))
                self._begin(self._open, out)
            self._say(out, [self._open.add(event.text)])
            return
        if not isinstance(self._open, OpenMessage):
            self._close(out)
            self._open = OpenMessage(self._hex, len(self._items))
            self._begin(self._open, out)
        message = self._open
        self._say(out, message.turn(event.lane))
        self._say(out, [message.add(event.text, logprobs_list(event.logprobs))])
        self._text_head = self._headed(message) if event.lane == "text" else b""

    def _headed(self, message: OpenMessage) -> bytes:
        head = {"type": "response.output_text.delta", **message.place, "logprobs": ()}
        return _TEXT_EVENT + json_door.encode(head)[:-1] + b","

    def _begin(self, item: OpenReasoning | OpenMessage, out: list[bytes]) -> None:
        self._items.append(None)
        self._say(out, item.begin())

    def _close(self, out: list[bytes], status: str = "completed") -> None:
        """Close the open message or thought, where there is one."""
        self._text_head = b""
        if self._open is not None:
            said, item = self._open.close(status)
            self._items[self._open.index] = item
            self._open = None
            self._say(out, said)

    def _close_all(self, out: list[bytes], status: str) -> list[Object]:
        """Close everything, and give the output."""
        self._close(out, status)
        for call in self._calls.values():
            said, item = call.close(status)
            self._items[call.index] = item
            self._say(out, said)
        self._calls.clear()
        return [item for item in self._items if item is not None]

    # -- ends -------------------------------------------------------------------------------------------------------

    def _end(self, ended: Ended, out: list[bytes]) -> None:
        if ended.outcome not in ("complete", "cut"):
            self._fail(self._run.fault(ended), out)
            return
        if not self._items:  # an answer that says nothing is still a message, as in the whole response
            self._delta(Delta(""), out)
        reason = "length" if ended.outcome == "cut" and not self._finished else self._reason
        output = self._close_all(out, "incomplete" if reason in INCOMPLETE else "completed")
        response = closed(self._response, output, reason, self._usage)
        self._say(out, [(f"response.{response['status']}", {"response": response})])

    def _fail(self, fault: Fault, out: list[bytes]) -> None:
        shown = error_body(fault)
        code = "rate_limit_exceeded" if fault.kind is Kind.over_budget else "server_error"
        if shown.code == DRAINING:
            code = DRAINING
        error = {"code": code, "message": shown.message}
        output = self._close_all(out, "incomplete")
        response = {**self._response, "status": "failed", "error": error, "output": output}
        self._say(out, [("response.failed", {"response": response})])
