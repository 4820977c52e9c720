"""NDJSON by line: whatever pieces the network makes of it, a line is handed on once, whole, in order."""

from __future__ import annotations

from collections.abc import Callable

from parlance.engines.ollama_http.faults import ended_early
from parlance.outbound.calls import Headers
from parlance.ports.engines import Flow
from parlance.values.errors import Fault

Tap = Callable[[Flow], None]
"""Takes the upstream's tap when the answer begins."""
MAX_REFUSAL = 64 * 1024
"""Bytes of an error answer that are kept; Ollama's are one sentence."""


class LineReader:
    """Receives one answer. `on_line` gets each line without its end; what it raises ends the call.

    The answer of a status other than 200 or 201 is kept in `refusal` instead, as far as it is of use.
    """

    __slots__ = ("_on_line", "_rest", "_tap", "headers", "refusal", "status")

    def __init__(self, on_line: Callable[[bytes], None], tap: Tap | None = None) -> None:
        self._on_line = on_line
        self._tap = tap
        self._rest = bytearray()
        self.status = 0
        self.headers: Headers = ()
        self.refusal = bytearray()

    def on_flow(self, flow: Flow) -> None:
        """Let a slow reader slow the model down."""
        if self._tap is not None:
            self._tap(flow)

    def on_head(self, status: int, headers: Headers) -> None:
        """Learn what the body will be."""
        self.status, self.headers = status, headers

    def on_data(self, data: bytes) -> None:
        """Hand on every line that is whole now."""
        if self.status not in (200, 201):
            self.refusal += data[: MAX_REFUSAL - len(self.refusal)]
            return
        if self._rest:
            end = data.find(b"\n")
            if end < 0:
                self._rest += data
                return
            self._rest += data[:end]
            line = bytes(self._rest)
            self._rest.clear()
            self._give(line)
            data = data[end + 1 :]
        *lines, last = data.split(b"\n")
        for line in lines:
            self._give(line)
        if last:
            self._rest += last

    def finish(self) -> None:
        """The answer is over: what stands behind the last line feed is a line too."""
        rest = bytes(self._rest)
        self._rest.clear()
        try:
            self._give(rest)
        except Fault as fault:
            if fault.code == "not_json" and rest.lstrip().startswith(b"{"):
                raise ended_early() from None  # a line that was cut off, rather than something else altogether
            raise

    def _give(self, line: bytes) -> None:
        if line and not line.isspace():
            self._on_line(line)
