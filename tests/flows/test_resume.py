"""A stream survives any cut: what a reader has whole after resuming is, byte for byte, what an uncut reader has."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest

from parlance.ports.engines import Sink
from parlance.testing.road import ScriptedEngine
from parlance.values.asks import ChatAsk
from parlance.values.events import Delta, Finished, Lane, Started, Usage
from tests.dialects.native.wire import Native, native
from tests.unit.transports.small import Raw, request

CUTS = 1000
EVENTS = 3600
"""Some 500 KiB of frames: more than the cuts of one tab can use up."""
PATIENCE = 50
"""Seconds, where a coverage tool makes every step many times as slow."""
AT_ONCE = 1200
"""Events that are there from the start; the rest come while the tabs read, so that cuts fall on replay and on tail."""
WORDS = ("plain ", "zwölf ", "日本語", "\u2028", "\n\n", "👩‍🔬 ", "data: x\n\nid: 9\n", '"quoted"\\', "")


class SlowEngine(ScriptedEngine):
    """Says a long answer in every script, at a pace."""

    def __init__(self, events: int = EVENTS) -> None:
        super().__init__()
        self.events = events

    async def chat(self, ask: ChatAsk, sink: Sink) -> None:
        """Say it."""
        sink.push(Started(ask.model))
        for n in range(self.events):
            lane: Lane = "reasoning" if n % 97 < 5 else "text"
            sink.push(Delta(WORDS[n % len(WORDS)] + str(n), lane, logprobs={"n": n} if n % 50 == 0 else None))
            if n > AT_ONCE:
                await asyncio.sleep(0.0002)
        sink.push(Finished("stop"))
        sink.push(Usage(3, self.events))


class Tab:
    """One reader: `got` are the whole blocks it has, `cuts` how often its connection broke, `early` how often of these
    while the run went on."""

    def __init__(self, client: Native, run: str, seed: int) -> None:
        self.got = b""
        self.cuts = 0
        self.early = 0
        self.over = False
        self._client = client
        self._run = run
        self._chance = random.Random(seed)

    async def read(self) -> None:
        """Read to the end, with a thousand cuts on the way."""
        while not self.over and self.cuts < CUTS:
            await self.attempt(self._chance.randrange(700))
            self.cuts += 1
            found = self._client.bench.road.runs.get(self._run)
            self.early += found is not None and found.ended is None
        if not self.over:
            await self.attempt(None)

    async def attempt(self, size: int | None) -> None:
        """Resume, read so many bytes of the connection, headers and all (`None`: everything), and leave rudely."""
        connection = await Raw.to(self._client.port)
        place = last_id(self.got) if self.got else ""
        path = f"GET /parlance/v1/runs.read?run={self._run}"
        await connection.send(
            request(
                path,
                authorization="Bearer ada-key",
                accept="text/event-stream",
                last_event_id=place,
                connection="close",
            )
        )
        await connection.until(b"\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            raw = await (connection.reader.read(-1) if size is None else some(connection.reader, size))
        connection.rst() if self._chance.random() < 0.5 else connection.fin()
        body, self.over = unchunked(raw)
        self.got += b"".join(whole_blocks(body))


async def some(reader: asyncio.StreamReader, size: int) -> bytes:
    """So many bytes, fewer only at the end."""
    try:
        return await reader.readexactly(size)
    except asyncio.IncompleteReadError as end:
        return end.partial


def unchunked(raw: bytes) -> tuple[bytes, bool]:
    """The body in what arrived of a chunked answer, and whether its end arrived too."""
    body = b""
    while True:
        head, line, rest = raw.partition(b"\r\n")
        if not line:
            return body, False
        size = int(head, 16)
        if size == 0:
            return body, True
        body += rest[:size]
        raw = rest[size + 2 :]


def whole_blocks(body: bytes) -> Iterator[bytes]:
    """The blocks that arrived whole, as a browser would take them; comments and notices aside."""
    *blocks, _ = body.split(b"\n\n")
    for block in blocks:
        if block.startswith(b"id: "):
            yield block + b"\n\n"


def last_id(got: bytes) -> str:
    """The id of the last block."""
    block = got.removesuffix(b"\n\n").rpartition(b"\n\n")[2]
    return block.partition(b"\n")[0].removeprefix(b"id: ").decode()


async def uncut(client: Native, run: str) -> bytes:
    """The same stream without a cut."""
    tab = Tab(client, run, 0)
    await tab.attempt(None)
    assert tab.over
    return tab.got


@pytest.mark.slow
async def test_a_stream_that_is_cut_a_thousand_times_in_two_tabs_is_byte_identical() -> None:
    """Both tabs, a reader that was never cut, and one that comes later have the same bytes."""
    async with native(SlowEngine()) as client:
        run = await client.sent()
        tabs = [Tab(client, run, seed) for seed in (1, 2)]
        live = asyncio.create_task(uncut(client, run))
        await asyncio.gather(*(tab.read() for tab in tabs))
        whole = await live
        assert [tab.cuts for tab in tabs] == [CUTS, CUTS]
        assert min(tab.early for tab in tabs) > CUTS // 10, "the run was over before the tabs had begun"
        assert whole.count(b"\n\n") >= EVENTS + 4 and b"event: ended" in whole
        assert [tab.got == whole for tab in tabs] == [True, True]
        assert await uncut(client, run) == whole
        said = await client.ask(f"GET runs.read?run={run}")
        text = "".join(WORDS[n % len(WORDS)] + str(n) for n in range(EVENTS) if n % 97 >= 5)
        assert said[1]["choices"][0]["items"][1]["content"] == text


async def test_a_run_that_is_over_sends_a_reader_home() -> None:
    """Who has everything gets 204, at which a browser stops asking."""
    async with native() as client:
        run = await client.sent()
        whole = await uncut(client, run)
        status, _, body = await client.whole(
            f"GET runs.read?run={run}", accept="text/event-stream", last_event_id=last_id(whole)
        )
        assert (status, body) == (204, b"")


@pytest.mark.parametrize(
    "place", ["other:1", "nonsense", "{run}:99", "{run}:-1", "{run}:", "{run}:9999999999999999", "{run}.stored:x"]
)
async def test_a_place_that_is_none_of_this_run_is_refused(place: str) -> None:
    """A reader that is wrong about where it was must not get a stream that looks right."""
    async with native() as client:
        run = await client.sent()
        await uncut(client, run)
        status, body = await client.ask(
            f"GET runs.read?run={run}", accept="text/event-stream", last_event_id=place.format(run=run)
        )
        assert (status, body["code"], body["field"]) == (400, "bad_place", "Last-Event-ID")


@pytest.mark.parametrize("over", [True, False])
async def test_who_heard_the_run_as_it_is_stored_has_it_whole_from_who_flies_it(over: bool) -> None:
    """Those events are others, and may be more than there are yet: no number of theirs is a place here."""
    engine = ScriptedEngine()
    async with native(engine) as client:
        if not over:
            engine.gate.clear()
        run = await client.sent()
        if over:
            await uncut(client, run)
        asked = asyncio.ensure_future(
            client.whole(f"GET runs.read?run={run}", accept="text/event-stream", last_event_id=f"{run}.stored:99")
        )
        found = client.bench.road.runs.get(run)
        while not (over or asked.done() or (found is not None and found.waiting)):
            await asyncio.sleep(0)  # the reader is in the middle of the run
        engine.gate.set()
        status, _, body = await asked
        assert status == 200
        assert list(whole_blocks(body)) == list(whole_blocks(await uncut(client, run)))
        assert body.count(b"\nevent: started\n") == 1


async def test_a_run_that_was_stopped_never_changes_again() -> None:
    """Even when its flight goes on for somebody else: both readings end at the same event."""
    engine = SlowEngine(AT_ONCE + 100)
    async with native(engine, share="all") as client:
        first, second = await client.sent(), await client.sent()
        assert engine.calls <= 1 and client.bench.road.runs.get(second) is not None
        assert await client.ask("POST runs.stop", {"run": first}) == (200, True)
        stopped = await uncut(client, first)
        other = await uncut(client, second)
        assert await uncut(client, first) == stopped
        assert b'"outcome":"stopped"' in stopped and b'"outcome":"complete"' in other
        assert len(other) > len(stopped)
