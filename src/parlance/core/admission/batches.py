"""Micro-batches: single embedding asks of one caller that arrive together leave as one call.

A lone ask leaves at once. While a call is under way the next ones gather; a batch leaves when it is full, soon after
the call before it is back, or when its first ask has waited `timeout` seconds, whichever comes first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from parlance.ports.observing import Meters
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.errors import Fault

MOMENT = 0.003
"""Seconds that those who come together are apart at most: 64 clients of one script arrive within a few of them."""
Waiting = list[tuple[EmbedAsk, "asyncio.Future[Embedded]"]]
Send = Callable[[str, EmbedAsk], Awaitable[Embedded]]
"""One call, in the lane of the user it is for."""


class _Gathering:
    """Asks alike but for their text. `calls` counts those under way."""

    __slots__ = ("asks", "calls", "lane", "timer")

    def __init__(self, lane: str) -> None:
        self.lane = lane
        self.asks: list[tuple[EmbedAsk, asyncio.Future[Embedded]]] = []
        self.calls = 0
        self.timer: asyncio.TimerHandle | None = None


class Batches:
    """The batches of one connection. `send` is one upstream call."""

    def __init__(self, send: Send, *, max_size: int, timeout: float, meters: Meters) -> None:
        self._send = send
        self._max_size = max_size
        self._timeout = timeout
        self._meters = meters
        self._gathering: dict[tuple[str, bytes], _Gathering] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.batches = 0
        self.batched = 0

    async def embed(self, scope: str, lane: str, ask: EmbedAsk) -> Embedded:
        """Embed; a single text may travel with others of the same scope that are asked for in the same way."""
        if len(ask.texts) != 1 or self._max_size == 1:
            return await self._send(lane, ask)
        key = (scope, msgspec.json.encode(msgspec.structs.replace(ask, texts=()), order="sorted"))
        gathering = self._gathering.setdefault(key, _Gathering(lane))
        future: asyncio.Future[Embedded] = asyncio.get_running_loop().create_future()
        gathering.asks.append((ask, future))
        alone = gathering.calls == 0 and len(gathering.asks) == 1 and gathering.timer is None
        if alone or len(gathering.asks) >= self._max_size:
            self._leave(key, gathering)
        elif gathering.timer is None:
            gathering.timer = asyncio.get_running_loop().call_later(self._timeout, self._leave, key, gathering)
        return await future

    def _leave(self, key: tuple[str, bytes], gathering: _Gathering) -> None:
        if gathering.timer is not None:
            gathering.timer.cancel()
            gathering.timer = None
        waiting = [(ask, future) for ask, future in gathering.asks if not future.done()]
        gathering.asks = []
        if not waiting:
            self._forget(key, gathering)
            return
        gathering.calls += 1
        task = asyncio.get_running_loop().create_task(self._call(key, gathering, waiting))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        for _, future in waiting:
            future.add_done_callback(lambda _: self._all_left(task, waiting))

    def _forget(self, key: tuple[str, bytes], gathering: _Gathering) -> None:
        if gathering.calls == 0 and not gathering.asks and self._gathering.get(key) is gathering:
            del self._gathering[key]

    def _hurry(self, key: tuple[str, bytes], gathering: _Gathering) -> None:
        """Nothing is under way any more: give the stragglers a moment, not the whole timeout."""
        if gathering.timer is not None:
            gathering.timer.cancel()
        wait = min(MOMENT, self._timeout)
        gathering.timer = asyncio.get_running_loop().call_later(wait, self._leave, key, gathering)

    @staticmethod
    def _all_left(task: asyncio.Task[None], waiting: Waiting) -> None:
        if all(future.cancelled() for _, future in waiting):
            task.cancel()

    async def _call(
        self,
        key: tuple[str, bytes],
        gathering: _Gathering,
        waiting: Waiting,
    ) -> None:
        self.batches += 1
        self.batched += len(waiting)
        self._meters.batch(len(waiting))
        try:
            texts = tuple(ask.texts[0] for ask, _ in waiting)
            whole = await self._send(gathering.lane, msgspec.structs.replace(waiting[0][0], texts=texts))
            share = whole.prompt_tokens // len(waiting)
            for vector, (_, future) in zip(whole.vectors, waiting, strict=True):
                if not future.done():
                    future.set_result(Embedded((vector,), share))
        except Fault as fault:
            _fail(waiting, fault)
        except Exception as defect:
            _fail(waiting, defect)
            raise
        finally:
            gathering.calls -= 1
            for _, future in waiting:
                future.cancel()  # does nothing to those that have their answer
            if gathering.asks and gathering.calls == 0:
                self._hurry(key, gathering)
            else:
                self._forget(key, gathering)


def _fail(waiting: Waiting, error: Exception) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_exception(error)
