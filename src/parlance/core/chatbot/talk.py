"""An answer that is being said: pieces of text as they come, and at the end what is kept of it.

Nothing here is an error status any more: what fails is told in the text, and kept with it (contract §5).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from parlance.core.chatbot.providers import Provider
from parlance.core.runs.fold import fold
from parlance.core.runs.run import Run
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Ended, Event, Whole

Keep = Callable[[str], Awaitable[None]]
"""Keeps the pair with this answer. Raises `Fault`."""
Release = Callable[[], Awaitable[None]]
"""Lets go of the lock. Idempotent."""
_UNREADABLE = frozenset({"not_json", "bad_answer", "line_too_long", "malformed"})


def nobody() -> None:
    """Lets go of nobody: no engine was asked."""


class Talk(AsyncIterator[str]):
    """One answer. Whoever reads it closes it: that lets go of the engine and of the lock, whenever it happens."""

    def __init__(
        self, pieces: AsyncGenerator[str, None], release: Release, left: Callable[[], None] | None = None
    ) -> None:
        self._pieces = pieces
        self._release = release
        self._left = left or nobody

    async def __anext__(self) -> str:
        try:
            return await anext(self._pieces)
        except StopAsyncIteration:
            await self._release()
            raise

    async def aclose(self) -> None:
        """Begin no more, or break off: what was said is not kept then. Idempotent."""
        try:
            await self._pieces.aclose()
        finally:
            self._left()  # a generator that was never begun lets go of nothing by itself
            await self._release()


async def spoken(source: AsyncGenerator[str, None], keep: Keep, release: Release) -> AsyncGenerator[str, None]:
    """What the source says, and then what went wrong with keeping it. The lock is let go before the end is told."""
    said: list[str] = []
    async with aclosing(source):
        async for piece in source:
            said.append(piece)
            yield piece
    trouble = ""
    try:
        await keep("".join(said))
    except Fault as fault:
        trouble = unkept(fault)
    await release()
    if trouble:
        yield trouble


async def of_chunks(chunks: tuple[str, ...]) -> AsyncGenerator[str, None]:
    """What a test has written down."""
    for chunk in chunks:
        yield chunk


async def of_fault(provider: Provider, fault: Fault) -> AsyncGenerator[str, None]:
    """An engine that could not be asked."""
    yield error_text(provider, fault, begun=False)


async def of_run(provider: Provider, run: Run) -> AsyncGenerator[str, None]:
    """What a run says; it is let go when nobody listens any more."""
    begun = False
    try:
        async with aclosing(run.batches()) as batches:
            async for _, events, _ in batches:
                text = "".join(_text(event) for event in events)
                begun = begun or any(not isinstance(event, Ended) for event in events)
                last = events[-1] if events else None
                if isinstance(last, Ended) and last.outcome not in ("complete", "cut"):
                    text += error_text(provider, run.fault(last), begun=begun)
                if text:
                    yield text
    except Fault as fault:  # this reader fell too far behind
        yield error_text(provider, fault, begun=True)
    finally:
        run.let_go()


def _text(event: Event) -> str:
    if isinstance(event, Delta):
        return event.text if event.lane == "text" and event.choice == 0 else ""
    return fold((event,)).text if isinstance(event, Whole) else ""


def error_text(provider: Provider, fault: Fault, *, begun: bool) -> str:
    """What stands in the text of an answer that failed. No word of it names a host, a path or a key."""
    label = provider.label
    if fault.status is not None:
        told = f"{label} returned error status"
    elif fault.code in _UNREADABLE:
        told = f"failed to decode {label} stream chunk"
    elif fault.code in ("engine_error", "not_found_upstream") and label == "Ollama":
        told = f"Ollama error: {fault.message}"
    elif begun or fault.code == "ended_early":
        told = f"{label} stream read error"
    else:
        told = f"failed to send {label} request"
    return f"\n[Error] {told}\n"


def unkept(fault: Fault) -> str:
    """What is said where an answer could not be kept."""
    if fault.code == "key_gone":
        return "\n[Error] Failed to save chat history: missing encryption key"
    if fault.kind is Kind.internal:
        return "\n[Error] Unexpected error saving chat history"
    return "\n[Error] Failed to save chat history"
