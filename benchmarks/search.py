"""Search in stored chats on SQLite: `python -m benchmarks.search [--turns 1000000] [--folder …]`.

Half of the turns belong to one user, the other half to a thousand others. What is said is made of 50,000 words, as
often as words are in real texts (Zipf), and of Chinese letters; a turn has 40 words. The queries are what people type:
common and rare words, two words, phrases, words that are only begun, two Chinese letters.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from parlance.ports.library import Narrowed, Piece
from parlance.ports.stores import Statement
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.library import SqlLibraryStores
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.sql.turns import SqlTurns
from parlance.testing.databases import migrated
from parlance.values.chats import Chat, Turn, TurnItem
from parlance.values.messages import Message

P50_MS, P99_MS = 50.0, 250.0
TENANT = "default"
WORDS, PER_TURN, PER_CHAT, OTHERS = 50_000, 40, 20, 1000
LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
ROUNDS = 600


class Speech:
    """Texts as people write them, the same at each run."""

    def __init__(self, seed: int = 7) -> None:
        self.chance = random.Random(seed)
        sizes = range(len(LETTERS), 0, -1)
        self.words = ["".join(self.chance.choices(LETTERS, sizes, k=2 + n % 9)) for n in range(WORDS)]
        self._often = list(itertools.accumulate(1 / (n + 3) for n in range(WORDS)))

    def text(self) -> str:
        """What one turn says; every fifth one in Chinese."""
        if self.chance.random() < 0.2:
            return "".join(self.han() for _ in range(PER_TURN))
        return " ".join(self.chance.choices(self.words, cum_weights=self._often, k=PER_TURN))

    def han(self) -> str:
        """One of three thousand letters, the first ones more often."""
        return chr(0x4E00 + int(3000 * self.chance.random() ** 2))

    def query(self) -> list[Piece]:
        """One of ten kinds."""
        common, middle, rare = (self.words[self.chance.randrange(*span)] for span in ((30,), (30, 2000), (2000, WORDS)))
        kinds: Sequence[list[Piece]] = (
            [Piece(common)],
            [Piece(common), Piece(middle)],
            [Piece(middle)],
            [Piece(middle), Piece(rare)],
            [Piece(rare)],
            [Piece(f"{common} {middle}")],
            [Piece(common[:2], more=True)],
            [Piece(middle[:3], more=True)],
            [Piece(common), Piece(middle[:4], more=True)],
            [Piece(self.han() + self.han())],
        )
        return self.chance.choice(kinds)


async def fill(database: Sqlite, speech: Speech, turns: int) -> None:
    """Chats with so many turns in all."""
    row = "INSERT INTO users (tenant, id, name, name_key, role, owned_by, created, updated)"
    users = ("busy", *(f"user-{n}" for n in range(OTHERS)))
    for user in users:
        values = "VALUES ('default', :id, :id, :id, 'user', 'database', 0, 0)"
        await database.apply((Statement(f"{row} {values}", {"id": user}),))
    waiting = []
    for first in range(0, turns, PER_CHAT):
        user = "busy" if first // PER_CHAT % 2 else users[1 + speech.chance.randrange(OTHERS)]
        waiting.append(database.apply(tuple(_chat(database, speech, user, first))))
        if len(waiting) == 32:
            await asyncio.gather(*waiting)
            waiting.clear()
    await asyncio.gather(*waiting)


def _chat(database: Sqlite, speech: Speech, user: str, first: int) -> Iterator[Statement]:
    chat = Chat(f"chat-{first:09}", TENANT, user, first, first, title=speech.text()[:60])
    yield from SqlChats(database, TENANT).insert(chat)
    stored = SqlTurns(database, TENANT)
    for number in range(first, first + PER_CHAT):
        items = (TurnItem("message-1", Message("user", speech.text())),)
        yield from stored.insert(Turn(f"turn-{number:09}", chat.id, "user", "complete", number, items=items), user)


async def ask(database: Sqlite, speech: Speech) -> list[float]:
    """Milliseconds of each search, ascending; the reader is warm after the first ones."""
    search = SqlLibraryStores(database).search(TENANT)
    times = []
    for number in range(ROUNDS):
        user = "busy" if number % 2 else f"user-{speech.chance.randrange(OTHERS)}"
        pieces = speech.query()
        began = time.perf_counter()
        await search.hits(user, pieces, Narrowed(archived=False), None, 20)
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times[10:])


async def measure(turns: int, folder: Path) -> bool:
    """Print the figures; gives whether they are within the budget."""
    speech, database = Speech(), Sqlite(folder / "search.db")
    await migrated(database)
    began = time.perf_counter()
    await fill(database, speech, turns)
    filled = time.perf_counter() - began
    times = await ask(database, speech)
    await database.close()
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    size = (folder / "search.db").stat().st_size / 1e6
    print(f"{turns:,} turns, {size:,.0f} MB, filled in {filled:.0f} s ({turns / filled:,.0f} turns/s)")
    print(
        f"search p50 {p50:.1f} ms (budget {P50_MS:g}), p99 {p99:.1f} ms (budget {P99_MS:g}), worst {times[-1]:.1f} ms"
    )
    return p50 < P50_MS and p99 < P99_MS


def main() -> None:
    """Measure once, in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where the data lies, instead of a temporary folder")
    chosen = parser.parse_args()
    with contextlib.ExitStack() as life:
        folder = chosen.folder or Path(life.enter_context(tempfile.TemporaryDirectory(prefix="parlance-search-")))
        good = asyncio.run(measure(chosen.turns, folder))
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
