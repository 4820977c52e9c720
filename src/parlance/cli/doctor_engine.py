"""What stands in for a model while the doctor proves something: it counts, slowly, until whoever listens is gone.

It speaks the OpenAI API on a port of this machine that the system chooses, for one private server.
"""

from __future__ import annotations

import json
import select
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MODEL = "stand-in"
SHORT, ENDLESS = "short", "endless"
"""What to say to it, for an answer that ends and for one that does not."""
PIECES = {SHORT: 60, ENDLESS: 100_000}
PAUSE = 0.01
"""Seconds between two pieces: as a quick model."""


class StandIn:
    """Serves until the block ends. `left` are the times at which listeners went, by `time.perf_counter`."""

    def __init__(self) -> None:
        self.left: list[float] = []
        self._told = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
        self._server.daemon_threads = True
        self._server.on_left = self._on_left  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def gone(self, count: int, within: float) -> float | None:
        """When the listener went that was so many before: none if that does not happen within so many seconds."""
        with self._told:
            self._told.wait_for(lambda: len(self.left) > count, within)
            return self.left[count] if len(self.left) > count else None

    def _on_left(self) -> None:
        with self._told:
            self.left.append(time.perf_counter())
            self._told.notify_all()


class _Answers(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The list of models."""
        body = json.dumps({"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """An answer, in pieces."""
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        said = str(asked["messages"][-1]["content"])
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        if not self._talk(PIECES.get(said, 1)):
            self.server.on_left()  # type: ignore[attr-defined]

    def _talk(self, pieces: int) -> bool:
        """Whether somebody listened to the end."""
        try:
            for n in range(pieces):
                if select.select([self.connection], [], [], PAUSE)[0]:
                    return False  # nothing more is said to an engine: what can be read is the end
                self._say({"delta": {"content": f"{n} "}, "finish_reason": None})
            self._say({"delta": {}, "finish_reason": "stop"})
            self.wfile.write(b"data: [DONE]\n\n")
        except OSError:
            return False
        return True

    def _say(self, choice: dict[str, Any]) -> None:
        frame = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
        self.wfile.write(b"data: " + json.dumps({**frame, "choices": [{"index": 0, **choice}]}).encode() + b"\n\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the doctor speaks."""
