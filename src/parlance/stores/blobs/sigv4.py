"""AWS Signature Version 4, as S3 and what is compatible to it (MinIO, Ceph, R2, Garage) check it.

Source: "Authenticating Requests (AWS Signature Version 4)" in the Amazon S3 API reference. The bytes of the body are
part of what is signed, so that the store refuses what was damaged on the way.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from parlance.stores.blobs.wire import SAFE, Ask
from parlance.values.time import SECOND

ALGORITHM = "AWS4-HMAC-SHA256"


class SigV4:
    """`Signer` with one key of one region."""

    prefix = "x-amz-"
    unless_there = ("if-none-match", "*")

    def __init__(self, key_id: str, secret_key: str, region: str) -> None:
        self._key_id = key_id
        self._secret_key = secret_key
        self._region = region

    def signed(self, ask: Ask, host: str, now: int) -> Ask:
        """With `authorization`, the moment and the hash of the body."""
        moment = datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(ask.body).hexdigest()
        headers = {**ask.headers, "x-amz-date": moment, "x-amz-content-sha256": digest}
        names, canonical = canonical_request(ask, {**headers, "host": host}, digest)
        scope = f"{moment[:8]}/{self._region}/s3/aws4_request"
        told = "\n".join((ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
        signature = hmac.new(self._key(moment[:8]), told.encode(), hashlib.sha256).hexdigest()
        word = f"{ALGORITHM} Credential={self._key_id}/{scope},SignedHeaders={names},Signature={signature}"
        return msgspec.structs.replace(ask, headers={**headers, "authorization": word})

    def _key(self, day: str) -> bytes:
        key = f"AWS4{self._secret_key}".encode()
        for part in (day, self._region, "s3", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key


def canonical_request(ask: Ask, headers: dict[str, str], digest: str) -> tuple[str, str]:
    """The names of the headers that are signed, and what of the request is."""
    query = "&".join(sorted(f"{quote(name, safe=SAFE)}={quote(value, safe=SAFE)}" for name, value in ask.query))
    lines = [f"{name}:{' '.join(value.split())}" for name, value in sorted(headers.items())]
    names = ";".join(sorted(headers))
    return names, "\n".join((ask.method, ask.escaped, query, *lines, "", names, digest))
