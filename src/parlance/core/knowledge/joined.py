"""Passages of small documents embedded together: what is asked for at about the same time leaves as one ask.

A text or two by themselves cost an engine more than among others. Who asks alone is not kept waiting. Those who come
within a moment of the one before gather, for where documents follow each other there will be more; they leave when the
moment is over, or as soon as they fill an ask. Nobody waits for an ask that is under way, which may take long. Only
what is asked for in the name of the same person, of the same model, goes together, so that it is counted and bounded as
before.

Each gets the vectors of their own texts and judges them alone. Where an ask of several fails for what may be in one
text, each asks again for themselves, few at a time: nobody fails for what is in another's texts. What no text is the
reason of, as an engine that is away or a rate that is used up, all of them are told: it would only be asked more often.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from parlance.core.knowledge.room import Embedding
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind

MOMENT = 0.15
"""Seconds that those gather who come one after the other: a dozen small documents on two cores, and nothing that who
brings two of them would notice."""
ALONE = 2
"""Of an ask that failed, that ask alone at a time."""
OF_ONE_TEXT = frozenset({Kind.invalid, Kind.too_large, Kind.context_full, Kind.internal})
"""Kinds of faults that one text among several may be the reason of."""
FAILED_AT_IT, NO_NUMBERS = 500, "bad_vectors"
"""The status and the code of `Kind.upstream` that may be one text's, too: an engine that has no number for it."""
Vectors = Sequence[Sequence[float]]
_Key = tuple[str, str, str]
"""Tenant, user and model."""


class _Rest:
    """What those have in common whose ask failed for what may be in one text: how few ask at a time, and what they all
    are told as soon as one of them has met a fault that is not one text's."""

    __slots__ = ("fault", "few")

    def __init__(self) -> None:
        self.fault: Fault | None = None
        self.few = asyncio.Semaphore(ALONE)


class _Ask:
    """Some texts, and who waits for their vectors; told a `_Rest`, they are to ask alone."""

    __slots__ = ("given", "texts")

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self.given: asyncio.Future[Vectors | _Rest] = asyncio.get_running_loop().create_future()


class _Line:
    """Those who wait for the same model, until the moment after the ask before theirs is over."""

    __slots__ = ("asks", "timer")

    def __init__(self) -> None:
        self.asks: list[_Ask] = []
        self.timer: asyncio.TimerHandle | None = None


class JoinedEmbedding:
    """`Embedding` by another one, which is asked for fewer, larger batches of passages: of at most `texts` texts, and
    so that the longest times their number stays within `letters`. `moment` is in seconds. Questions are never kept
    waiting."""

    def __init__(self, embedding: Embedding, texts: int, letters: int, moment: float) -> None:
        self._embedding = embedding
        self._texts, self._letters, self._moment = texts, letters, moment
        self._lines: dict[_Key, _Line] = {}
        self._calls: set[asyncio.Task[None]] = set()

    async def default(self, principal: Principal, model: str | None) -> str:
        """As the other one says."""
        return await self._embedding.default(principal, model)

    async def digest(self, principal: Principal, model: str) -> str:
        """As the other one says."""
        return await self._embedding.digest(principal, model)

    async def embed(self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False) -> Vectors:
        """One vector for each text."""
        if query or self._is_full(texts):
            return await self._embedding.embed(tenant, user, model, texts, query)
        key, ask = (tenant, user, model), _Ask(texts)
        line = self._lines.setdefault(key, _Line())
        if line.asks and self._is_over([*_texts(line.asks), *texts]):
            self._leave(key, line)
        line.asks.append(ask)
        if line.timer is None or self._is_full(_texts(line.asks)):
            self._leave(key, line)
        given = await ask.given
        return await self._alone(key, texts, given) if isinstance(given, _Rest) else given

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _alone(self, key: _Key, texts: Sequence[str], rest: _Rest) -> Vectors:
        async with rest.few:
            if rest.fault is not None:
                raise rest.fault
            try:
                return await self._embedding.embed(*key, texts)
            except Fault as fault:
                if not _is_of_one_text(fault):
                    rest.fault = fault
                raise

    def _is_over(self, texts: Sequence[str]) -> bool:
        return len(texts) > self._texts or max(map(len, texts), default=0) * len(texts) > self._letters

    def _is_full(self, texts: Sequence[str]) -> bool:
        """Whether another text as long would be too much."""
        longest = max(map(len, texts), default=0)
        return len(texts) >= self._texts or longest * (len(texts) + 1) > self._letters

    def _leave(self, key: _Key, line: _Line) -> None:
        """All who wait, together; but for those who have left. Nobody else does for a moment, unless they fill an ask
        of their own."""
        if line.timer is not None:
            line.timer.cancel()
        line.timer = asyncio.get_running_loop().call_later(self._moment, self._gathered, key, line)
        asks, line.asks = [each for each in line.asks if not each.given.done()], []
        if not asks:
            return
        call = asyncio.get_running_loop().create_task(self._call(key, asks))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        for ask in asks:
            ask.given.add_done_callback(lambda _: _ended(call, asks))

    def _gathered(self, key: _Key, line: _Line) -> None:
        """The moment is over."""
        line.timer = None
        if any(not each.given.done() for each in line.asks):
            self._leave(key, line)
        elif self._lines.get(key) is line:
            del self._lines[key]

    async def _call(self, key: _Key, asks: Sequence[_Ask]) -> None:
        try:
            texts = _texts(asks)
            [given] = await asyncio.gather(self._embedding.embed(*key, texts), return_exceptions=True)
            _give(asks, given, whole=not isinstance(given, BaseException) and len(given) == len(texts))
        finally:
            for ask in asks:
                ask.given.cancel()  # does nothing to those that were given something


def _give(asks: Sequence[_Ask], given: Vectors | BaseException, *, whole: bool) -> None:
    """To each their part of what is `whole`; else a single one gets what came, and several are told what concerns them
    all, or are to ask alone."""
    end, rest = 0, _Rest()
    for ask in asks:
        begin, end = end, end + len(ask.texts)
        if ask.given.done():
            continue
        if isinstance(given, BaseException):
            if len(asks) > 1 and _is_of_one_text(given):
                ask.given.set_result(rest)
            else:
                ask.given.set_exception(given)
        elif len(asks) > 1:
            ask.given.set_result(given[begin:end] if whole else rest)
        else:
            ask.given.set_result(given)


def _is_of_one_text(error: BaseException) -> bool:
    """Whether it may be. A defect may be: nobody knows."""
    if not isinstance(error, Fault):
        return True
    if error.kind is Kind.upstream:
        return error.status == FAILED_AT_IT or error.code == NO_NUMBERS
    return error.kind in OF_ONE_TEXT


def _ended(call: asyncio.Task[None], asks: Sequence[_Ask]) -> None:
    """Without anybody who waits for it, a call is broken off."""
    if all(each.given.cancelled() for each in asks):
        call.cancel()


def _texts(asks: Sequence[_Ask]) -> list[str]:
    return [text for ask in asks for text in ask.texts]
