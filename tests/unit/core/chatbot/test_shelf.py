"""However many write what a user has, and from however many processes: no pair is lost."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parlance.core.chatbot.asking import replaced, with_pair
from parlance.core.chatbot.operations import AskChatbot
from parlance.core.chatbot.shelf import Shelf
from parlance.core.chatbot.visits import Visit, Visits
from parlance.stores.sql.chatbot import SqlChatbot
from parlance.stores.volatile.visits import MemoryVisits
from parlance.testing.clocks import HandClock
from parlance.testing.databases import fresh
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.chatbot import ChatbotUser, Contents, Pair
from parlance.vault.fernet import FernetCipher

PROCESSES, WRITERS, PAIRS = 3, 4, 5


@pytest.mark.parametrize("kind", ["sqlite", "memory"])
async def test_no_pair_is_lost_between_writers_and_processes(tmp_path: Path, kind: str) -> None:
    """Each shelf is a process's: they share the database alone."""
    async with fresh(kind, tmp_path) as database:
        store, clock = SqlChatbot(database, DEFAULT_TENANT), HandClock()
        await database.apply(store.insert_user(ChatbotUser("ada", "h", 1)))
        visit = Visit("t", "c", "g", "ada", b"k" * 32)
        visits = Visits(MemoryVisits(clock, 60.0), FernetCipher(), str)
        shelves = [Shelf(store, database, FernetCipher(), visits, clock) for _ in range(PROCESSES)]

        async def write(shelf: Shelf, who: str) -> None:
            for at in range(PAIRS):
                await shelf.change(visit, "s", partial(added, (f"{who}/{at}", "answer")))

        await asyncio.gather(
            *(write(shelf, f"{place}-{at}") for place, shelf in enumerate(shelves) for at in range(WRITERS))
        )
        found = await shelves[0].read(visit, "s")
        said = [pair[0] for pair in found.history]
        assert len(said) == len(set(said)) == PROCESSES * WRITERS * PAIRS
        for place in range(PROCESSES):
            for at in range(WRITERS):
                mine = [each for each in said if each.startswith(f"{place}-{at}/")]
                assert mine == sorted(mine), "and each writer's own are in their order"


def added(pair: Pair, contents: Contents) -> Contents:
    """With this pair at the end."""
    return with_pair(contents, pair, None, None)


PAIR = st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"))


@pytest.mark.slow
@settings(max_examples=200)
@given(st.lists(PAIR, max_size=6), st.sampled_from("abc"), st.none() | st.integers(-2, 8), st.lists(PAIR, max_size=3))
def test_regenerating_takes_the_place_of_one_pair_at_most(
    history: list[tuple[str, str]], message: str, index: int | None, meanwhile: list[tuple[str, str]]
) -> None:
    """And of no other, whatever was added while it was generated."""
    op = AskChatbot(None, None, message, again=True, pair=index)
    at = replaced(tuple(history), op)
    before = None if at is None else history[at]
    now = [*history, *meanwhile]
    after = with_pair(Contents(history=tuple(now)), (message, "new"), at, before).history
    if at is None:
        assert after == (*now, (message, "new"))
    else:
        assert after == (*now[:at], (message, "new"), *now[at + 1 :])
