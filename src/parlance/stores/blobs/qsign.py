"""The signature of Tencent Cloud's object storage (COS): `q-sign-algorithm=sha1&…`.

Source: "Request Signature" in the COS API documentation. It does not cover the body; `content-md5`, which is signed,
has the store refuse what was damaged on the way.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import quote

import msgspec

from parlance.stores.blobs.wire import SAFE, Ask
from parlance.values.time import SECOND

VALID_SECONDS = 900
"""Long enough for clocks that differ by minutes."""
EARLY_SECONDS = 60


class QSign:
    """`Signer` with one key."""

    prefix = "x-cos-"
    unless_there = ("x-cos-forbid-overwrite", "true")

    def __init__(self, secret_id: str, secret_key: str) -> None:
        self._secret_id = secret_id
        self._secret_key = secret_key

    def signed(self, ask: Ask, host: str, now: int) -> Ask:
        """With `authorization`, and the MD5 of a body."""
        headers = dict(ask.headers)
        if ask.body:
            md5 = hashlib.md5(ask.body, usedforsecurity=False).digest()
            headers["content-md5"] = base64.b64encode(md5).decode()
        start = now // SECOND - EARLY_SECONDS
        period = f"{start};{start + EARLY_SECONDS + VALID_SECONDS}"
        word = self.word(msgspec.structs.replace(ask, headers=headers), host, period)
        return msgspec.structs.replace(ask, headers={**headers, "authorization": word})

    def word(self, ask: Ask, host: str, period: str) -> str:
        """The value of `authorization` for a period of Unix seconds, `start;end`."""
        names, headers = _listed({**ask.headers, "host": host}.items())
        queries, query = _listed(ask.query)
        request = f"{ask.method.lower()}\n{ask.path}\n{query}\n{headers}\n"
        digest = hashlib.sha1(request.encode(), usedforsecurity=False).hexdigest()
        key = _hmac(self._secret_key, period)
        fields = (
            ("q-sign-algorithm", "sha1"),
            ("q-ak", self._secret_id),
            ("q-sign-time", period),
            ("q-key-time", period),
            ("q-header-list", names),
            ("q-url-param-list", queries),
            ("q-signature", _hmac(key, f"sha1\n{period}\n{digest}\n")),
        )
        return "&".join(f"{name}={value}" for name, value in fields)


def _listed(pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Names with `;` between, and pairs as a query, both by name in lower case and escaped."""
    escaped = sorted((quote(name, safe=SAFE).lower(), quote(value, safe=SAFE)) for name, value in pairs)
    return ";".join(name for name, _ in escaped), "&".join(f"{name}={value}" for name, value in escaped)


def _hmac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()
