"""What is kept, read back over HTTP, and the cost of a sign-in: `python -m benchmarks.kept [--chats N] [--turns N]`.

One server on SQLite as `parlance serve` starts it. An account has so many chats of two turns each, and one long chat.
Each figure is the median of many requests on one connection; the bare hash is taken in this process, by turns with
sign-ins.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from parlance.ports.stores import Statement
from parlance.stores.sql.chats import SqlChats
from parlance.stores.sql.sqlite import Sqlite
from parlance.stores.sql.turns import SqlTurns
from parlance.testing.servers import Server, as_process
from parlance.values.chats import Chat, Turn, TurnItem
from parlance.values.messages import Message
from parlance.vault.argon2 import LANES, MEMORY_KIB, TIME_COST

LIST_MS, OPEN_MS, SIGN_IN = 2.0, 50.0, 1.5
TENANT, LONG, PASSWORD = "default", "chat-long", "a phrase that nobody else uses"
AT_ONCE = 256
"""Change sets that wait together while the data is made."""


class Client:
    """One connection, with the token of a session."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port)
        self.token = ""

    def ask(self, method: str, operation: str, body: dict[str, Any] | None = None) -> Any:
        """One native operation; its answer."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        text = None if body is None else json.dumps(body)
        self._connection.request(method, f"/parlance/v1/{operation}", text, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{operation}: {answer.status} {content[:300]!r}")
        return json.loads(content)


def turns(stored: SqlTurns, chat: str, user: str, count: int, at: int) -> Iterator[Statement]:
    """A straight conversation of so many turns."""
    parent = None
    for number in range(count):
        role = "user" if number % 2 == 0 else "assistant"
        items = (TurnItem("item", Message(role, "Some words that were said. " * 8)),)
        turn = Turn(f"{chat}-turn-{number:05}", chat, role, "complete", at + number, parent=parent, items=items)
        yield from stored.insert(turn, user)
        parent = turn.id


async def fill(path: Path, user: str, chats: int, long: int) -> None:
    """Put the chats into the database of a server that does not run."""
    database = Sqlite(path)
    kept, stored = SqlChats(database, TENANT), SqlTurns(database, TENANT)
    for first in range(0, chats, AT_ONCE):
        waiting = []
        for number in range(first, min(first + AT_ONCE, chats)):
            chat = Chat(f"chat-{number:06}", TENANT, user, number, number, title=f"Chat {number}")
            waiting.append(database.apply((*kept.insert(chat), *turns(stored, chat.id, user, 2, number))))
        await asyncio.gather(*waiting)
    await database.apply(tuple(kept.insert(Chat(LONG, TENANT, user, 0, 0, title="Long"))))
    for statements in _packed(list(turns(stored, LONG, user, long, 0))):
        await database.apply(tuple(statements))
    await database.close()


def _packed(statements: list[Statement]) -> Iterator[list[Statement]]:
    for first in range(0, len(statements), 500):
        yield statements[first : first + 500]


def median_ms(act: Callable[[], object], rounds: int) -> float:
    """Median milliseconds of an act, after a few that only warm up."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[rounds // 10 :])


def sign_in_cost(client: Client, rounds: int = 15) -> tuple[float, float]:
    """Milliseconds of a sign-in and of the bare check of the same kind of hash, taken by turns."""
    hasher = PasswordHasher(TIME_COST, MEMORY_KIB, LANES)
    known = hasher.hash(PASSWORD)
    pairs = [
        (
            median_ms(lambda: client.ask("POST", "accounts.sign_in", {"account": "Ada", "password": PASSWORD}), 1),
            median_ms(lambda: hasher.verify(known, PASSWORD), 1),
        )
        for _ in range(rounds)
    ]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def measure(folder: Path, chats: int, long: int) -> bool:
    """Print the figures; gives whether they are within the budgets."""
    with as_process(folder) as server:
        client = Client(server)
        made = client.ask("POST", "accounts.sign_up", {"name": "Ada", "password": PASSWORD})
    asyncio.run(fill(folder / "data" / "parlance.db", made["user"]["id"], chats, long))
    with as_process(folder) as server:
        client = Client(server)
        client.token = made["token"]
        listed = median_ms(lambda: client.ask("GET", "chats.list"), 300)
        opened = median_ms(lambda: client.ask("GET", f"chats.read?chat={LONG}"), 40)
        assert len(client.ask("GET", f"chats.read?chat={LONG}")["turns"]) == long
        signed, bare = sign_in_cost(client)
    size = os.stat(folder / "data" / "parlance.db").st_size / 1e6
    print(f"{chats:,} chats and one of {long:,} turns, {size:,.0f} MB")
    print(f"list chats p50 {listed:.2f} ms (budget {LIST_MS:g})")
    print(f"open {long:,} turns p50 {opened:.1f} ms (budget {OPEN_MS:g})")
    print(f"sign-in {signed:.1f} ms, bare hash {bare:.1f} ms: {signed / bare:.2f} × (budget {SIGN_IN:g})")
    return listed < LIST_MS and opened < OPEN_MS and signed / bare <= SIGN_IN


def main() -> None:
    """Measure once, in a folder that is removed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chats", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=2_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="parlance-kept-") as folder:
        sys.exit(0 if measure(Path(folder), chosen.chats, chosen.turns) else 1)


if __name__ == "__main__":
    main()
