"""An object store on a port of its own: a bucket that speaks S3's protocol, or with `cos` COS's.

It checks every signature by itself, from the bytes that arrived, and refuses what is not signed well, is too old, or
says another hash than its body has. `fail` lays out what goes wrong with the next requests.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream
from parlance.values.time import SECOND, Clock, SystemClock

SKEW_SECONDS = 900
LEAST_PART = 5 * 1024 * 1024
LIST_MOST = 1000


@dataclass
class Stored:
    """An object."""

    data: bytes
    when: int
    noted: dict[str, str] = field(default_factory=dict)


@dataclass
class Begun:
    """An upload in parts."""

    key: str
    when: int
    parts: dict[int, bytes] = field(default_factory=dict)


Failing = Callable[[Call], Answer | None]
"""What a request gets instead; None lets it through."""


class MockBucket(Upstream):
    """See the module. `objects` and `uploads` are what it holds."""

    def __init__(
        self, key_id: str, secret: str, *, cos: bool = False, bucket: str = "b", time: Clock | None = None, **rest: Any
    ) -> None:
        super().__init__(**rest)
        self.key_id, self.secret, self.cos, self.bucket = key_id, secret, cos, bucket
        self.exists = True
        self.conditions = True
        self.page = LIST_MOST
        self.objects: dict[str, Stored] = {}
        self.uploads: dict[str, Begun] = {}
        self.failures: list[Failing] = []
        self._time = time or SystemClock()
        self._numbers = 0

    @property
    def own(self) -> str:
        """What the protocol's own headers begin with."""
        return "x-cos-" if self.cos else "x-amz-"

    def fail(self, status: int, code: str = "", *, times: int = 1, after: bool = False, method: str = "") -> None:
        """The next requests (of a method) fail so many times; `after` they were done."""

        def failing(call: Call) -> Answer | None:
            if method and call.method != method:
                return None
            self.failures.remove(failing)
            if times > 1:
                self.fail(status, code, times=times - 1, after=after, method=method)
            if after:
                self._done(call)
            return _error(status, code or "InternalError")

        self.failures.append(failing)

    async def answer(self, call: Call, script: Script) -> Answer:
        """What the store says."""
        for failing in list(self.failures):
            answer = failing(call)
            if answer is not None:
                return answer
        refusal = (_checked_cos if self.cos else _checked_s3)(self, call)
        return _error(403, refusal) if refusal else self._done(call)

    def error(self, status: int, message: str) -> Any:
        """An error that is none of ours."""
        return {"error": message}

    def error_frame(self, call: Call, message: str) -> bytes:
        """Nothing here is streamed."""
        return b""

    # -- what it does -----------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Of the machine."""
        return super().now()

    @property
    def seconds(self) -> float:
        """The time of day."""
        return self._time.now() / SECOND

    def _done(self, call: Call) -> Answer:
        query = dict(parse_qsl(call.query, keep_blank_values=True))
        path = unquote(call.path)
        name, _, key = path.removeprefix("/").partition("/")
        if name != self.bucket:
            return _error(404, "NoSuchBucket")
        if not key and call.method == "PUT":
            self.exists = True
            return Answer(())
        if not self.exists:
            return _error(404, "NoSuchBucket")
        if not key:
            return self._uploads(query) if "uploads" in query else self._listed(query)
        if "uploads" in query or "uploadId" in query:
            return self._in_parts(call, key, query)
        return self._object(call, key)

    def _object(self, call: Call, key: str) -> Answer:
        if call.method == "PUT":
            return self._put(call, key)
        if call.method == "DELETE":
            self.objects.pop(key, None)
            return Answer((), status=204)
        stored = self.objects.get(key)
        if stored is None:
            return _error(404, "NoSuchKey")
        return _range(stored, call.headers.get("range", ""))

    def _put(self, call: Call, key: str) -> Answer:
        condition = "x-cos-forbid-overwrite" if self.cos else "if-none-match"
        if condition in call.headers and not self.conditions:
            return _error(501, "NotImplemented")
        if condition in call.headers and key in self.objects:
            return _error(409, "FileAlreadyExists") if self.cos else _error(412, "PreconditionFailed")
        noted = {name: value for name, value in call.headers.items() if name.startswith(f"{self.own}meta-")}
        self.objects[key] = Stored(call.body, self._time.now(), noted)
        return Answer((), headers=(("ETag", _tag(call.body)),))

    def _in_parts(self, call: Call, key: str, query: dict[str, str]) -> Answer:
        if "uploads" in query:
            self._numbers += 1
            id = f"upload-{self._numbers}"
            self.uploads[id] = Begun(key, self._time.now())
            return _xml(f"<InitiateMultipartUploadResult><UploadId>{id}</UploadId></InitiateMultipartUploadResult>")
        begun = self.uploads.get(query["uploadId"])
        if begun is None or begun.key != key:
            return _error(404, "NoSuchUpload")
        if call.method == "PUT":
            begun.parts[int(query["partNumber"])] = call.body
            return Answer((), headers=(("ETag", _tag(call.body)),))
        if call.method == "DELETE":
            del self.uploads[query["uploadId"]]
            return Answer((), status=204)
        return self._complete(call, query["uploadId"], begun)

    def _complete(self, call: Call, id: str, begun: Begun) -> Answer:
        parts = [begun.parts[number] for number in sorted(begun.parts)]
        told = call.body.decode()
        if any(f"<ETag>{_tag(part)}</ETag>" not in told.replace("&quot;", '"') for part in parts):
            return _error(400, "InvalidPart")
        if any(len(part) < LEAST_PART for part in parts[:-1]):
            return _error(400, "EntityTooSmall")
        self.objects[begun.key] = Stored(b"".join(parts), self._time.now())
        del self.uploads[id]
        return _xml("<CompleteMultipartUploadResult><ETag>all</ETag></CompleteMultipartUploadResult>")

    def _listed(self, query: dict[str, str]) -> Answer:
        wanted, marker = query.get("prefix", ""), query.get("marker", "")
        keys = sorted(key for key in self.objects if key.startswith(wanted) and key > marker)
        most = min(self.page, int(query.get("max-keys", LIST_MOST)))
        each = "".join(
            f"<Contents><Key>{key}</Key><LastModified>{_shown(self.objects[key].when)}</LastModified></Contents>"
            for key in keys[:most]
        )
        cut = str(len(keys) > most).lower()
        return _xml(f"<ListBucketResult><IsTruncated>{cut}</IsTruncated>{each}</ListBucketResult>")

    def _uploads(self, query: dict[str, str]) -> Answer:
        each = "".join(
            f"<Upload><Key>{begun.key}</Key><UploadId>{id}</UploadId><Initiated>{_shown(begun.when)}</Initiated></Upload>"
            for id, begun in self.uploads.items()
            if begun.key.startswith(query.get("prefix", ""))
        )
        return _xml(f"<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>{each}</ListMultipartUploadsResult>")


def _range(stored: Stored, wanted: str) -> Answer:
    noted = tuple(stored.noted.items())
    if not wanted:
        return Answer((stored.data,), headers=noted)
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    start, stop, total = int(first), int(last) + 1, len(stored.data)
    if start >= total:
        return _error(416, "InvalidRange")
    data = stored.data[start:stop]
    where = f"bytes {start}-{start + len(data) - 1}/{total}"
    return Answer((data,), status=206, headers=(*noted, ("Content-Range", where)))


def _tag(data: bytes) -> str:
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


def _shown(when: int) -> str:
    return datetime.fromtimestamp(when / SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _xml(text: str, status: int = 200) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()
    return Answer((body,), status=status, content_type="application/xml")


def _error(status: int, code: str) -> Answer:
    return _xml(f"<Error><Code>{code}</Code><Message>no</Message></Error>", status)


# -- signatures -------------------------------------------------------------------------------------------------------


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def _checked_s3(store: MockBucket, call: Call) -> str:
    """The code of what is wrong with a Signature V4; empty for a good one."""
    head, _, rest = call.headers.get("authorization", "").partition(" ")
    fields = dict(each.strip().split("=", 1) for each in rest.split(",") if "=" in each)
    key_id, *scope = fields.get("Credential", "").split("/")
    if head != "AWS4-HMAC-SHA256" or len(scope) != 4 or key_id != store.key_id:
        return "InvalidAccessKeyId"
    names = fields["SignedHeaders"].split(";")
    own = [name for name in call.headers if name.startswith("x-amz-")]
    if not {"host", *own} <= set(names):
        return "AccessDenied"
    moment = datetime.strptime(call.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(moment.timestamp() - store.seconds) > SKEW_SECONDS:
        return "RequestTimeTooSkewed"
    if hashlib.sha256(call.body).hexdigest() != call.headers["x-amz-content-sha256"]:
        return "XAmzContentSHA256Mismatch"
    query = "&".join(sorted("=".join(map(_escaped, pair)) for pair in parse_qsl(call.query, keep_blank_values=True)))
    lines = "".join(f"{name}:{' '.join(call.headers[name].split())}\n" for name in names)
    asked = f"{call.method}\n{call.path}\n{query}\n{lines}\n{';'.join(names)}\n{call.headers['x-amz-content-sha256']}"
    text = f"{head}\n{call.headers['x-amz-date']}\n{'/'.join(scope)}\n{hashlib.sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{store.secret}".encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    return "" if hmac.digest(key, text.encode(), "sha256").hex() == fields["Signature"] else "SignatureDoesNotMatch"


def _checked_cos(store: MockBucket, call: Call) -> str:
    """The code of what is wrong with a signature of COS; empty for a good one."""
    fields = dict(each.split("=", 1) for each in call.headers.get("authorization", "").split("&") if "=" in each)
    if fields.get("q-ak") != store.key_id or fields.get("q-sign-algorithm") != "sha1":
        return "InvalidAccessKeyId"
    start, stop = map(int, fields["q-sign-time"].split(";"))
    if not start <= store.seconds <= stop:
        return "RequestTimeTooSkewed"
    names = fields["q-header-list"].split(";")
    own = [name for name in call.headers if name.startswith("x-cos-") or name == "content-md5"]
    if not {"host", *own} <= set(names):
        return "AccessDenied"
    md5 = base64.b64encode(hashlib.md5(call.body, usedforsecurity=False).digest()).decode()
    if call.body and call.headers.get("content-md5") != md5:
        return "InvalidDigest"
    pairs = sorted((_escaped(name).lower(), _escaped(value)) for name, value in parse_qsl(call.query, True))
    if ";".join(name for name, _ in pairs) != fields["q-url-param-list"]:
        return "AccessDenied"
    query = "&".join("=".join(pair) for pair in pairs)
    headers = "&".join(f"{name}={_escaped(call.headers[name])}" for name in names)
    asked = f"{call.method.lower()}\n{unquote(call.path)}\n{query}\n{headers}\n"
    digest = hashlib.sha1(asked.encode(), usedforsecurity=False).hexdigest()
    key = hmac.digest(store.secret.encode(), fields["q-key-time"].encode(), "sha1").hex()
    told = f"sha1\n{fields['q-sign-time']}\n{digest}\n"
    return (
        ""
        if hmac.digest(key.encode(), told.encode(), "sha1").hex() == fields["q-signature"]
        else "SignatureDoesNotMatch"
    )
