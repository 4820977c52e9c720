"""Passages of small documents are embedded together, and nobody has another's vectors or faults."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from parlance.core.knowledge.joined import JoinedEmbedding
from parlance.testing.reading import HashEmbedding
from parlance.values.errors import Fault, Kind

LONG = 60.0
"""A moment that no test sees the end of."""


class Slow(HashEmbedding):
    """Gives its answers when it is let; what holds `bad` fails."""

    def __init__(self) -> None:
        super().__init__("hash-4", "hash-6")
        self.broken_off = 0
        self.fault = Fault(Kind.invalid, "It cannot take this.")

    async def embed(self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False) -> Any:
        """As a model that cannot take every text."""
        try:
            given = await super().embed(tenant, user, model, texts, query)
        except asyncio.CancelledError:
            self.broken_off += 1
            raise
        if any("bad" in text for text in texts):
            raise self.fault
        return given

    @property
    def calls(self) -> list[tuple[str, ...]]:
        """The texts of each ask."""
        return [texts for _, texts in self.asked]


def joined(inner: HashEmbedding, texts: int = 8, letters: int = 1000, moment: float = 0.0) -> JoinedEmbedding:
    return JoinedEmbedding(inner, texts, letters, moment)


def asking(embedding: JoinedEmbedding, *texts: str, user: str = "ada", model: str = "hash-4") -> asyncio.Task[Any]:
    return asyncio.ensure_future(embedding.embed("t", user, model, list(texts)))


async def turns(count: int = 5) -> None:
    """Let the others run until they wait."""
    for _ in range(count):
        await asyncio.sleep(0)


async def test_who_follows_another_at_once_goes_together() -> None:
    """The first leaves before; each has the vectors of their own texts."""
    inner = Slow()
    inner.gate.clear()
    embedding = joined(inner)
    asks = [asking(embedding, "a"), asking(embedding, "b1", "b2"), asking(embedding, "c")]
    await turns()
    inner.gate.set()
    given = await asyncio.gather(*asks)
    assert inner.calls == [("a",), ("b1", "b2", "c")]
    alone = [await HashEmbedding("hash-4").embed("t", "ada", "hash-4", texts) for texts in (["a"], ["b1", "b2"], ["c"])]
    assert [list(each) for each in given] == alone


async def test_other_people_and_models_are_asked_for_apart() -> None:
    """What is asked for in somebody's name is counted as theirs."""
    inner = Slow()
    inner.gate.clear()
    embedding = joined(inner)
    asks = [asking(embedding, "a"), asking(embedding, "b", user="bob"), asking(embedding, "c", model="hash-6")]
    more = [asking(embedding, "d"), asking(embedding, "e", user="bob")]
    await turns()
    inner.gate.set()
    await asyncio.gather(*asks, *more)
    assert sorted(inner.calls) == [("a",), ("b",), ("c",), ("d",), ("e",)]


async def test_an_ask_that_is_full_leaves_at_once() -> None:
    """By the number of its texts, and by their length; a question waits for nobody."""
    inner = Slow()
    inner.gate.clear()
    embedding = joined(inner, texts=3, letters=100)
    asks = [
        asking(embedding, "first"),
        asking(embedding, "b", "c"),
        asking(embedding, "d"),
        asking(embedding, "x" * 60),
    ]
    asks += [asking(embedding, "y" * 40), asyncio.ensure_future(embedding.embed("t", "ada", "hash-4", ["q"], True))]
    await turns()
    inner.gate.set()
    await asyncio.gather(*asks)
    assert inner.questions == ["q"]
    assert sorted(inner.calls) == sorted([("first",), ("b", "c", "d"), ("x" * 60,), ("q",), ("y" * 40,)])


async def test_who_follows_another_soon_waits_a_moment_for_more() -> None:
    """Until the moment is over, or they fill an ask."""
    inner = Slow()
    embedding = joined(inner, texts=3, moment=LONG)
    await asking(embedding, "a")
    asks = [asking(embedding, "b"), asking(embedding, "c")]
    await turns()
    assert inner.calls == [("a",)]
    asks.append(asking(embedding, "d"))
    await asyncio.gather(*asks)
    assert inner.calls == [("a",), ("b", "c", "d")]
    short = joined(inner, moment=0.001)
    await asking(short, "e")
    assert len(await asking(short, "f")) == 1


async def test_nobody_waits_for_an_ask_that_takes_long() -> None:
    """Only for the moment behind it."""
    inner, real = Slow(), HashEmbedding.embed
    stuck = asyncio.Event()

    async def hanging(*args: Any) -> Any:
        if "hangs" in args[3]:
            await stuck.wait()
        return await real(inner, *args)

    inner.embed = hanging  # type: ignore[method-assign, assignment]
    embedding = joined(inner, moment=0.001)
    hangs = asking(embedding, "hangs")
    await turns()
    assert len(await asking(embedding, "a")) == 1 and not hangs.done()
    stuck.set()
    await hangs


async def test_what_fails_together_is_asked_for_by_each_alone() -> None:
    """So that nobody fails but for their own texts."""
    inner = Slow()
    inner.gate.clear()
    embedding = joined(inner)
    asks = [asking(embedding, "a"), asking(embedding, "b"), asking(embedding, "bad"), asking(embedding, "c")]
    await turns()
    inner.gate.set()
    given = await asyncio.gather(*asks, return_exceptions=True)
    assert [isinstance(each, Fault) for each in given] == [False, False, True, False]
    assert inner.calls[1] == ("b", "bad", "c") and sorted(inner.calls[2:]) == [("b",), ("bad",), ("c",)]


OF_ONE_TEXT = [
    Fault(Kind.invalid, ""),
    Fault(Kind.too_large, ""),
    Fault(Kind.context_full, ""),
    Fault(Kind.internal, ""),
    Fault(Kind.upstream, "", status=500),
    Fault(Kind.upstream, "", code="bad_vectors"),
]
OF_ALL = [Fault(kind, "") for kind in Kind if kind not in [each.kind for each in OF_ONE_TEXT[:4]]]


@pytest.mark.parametrize("fault", OF_ONE_TEXT, ids=lambda each: f"{each.kind.value}-{each.status or each.code}")
async def test_what_one_text_may_be_the_reason_of_fails_nobody_else(fault: Fault) -> None:
    """They ask alone, two at a time."""
    inner = Slow()
    inner.fault, most, under_way, real = fault, 0, 0, inner.embed

    async def counted(*args: Any) -> Any:
        nonlocal most, under_way
        under_way += 1
        most = max(most, under_way)
        await turns()
        try:
            return await real(*args)
        finally:
            under_way -= 1

    embedding = joined(inner)
    asks = [asking(embedding, "first"), asking(embedding, "bad"), *(asking(embedding, f"t{n}") for n in range(6))]
    await asks[0]
    inner.embed = counted  # type: ignore[method-assign, assignment]
    given: list[Any] = await asyncio.gather(*asks[1:], return_exceptions=True)
    assert given[0] is fault and [len(each) for each in given[1:]] == [1] * 6
    assert len(inner.calls) == 1 + 1 + 7 and most == 2


@pytest.mark.parametrize("fault", [*OF_ALL, Fault(Kind.upstream, "", status=502)], ids=lambda each: repr(each))
async def test_what_no_text_is_the_reason_of_is_asked_for_once(fault: Fault) -> None:
    """All are told: an engine that is away or has had enough of us is not asked once more for each."""
    inner = Slow()
    inner.fault = fault
    embedding = joined(inner)
    asks = [asking(embedding, "first"), asking(embedding, "bad"), *(asking(embedding, f"t{n}") for n in range(6))]
    given = await asyncio.gather(*asks, return_exceptions=True)
    assert given[1:] == [fault] * 7 and len(inner.calls) == 2


async def test_an_engine_that_goes_away_meanwhile_is_not_asked_by_the_rest() -> None:
    """Who asked alone before has their vectors."""
    inner = Slow()
    embedding, away = joined(inner), Fault(Kind.upstream, "It is away.", code="unreachable")
    asks = [asking(embedding, "first"), asking(embedding, "t"), asking(embedding, "bad")]
    asks += [asking(embedding, f"bad {n}") for n in range(5)]
    await asks[0]
    real = inner.embed

    async def going(*args: Any) -> Any:
        if len(inner.calls) == 3:
            inner.fault = away
        return await real(*args)

    inner.embed = going  # type: ignore[method-assign, assignment]
    given: list[Any] = await asyncio.gather(*asks, return_exceptions=True)
    assert len(given[1]) == 1 and given[-4:] == [away] * 4 and len(inner.calls) < 7


async def test_vectors_that_lack_are_nobodys() -> None:
    """Whose they are cannot be told: each asks alone, and judges what they are given."""
    inner = Slow()
    embedding, real = joined(inner), inner.embed
    given: Any = None

    async def fewer(*args: Any) -> Any:
        return (await real(*args))[: 1 if len(args[3]) > 1 else None]

    inner.embed = fewer  # type: ignore[method-assign, assignment]
    inner.gate.clear()
    asks = [asking(embedding, each) for each in "abc"]
    await turns()
    inner.gate.set()
    given = await asyncio.gather(*asks)
    assert [len(each) for each in given] == [1, 1, 1] and inner.calls[1:] == [("b", "c"), ("b",), ("c",)]


async def test_who_leaves_holds_nobody_up() -> None:
    """The others have their answer; an ask that nobody waits for any more is broken off, or not made."""
    inner = Slow()
    inner.gate.clear()
    embedding = joined(inner)
    first, gone, stays = asking(embedding, "a"), asking(embedding, "gone"), asking(embedding, "stays")
    await turns()
    gone.cancel()
    first.cancel()
    await turns()
    assert inner.broken_off == 1 and inner.calls == []
    inner.gate.set()
    assert len(await stays) == 1 and inner.calls == [("gone", "stays")]
    await _emptied(embedding)
    short = joined(inner, moment=0.001)
    await asking(short, "b")
    late = asking(short, "late")
    await turns(1)
    late.cancel()
    await _emptied(short)
    assert inner.calls[1:] == [("b",)]


async def _emptied(embedding: JoinedEmbedding) -> None:
    """When nobody waits, and nothing is remembered of anybody."""
    async with asyncio.timeout(20):
        while embedding._lines:
            await asyncio.sleep(0)


async def test_a_defect_of_the_engine_is_everybodys_own() -> None:
    """It comes to whoever asked, and the next ask is made."""
    inner = Slow()
    embedding, real = joined(inner), inner.embed

    async def broken(*args: Any) -> Any:
        raise ValueError("a defect")

    inner.embed = broken  # type: ignore[method-assign, assignment]
    with pytest.raises(ValueError, match="a defect"):
        await asking(embedding, "a")
    inner.embed = real  # type: ignore[method-assign]
    assert len(await asking(embedding, "b")) == 1
