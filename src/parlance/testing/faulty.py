"""A database, a blob store, an HTTP client and a clock whose Nth call fails, for every N that a scenario has.

`Faults` counts the calls of all of them in one line. A call can be refused (nothing took effect), lost (it took effect,
and its caller hears of a failure), left (whoever wanted it has gone), met by a conflict, or, of a clock, an hour off.
Refused it is once; gone is a database for all that comes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Literal

from parlance.outbound import faults as broken
from parlance.outbound.calls import Call
from parlance.outbound.client import Client
from parlance.outbound.exchange import Receiver
from parlance.ports.blobs import Blobs, Writing
from parlance.ports.stores import FEW, ChangeSet, Conflict, Database, DatabaseKind, Row, Value
from parlance.testing.clocks import HandClock
from parlance.values.errors import Fault, Kind

What = Literal["read", "apply", "blob", "blob change", "http", "clock"]
Way = Literal["refused", "gone", "lost", "left", "conflict", "ahead", "behind"]
WAYS: Mapping[What, tuple[Way, ...]] = {
    "read": ("refused", "gone"),
    "apply": ("refused", "gone", "lost", "left", "conflict"),
    "blob": ("refused", "left"),
    "blob change": ("refused", "lost", "left"),
    "http": ("refused",),
    "clock": ("ahead", "behind"),
}
"""How each kind of call fails. A conflict is met once: whoever decides anew must get through."""
HOUR = 3600.0
"""What a clock that fails is off by: more than any leeway, less than what any rule keeps for a day."""


class Faults:
    """Counts calls, and fails one of them. Nothing is counted until `begin`."""

    def __init__(self) -> None:
        self.calls: list[What] = []
        self.hit: What | None = None
        """Which kind of call was made to fail."""
        self.caller: asyncio.Task[object] | None = None
        """Who leaves, where that is what happens."""
        self._counting = False
        self._number = 0
        self._way: Way | None = None

    def begin(self, number: int = 0, way: Way | None = None) -> None:
        """Count from now on, and let call `number` (from 1) fail in this way."""
        self.calls.clear()
        self._counting, self._number, self._way, self.hit = True, number, way, None

    def over(self) -> None:
        """Nothing is counted or fails any more."""
        self._counting, self._way = False, None

    def met(self, what: What) -> Way | None:
        """One call: how it fails, if it does."""
        if not self._counting:
            return None
        self.calls.append(what)
        if self._way == "gone" and self.hit is not None and what in ("read", "apply"):
            return "gone"
        if len(self.calls) != self._number:
            return None
        self.hit = what
        if self._way == "left" and self.caller is not None:
            self.caller.cancel()
            return None
        return self._way


def away() -> Fault:
    """What a database that cannot be reached raises."""
    return Fault(Kind.busy, "The database cannot be reached.", retry_after=5.0, code="database_unreachable")


def full() -> Fault:
    """What a blob store without room raises."""
    return Fault(Kind.busy, "The server's disk is full.", retry_after=5.0, code="disk_full")


class FaultyDatabase:
    """A `Database` in front of another one."""

    def __init__(self, database: Database, faults: Faults) -> None:
        self._database = database
        self._faults = faults

    @property
    def kind(self) -> DatabaseKind:
        """That of the one behind."""
        return self._database.kind

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        """The rows, or a fault."""
        if self._faults.met("read") is not None:
            raise away()
        return await self._database.read(sql, parameters, most=most)

    async def apply(self, changes: ChangeSet) -> None:
        """All of it or nothing; or all of it, and the answer is lost."""
        way = self._faults.met("apply")
        if way in ("refused", "gone"):
            raise away()
        if way == "conflict":
            raise Conflict
        await self._database.apply(changes)
        if way == "lost":
            raise away()

    async def close(self) -> None:
        """Close the one behind."""
        await self._database.close()


class FaultyBlobs:
    """`Blobs` in front of others."""

    def __init__(self, blobs: Blobs, faults: Faults) -> None:
        self._blobs = blobs
        self._faults = faults

    async def write(self, id: str) -> FaultyWriting:
        """Begin a blob."""
        if self._faults.met("blob") is not None:
            raise full()
        return FaultyWriting(await self._blobs.write(id), self._faults)

    async def read(self, id: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes, perhaps not to the end."""
        async for piece in self._blobs.read(id, start, stop):
            if self._faults.met("blob") is not None:
                raise full()
            yield piece

    async def delete(self, id: str) -> None:
        """Remove it."""
        way = self._faults.met("blob change")
        if way != "refused":
            await self._blobs.delete(id)
        if way is not None:
            raise full()

    async def aged(self, before: int) -> AsyncIterator[Sequence[str]]:
        """Old blobs."""
        async for some in self._blobs.aged(before):
            yield some

    def free(self) -> int | None:
        """What the ones behind say."""
        return self._blobs.free()

    async def close(self) -> None:
        """Close the ones behind."""
        await self._blobs.close()


class FaultyWriting:
    """One blob on its way."""

    def __init__(self, writing: Writing, faults: Faults) -> None:
        self._writing = writing
        self._faults = faults

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._writing.size

    async def add(self, piece: bytes) -> None:
        """Take the next bytes."""
        if self._faults.met("blob") is not None:
            raise full()
        await self._writing.add(piece)

    async def finish(self) -> str:
        """Make it readable."""
        way = self._faults.met("blob change")
        if way == "refused":
            raise full()
        digest = await self._writing.finish()
        if way == "lost":
            raise full()
        return digest

    def abandon(self) -> None:
        """Forget it."""
        self._writing.abandon()


class FaultyClock(HandClock):
    """A clock that only a test moves; when its Nth look at the wall fails, the wall is an hour off from then on. How
    long something takes it always knows."""

    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self._faults = faults
        self._off = 0

    def now(self) -> int:
        """Microseconds since 1970, perhaps an hour off."""
        way = self._faults.met("clock")
        if way is not None:
            self._off = round((HOUR if way == "ahead" else -HOUR) * 1_000_000)
        return super().now() + self._off

    def heal(self) -> None:
        """It is right again."""
        self._off = 0


class FaultyClient(Client):
    """The outbound client, before an upstream that lists `models` and says `words` to every chat. Each call and each
    piece of an answer can be the one at which the connection breaks. While `gate` is shut, answers stop in the middle.
    """

    def __init__(self, faults: Faults, models: Sequence[str] = ("model", "other"), words: str = "Hello there.") -> None:
        super().__init__()
        self._faults = faults
        self._models = models
        self.words = words
        self.asked: list[bytes] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def exchange(self, call: Call, receiver: Receiver) -> None:
        """Answer from here: nothing is dialled."""
        self._check(broken.unreachable)
        receiver.on_flow(_Tap())
        if call.target.endswith("/models"):
            receiver.on_head(200, ((b"content-type", b"application/json"),))
            receiver.on_data(json.dumps({"data": [{"id": name} for name in self._models]}).encode())
            return
        body = call.body
        assert isinstance(body, bytes)
        self.asked.append(body)
        whole = not json.loads(body).get("stream")
        receiver.on_head(200, ((b"content-type", b"application/json" if whole else b"text/event-stream"),))
        for number, piece in enumerate([self._whole()] if whole else self._pieces()):
            if number == 2:
                await self.gate.wait()
            await asyncio.sleep(0)
            self._check(broken.ended_early)
            receiver.on_data(piece)

    def _check(self, fault: Callable[[], Fault]) -> None:
        if self._faults.met("http") is not None:
            raise fault()

    def _whole(self) -> bytes:
        message = {"role": "assistant", "content": self.words}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return json.dumps({"id": "c", "choices": [choice], "usage": _USAGE}).encode()

    def _pieces(self) -> list[bytes]:
        middle = len(self.words) // 2
        deltas: list[dict[str, object]] = [
            {"role": "assistant"},
            {"content": self.words[:middle]},
            {"content": self.words[middle:]},
        ]
        said: list[dict[str, object]] = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
        said.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        said.append({"choices": [], "usage": _USAGE})
        frames = [b"data: " + json.dumps({"id": "c", **each}).encode() + b"\n\n" for each in said]
        return [*frames, b"data: [DONE]\n\n"]


_USAGE = {"prompt_tokens": 10, "completion_tokens": 3, "total_tokens": 13}


class _Tap:
    """Nothing to slow down."""

    def pause(self) -> None:
        """Not here."""

    def resume(self) -> None:
        """Nor here."""

    def give_up(self, failure: BaseException) -> None:
        """The answer's own end says it."""
