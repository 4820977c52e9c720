"""Frames that are ready together come together, in order, and nothing is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.transports.http.gather import CHUNK, Gather


async def chunks(gather: Gather) -> list[bytes]:
    found = []
    while (chunk := await gather.next()) is not None:
        found.append(chunk)
    return found


@given(st.lists(st.tuples(st.binary(max_size=3), st.integers(0, 2))))
def test_every_frame_comes_once_and_in_order(plan: list[tuple[bytes, int]]) -> None:
    """However the frames wait between each other."""

    async def frames() -> AsyncIterator[bytes]:
        for frame, waits in plan:
            for _ in range(waits):
                await asyncio.sleep(0)
            yield frame

    found = asyncio.run(chunks(Gather(frames())))
    assert b"".join(found) == b"".join(frame for frame, _ in plan)
    assert len(found) <= 1 + sum(waits > 0 for _, waits in plan)


async def test_a_chunk_is_bounded() -> None:
    """One stream cannot fill memory before the first write."""

    async def frames() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    sizes = [len(chunk) for chunk in await chunks(Gather(frames()))]
    assert max(sizes) < CHUNK + 10_000 and sum(sizes) == 1_000_000


async def test_a_failure_comes_after_everything_before_it() -> None:
    """What was made before counts; afterwards there is nothing more."""

    async def frames() -> AsyncIterator[bytes]:
        yield b"a"
        yield b"b"
        raise ValueError

    gather = Gather(frames())
    assert await gather.next() == b"ab"
    with pytest.raises(ValueError):
        await gather.next()
    assert await gather.next() is None


async def test_a_cancelled_wait_reaches_the_frames() -> None:
    """They wait in the same task, so they are what is cancelled; and they may clean up, waiting again."""
    seen: list[str] = []

    async def frames() -> AsyncIterator[bytes]:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned")
        yield b""

    gather = Gather(frames())
    task = asyncio.ensure_future(gather.next())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert seen == ["cleaned"]
    await gather.close()


async def test_closing_ends_a_suspended_step() -> None:
    """Its cleanup runs to the end, also when it waits."""
    seen: list[str] = []

    async def frames() -> AsyncIterator[bytes]:
        yield b"a"
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned")

    gather = Gather(frames())
    assert await gather.next() == b"a"
    await gather.close()
    assert seen == ["cleaned"]
    assert await gather.next() is None


async def test_closing_frames_that_answer_a_cancellation_is_survived() -> None:
    """A stream that says goodbye when it is cancelled is ended all the same."""

    async def frames() -> AsyncIterator[bytes]:
        yield b"a"
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield b"bye"

    gather = Gather(frames())
    assert await gather.next() == b"a"
    await gather.close()


@pytest.mark.parametrize("suspended", [True, False])
async def test_an_interruption_may_be_answered_with_a_frame(suspended: bool) -> None:
    """A deadline that strikes while a chunk is written: the frames say so and go on."""

    async def frames() -> AsyncIterator[bytes]:
        try:
            yield b"a"
            if suspended:
                await asyncio.Event().wait()
            yield b"x" * CHUNK
        except ValueError:
            yield b"late"
        await asyncio.sleep(0)
        yield b"end"

    gather = Gather(frames())
    assert await gather.next() == (b"a" if suspended else b"a" + b"x" * CHUNK)
    assert await gather.interrupt(ValueError()) == b"late"
    assert await chunks(gather) == [b"end"]


@pytest.mark.parametrize("suspended", [True, False])
async def test_an_interruption_may_end_the_frames(suspended: bool) -> None:
    """Quietly, or with the same exception; then there is nothing more."""

    async def quiet() -> AsyncIterator[bytes]:
        try:
            yield b"x" * CHUNK
            await asyncio.Event().wait()
        except ValueError:
            pass

    for swallow in (True, False):
        gather = Gather(quiet())
        await gather.next()
        if suspended:
            waiting = asyncio.ensure_future(gather.next())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        elif swallow:
            assert await gather.interrupt(ValueError()) == b""
        else:
            with pytest.raises(KeyError):
                await gather.interrupt(KeyError())
        assert await gather.next() is None


async def test_an_iterator_that_takes_no_exceptions_just_ends() -> None:
    """Not everything that yields frames is a generator."""

    class Endless:
        def __aiter__(self) -> Endless:
            return self

        async def __anext__(self) -> bytes:
            return b"x" * CHUNK

    gather = Gather(Endless())
    await gather.next()
    with pytest.raises(ValueError):
        await gather.interrupt(ValueError())
    assert await gather.next() is None
    await gather.close()


async def test_a_step_that_is_interrupted_waits_again() -> None:
    """A frame that is only ready after a cleanup that waits still arrives."""

    async def frames() -> AsyncIterator[bytes]:
        yield b"a"
        try:
            await asyncio.Event().wait()
        except ValueError:
            await asyncio.sleep(0.01)
        yield b"b"

    gather = Gather(frames())
    assert await gather.next() == b"a"
    assert await gather.interrupt(ValueError()) == b"b"
    assert await gather.next() is None
