"""What a fake upstream remembers of each request, and where its generosity ends."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from functools import cached_property
from typing import Any

import msgspec


@dataclass(frozen=True)
class Bounds:
    """Where even a fake ends, in bytes, so that a client without a bound fails a test instead of the machine."""

    request_body: int = 64 << 20
    """Bodies beyond it are dropped with their connection."""
    endless_line: int = 256 << 20
    gzip_bomb: int = 1 << 30
    """What the bomb inflates to; it is sent as about a thousandth."""


@dataclass(eq=False)
class Call:
    """One request as it arrived, and what became of it. Times are seconds of the upstream's clock (monotonic)."""

    number: int
    """1 for the first request that this upstream saw."""
    method: str
    path: str
    """Without the query."""
    query: str
    headers: dict[str, str]
    """Names in lower case; of repeated names the last."""
    raw_headers: list[tuple[str, str]]
    body: bytes
    arrived_at: float
    first_byte_at: float | None = None
    finished_at: float | None = None
    closed_early_at: float | None = None
    """When the client's departure was seen, if it left before its answer was whole."""
    bytes_sent: int = 0

    @property
    def payload(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `ValueError` when it is not one."""
        try:
            decoded = msgspec.json.decode(self.body or b"{}")
        except RecursionError:
            raise ValueError("the request body is nested too deep") from None
        if not isinstance(decoded, dict):
            raise ValueError("the request body is not a JSON object")
        return decoded

    @cached_property
    def form(self) -> dict[str, bytes]:
        """The parts of a form by their names, of repeated ones the last; of what is no form none."""
        type = self.headers.get("content-type", "")
        if not type.startswith("multipart/"):
            return {}
        made = message_from_bytes(b"Content-Type: " + type.encode() + b"\r\n\r\n" + self.body, policy=policy.HTTP)
        parts = made.iter_parts()
        named = [(part.get_param("name", "", "content-disposition"), part.get_payload(decode=True)) for part in parts]
        return {str(name): content for name, content in named if isinstance(content, bytes)}

    @property
    def model(self) -> str:
        """The `model` (or, with Ollama, `name`) asked for; empty when there is none."""
        if self.form:
            return self.form.get("model", b"").decode()
        try:
            payload = self.payload
        except ValueError:
            return ""
        found = payload.get("model") or payload.get("name") or ""
        return found if isinstance(found, str) else ""

    @property
    def told(self) -> str:
        """The model's name without the tag that an Ollama's listing puts behind it: what scripts are spelled in."""
        return self.model.removesuffix(":latest")

    @property
    def active(self) -> bool:
        """Whether the client still waits for (more of) the answer."""
        return self.finished_at is None and self.closed_early_at is None
