"""Whoever closes a talk lets go of engine and lock, whether a word of it was heard or not."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from parlance.core.chatbot.talk import Talk, spoken


@pytest.mark.parametrize("heard", [0, 1, 2, 3])
async def test_a_talk_that_is_closed_lets_go_once_it_has_begun_and_before(heard: int) -> None:
    """Nothing of it is kept unless it was heard to its end."""
    told: list[str] = []

    async def source() -> AsyncGenerator[str, None]:
        yield "one"
        yield "two"

    async def release() -> None:
        told.append("released")

    async def keep(said: str) -> None:
        told.append(f"kept {said}")

    talk = Talk(spoken(source(), keep, release), release, lambda: told.append("left"))
    for _ in range(heard):
        await anext(talk, None)
    await talk.aclose()
    assert "left" in told and "released" in told
    assert ("kept onetwo" in told) is (heard == 3)
