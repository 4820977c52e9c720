"""A bucket of an object store that speaks S3's protocol, or COS's, which differs in names: one object at a time, and
large ones in parts.

What fails in passing is asked again: five times, each after twice the time and a share of chance. Everything here may
be asked twice without harm: an object has one content, a part is written over by itself, and what an end that was not
heard has made is recognised.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from parlance.stores.blobs import bucket_xml as xml
from parlance.stores.blobs.faults import (
    lost,
    no_bucket,
    storage_denied,
    storage_failed,
    storage_full,
    storage_unreachable,
)
from parlance.stores.blobs.wire import Answer, Ask, Query, Signer, Wire
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

ATTEMPTS = 5
FIRST_WAIT = 0.2
"""Seconds; doubled each time, so that an attempt too many comes after some three seconds."""
PASSING = frozenset({408, 429, 500, 502, 503, 504})
PASSING_CODES = frozenset({"RequestTimeout", "SlowDown", "InternalError", "ServiceUnavailable", "OperationAborted"})
DENIED = frozenset({401, 403})
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "EntityTooLarge", "XMinioAdminBucketQuotaExceeded"})
LIST_PAGE = 1000
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


class Part(NamedTuple):
    """Bytes of an object, how many it has in all, and the SHA-256 that was noted with it, if one was."""

    data: bytes
    total: int
    sha256: str


class Bucket:
    """`root` is the path before a key: empty where the bucket is in the host's name. `wait` sleeps; `chance` gives a
    number from 0 to 1."""

    def __init__(
        self,
        wire: Wire,
        signer: Signer,
        clock: Clock,
        wait: Callable[[float], Awaitable[object]],
        chance: Callable[[], float],
        root: str = "",
        create: bool = False,
    ) -> None:
        self._wire, self._signer, self._clock = wire, signer, clock
        self._wait, self._chance = wait, chance
        self._root = root
        self._create = create
        self._conditional = True

    # -- objects ----------------------------------------------------------------------------------------------------

    async def put(self, key: str, body: bytes, sha256: str) -> None:
        """A new object. What is there already stays, and is no fault where it is the same."""
        name, value = self._signer.unless_there
        noted = {f"{self._signer.prefix}meta-sha256": sha256}
        condition = {name: value} if self._conditional else {}
        answer = await self._asked(self._ask("PUT", key, headers={**noted, **condition}, body=body))
        if answer.status == 501 and condition:  # older stores know no condition
            self._conditional = False
            answer = await self._asked(self._ask("PUT", key, headers=noted, body=body))
        if answer.status in (409, 412) and await self._noted(key) == sha256:
            return
        self._must(answer)

    async def get(self, key: str, start: int, stop: int) -> Part:
        """The bytes of a range, as far as there are any. Raises `Fault(missing)`."""
        answer = await self._asked(
            self._ask("GET", key, headers={"range": f"bytes={start}-{stop - 1}"}, most=stop - start)
        )
        if answer.status == 416:
            raise lost()
        self._must(answer)
        noted = answer.headers.get(f"{self._signer.prefix}meta-sha256", "")
        if answer.status == 200 and start == 0:
            return Part(answer.body, len(answer.body), noted)
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        if found is None or int(found[1]) != start or len(answer.body) != int(found[2]) - start + 1:
            raise storage_failed("a range that was not asked for")
        return Part(answer.body, int(found[3]), noted)

    async def delete(self, key: str) -> None:
        """It is not there any more, or never was."""
        answer = await self._asked(self._ask("DELETE", key))
        if answer.status != 404 or xml.error(answer.body) == "NoSuchBucket":
            self._must(answer)

    async def listed(self, prefix: str, marker: str) -> xml.Page:
        """Some objects behind a key, by their keys."""
        query = (("marker", marker), ("max-keys", str(LIST_PAGE)), ("prefix", prefix))
        return self._page(xml.objects, await self._asked(self._ask("GET", "", query)))

    # -- large ones -------------------------------------------------------------------------------------------------

    async def begin(self, key: str) -> str:
        """The id of an upload in parts."""
        answer = await self._asked(self._ask("POST", key, (("uploads", ""),)))
        self._must(answer)
        try:
            return xml.upload_id(answer.body)
        except ValueError:
            raise storage_failed("an answer that is none") from None

    async def part(self, key: str, upload: str, number: int, body: bytes) -> str:
        """Write a part, counted from 1; gives its tag."""
        answer = await self._asked(
            self._ask("PUT", key, (("partNumber", str(number)), ("uploadId", upload)), body=body)
        )
        self._must(answer)
        tag = answer.headers.get("etag", "")
        if not tag:
            raise storage_failed("a part without a tag")
        return tag

    async def complete(self, key: str, upload: str, tags: Sequence[str]) -> None:
        """Make one object of the parts."""
        answer = await self._asked(self._ask("POST", key, (("uploadId", upload),), body=xml.parts(tags)))
        if answer.status == 404 and xml.error(answer.body) == "NoSuchUpload" and await self._noted(key) is not None:
            return  # the end was reached before, and not heard
        self._must(answer)

    async def abort(self, key: str, upload: str) -> None:
        """Forget an upload, if it is there."""
        answer = await self._asked(self._ask("DELETE", key, (("uploadId", upload),)))
        if answer.status != 404:
            self._must(answer)

    async def begun(self, prefix: str, key_marker: str, upload_marker: str) -> xml.Page:
        """Some uploads that were not finished."""
        after = (("key-marker", key_marker), ("upload-id-marker", upload_marker)) if key_marker else ()
        query = (*after, ("max-uploads", str(LIST_PAGE)), ("prefix", prefix), ("uploads", ""))
        return self._page(xml.uploads, await self._asked(self._ask("GET", "", query)))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _ask(
        self,
        method: str,
        key: str,
        query: Query = (),
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        most: int = 0,
    ) -> Ask:
        path = f"{self._root}/{key}"
        return Ask(method, path, query, headers or {}, body, max(most, 1 << 24))

    async def _asked(self, ask: Ask) -> Answer:
        """The answer, whatever it says, once it is not a passing failure. Raises `Fault`."""
        created = False
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._wait(FIRST_WAIT * 2 ** (attempt - 1) * (0.5 + self._chance()))
            try:
                answer = await self._wire.send(self._signer.signed(ask, self._wire.host, self._clock.now()))
            except Fault as fault:
                if fault.kind not in (Kind.upstream, Kind.timed_out):
                    raise
                continue
            word = xml.error(answer.body) if answer.status >= 400 or ask.method == "POST" else ""
            if word == "NoSuchBucket" and self._create and not created:
                created = True
                await self._made()
                continue
            if answer.status not in PASSING and word not in PASSING_CODES:
                return answer
        raise storage_unreachable()

    async def _made(self) -> None:
        made = Ask("PUT", f"{self._root}/")
        answer = await self._wire.send(self._signer.signed(made, self._wire.host, self._clock.now()))
        if answer.status != 409:  # somebody else has made it
            self._must(answer)

    async def _noted(self, key: str) -> str | None:
        """The SHA-256 that an object was written with, empty where none was; None where there is no object."""
        answer = await self._asked(self._ask("HEAD", key))
        return answer.headers.get(f"{self._signer.prefix}meta-sha256", "") if answer.status == 200 else None

    def _must(self, answer: Answer) -> None:
        """Raises `Fault` for what is no success."""
        word = xml.error(answer.body)
        if answer.status < 300 and not word:
            return
        said = word or str(answer.status)
        if answer.status in DENIED:
            raise storage_denied(said)
        if word == "NoSuchBucket":
            raise no_bucket()
        if answer.status == 404:
            raise lost()
        raise storage_full() if word in FULL or answer.status == 507 else storage_failed(said)

    def _page(self, read: Callable[[bytes], xml.Page], answer: Answer) -> xml.Page:
        self._must(answer)
        try:
            return read(answer.body)
        except ValueError:
            raise storage_failed("a list that is none") from None
