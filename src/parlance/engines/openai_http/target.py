"""Where a connection's requests go and what they carry. The key goes to this origin only: nobody follows redirects."""

from __future__ import annotations

from parlance import __version__
from parlance.engines.plug import Upstream
from parlance.outbound.calls import Call, Headers, Origin
from parlance.ports.fetching import Deadlines

USUAL_URL = "https://api.openai.com/v1"
"""Where a connection without an address goes."""
OPENAI_HOST = "api.openai.com"


class Target:
    """Makes the calls of one connection. Raises `Fault(invalid)` for an address that is not plain http or https."""

    def __init__(self, upstream: Upstream) -> None:
        self.origin, self._path = Origin.split(upstream.url or USUAL_URL)
        self.deadlines = upstream.deadlines
        own = {"user-agent": f"parlance/{__version__}", "content-type": "application/json"}
        if upstream.key:
            own["authorization"] = f"Bearer {upstream.key}"
        # The operator's word is the last one, however it spells the name.
        own |= {name.lower(): value for name, value in upstream.headers.items()}
        self._stream = _headers({"accept": "text/event-stream, application/json", **own})
        self._block = _headers({"accept": "application/json", **own})

    def post(self, route: str, body: bytes, *, stream: bool, max_body: int) -> Call:
        """A request with a JSON body; `max_body` bounds the answer in bytes."""
        return Call(
            self.origin,
            "POST",
            self._path + route,
            self._stream if stream else self._block,
            body,
            self.deadlines,
            max_body,
        )

    def post_form(self, route: str, body: bytes, boundary: str, *, max_body: int) -> Call:
        """A request with a form in it, whose answer comes in one block."""
        type = b"multipart/form-data; boundary=" + boundary.encode()
        rest = tuple(header for header in self._block if header[0] != b"content-type")
        headers = (*rest, (b"content-type", type))
        return Call(self.origin, "POST", self._path + route, headers, body, self.deadlines, max_body)

    def get(self, route: str, *, deadlines: Deadlines, max_body: int) -> Call:
        """A request without a body."""
        return Call(self.origin, "GET", self._path + route, self._block, b"", deadlines, max_body)


def _headers(fields: dict[str, str]) -> Headers:
    return tuple((name.encode("utf-8"), value.encode("utf-8")) for name, value in fields.items())
