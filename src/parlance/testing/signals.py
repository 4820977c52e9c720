"""The contract of `Signals`: subclass, give the fixture `three` (a tuple of the signals of the processes `one`, `two`
and `three`, all of which hear each other), and inherit the tests."""

from __future__ import annotations

import asyncio

from parlance.ports.signals import Signals

Three = tuple[Signals, Signals, Signals]
DEADLINE = 20.0


class SignalsContract:
    """What all signals do."""

    async def test_whoever_has_an_answer_gives_it(self, three: Three) -> None:
        """The others say that they have none, and nobody answers himself."""
        heard: list[str] = []

        def answering(name: str, answer: bytes | None) -> None:
            async def answered(said: bytes) -> bytes | None:
                heard.append(f"{name}: {said.decode()}")
                return answer

            three[("one", "two", "three").index(name)].on("where", answered)

        answering("one", b"me")
        answering("two", None)
        answering("three", b"here")
        assert await three[0].ask("where", "什么?".encode()) == b"here"
        assert sorted(heard) == ["three: 什么?", "two: 什么?"]

    async def test_one_process_can_be_asked(self, three: Three) -> None:
        """And one that is not there has no answer."""

        async def yes(said: bytes) -> bytes | None:
            return b"yes" + said

        three[1].on("you", yes)
        three[2].on("you", yes)
        assert await three[0].ask("you", b"!", process="two") == b"yes!"
        assert await three[0].ask("you", b"!", process="nobody") is None

    async def test_asking_in_vain_ends_as_soon_as_all_have_answered(self, three: Three) -> None:
        """Nobody listens to this, or nobody has an answer."""

        async def nothing(said: bytes) -> bytes | None:
            return None

        assert await three[0].ask("unheard-of", b"") is None
        three[1].on("known", nothing)
        assert await three[0].ask("known", b"") is None

    async def test_all_others_hear_what_is_told(self, three: Three) -> None:
        """Any bytes; and many at once get each its own answer."""
        heard: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        for number, signals in enumerate(three):

            async def hear(said: bytes, number: int = number) -> bytes | None:
                heard.put_nowait((number, said))
                return bytes([number]) + said if number else None

            signals.on("news", hear)
        await three[0].tell("news", bytes(range(256)))
        async with asyncio.timeout(DEADLINE):
            assert {await heard.get(), await heard.get()} == {(1, bytes(range(256))), (2, bytes(range(256)))}
        asked = [three[0].ask("news", b"%d" % n, process="two") for n in range(50)]
        assert await asyncio.gather(*asked) == [b"\x01%d" % n for n in range(50)]
        assert heard.qsize() == 50
