"""Cross-origin answers, off unless origins are configured, and never with credentials.

Browsers send cookies across origins only where the answer allows it by name; no answer of ours does.
"""

from __future__ import annotations

from parlance.dialects.table import Headers, Reply, Request
from parlance.transports.http.door import CrossOrigin, Door
from parlance.transports.http.router import Router
from parlance.values.errors import Fault

_EXPOSED = b"x-request-id, retry-after, x-ratelimit-limit-requests, x-ratelimit-remaining-requests"
_PREFLIGHT_AGE = b"600"


class Cors:
    """The cross-origin answers of one door. `router` knows which dialect a request is for."""

    def __init__(self, door: Door, router: Router) -> None:
        self._door = door
        self._router = router

    def granted(self, origin: str, dialect: str) -> Headers:
        """What an answer to a page of an allowed origin carries."""
        rule = self._door.cross(origin, dialect)
        return () if rule is None else (*_allow(rule, origin), (b"access-control-expose-headers", _EXPOSED))

    def preflight(self, request: Request, raw_path: bytes) -> Reply | None:
        """The answer to a browser that asks before it sends; None where it does not ask, or where the page may not."""
        headers = request.headers
        origin, method = headers.get("origin"), headers.get("access-control-request-method")
        if request.method != "OPTIONS" or origin is None or method is None:
            return None
        rule = self._door.cross(origin, self._dialect(method, request.path, raw_path))
        if rule is None:
            return None
        wanted = headers.get("access-control-request-headers", "")
        allowed = wanted if "*" in rule.headers else ", ".join(rule.headers)
        fields = [
            *_allow(rule, origin),
            (b"access-control-allow-methods", ", ".join(rule.methods).encode()),
            (b"access-control-max-age", _PREFLIGHT_AGE),
        ]
        if allowed:
            fields.append((b"access-control-allow-headers", allowed.encode("latin-1")))
        return Reply(status=204, headers=tuple(fields))

    def _dialect(self, method: str, path: str, raw_path: bytes) -> str:
        try:
            return self._router.find(method, raw_path, path, False).target.dialect.name
        except Fault:
            return self._router.owner(path)[0].name


def _allow(rule: CrossOrigin, origin: str) -> Headers:
    if "*" in rule.origins:
        return ((b"access-control-allow-origin", b"*"),)
    return ((b"access-control-allow-origin", origin.encode("latin-1")), (b"vary", b"origin"))
