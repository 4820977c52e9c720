"""A stateless answer costs no round trip to the database, with everything on that counts and checks."""

from __future__ import annotations

import re
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from parlance.ports.stores import Database
from parlance.testing.clocks import HandClock
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Caller, connection_toml, measured

PASSWORD = "a phrase that nobody else uses"
BUDGET = '[[budgets]]\nsubject = "user"\nunit = "tokens"\nperiod = "day"\nlimit = 1000000\n'
ASKS = 60
CHATS = 10
MOST_CALLS = 400
"""Of a whole answer over a connection of its own: 320 to 360 when last counted, by how its bytes came."""
MOST_CALLS_OF_AN_EVENT = 12
"""4 when last counted, where many come at once; twice as many where each comes alone."""
OURS = re.compile(r".*/src/parlance/(?!testing/)")


def counted(database: Database) -> Counter[str]:
    """Count what a database is asked from now on."""
    calls: Counter[str] = Counter()
    for name in ("read", "apply"):
        real = getattr(database, name)

        async def count(*given: Any, _name: str = name, _real: Any = real, **named: Any) -> Any:
            calls[_name] += 1
            return await _real(*given, **named)

        setattr(database, name, count)
    return calls


async def test_answers_to_a_key_of_an_account_ask_the_database_nothing(tmp_path: Path) -> None:
    """The key is known after its first use; rates, budgets and the ledger are counted in memory and written later."""
    async with MockOpenAI() as upstream:
        toml = BUDGET + connection_toml(upstream.base_url, "mock", "mock")
        async with running(loaded(tmp_path, toml=toml), clock=HandClock()) as server:
            native = Caller(server.port, "")
            made = await native.ask("POST /parlance/v1/accounts.sign_up", {"name": "Ada", "password": PASSWORD})
            native = Caller(server.port, made.json["token"])
            key = (await native.ask("POST /parlance/v1/keys.create", {"name": "laptop"})).json["key"]
            caller = Caller(server.port, key)
            assert (await caller.chat(stream=False)).status == 200
            assert server.house is not None
            calls = counted(server.house.database)
            for number in range(ASKS):
                assert (await caller.chat(stream=bool(number % 2))).status == 200
            assert len(upstream.calls) == ASKS + 1
            # What the house does by itself (who may come in, usage that is due) goes by time, not by the ask.
            assert calls.total() < ASKS / 2


class Calls:
    """Counts the calls of Parlance's own functions, the resumptions of what waited among them."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Calls:
        sys.setprofile(self._seen)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _seen(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and OURS.match(frame.f_code.co_filename):
            self.count += 1


async def test_an_answer_takes_a_bounded_number_of_calls(tmp_path: Path) -> None:
    """What an answer costs is counted, since a busy machine cannot measure it: a layer more is seen here at once."""
    async with MockOpenAI() as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-n500")
        async with running(loaded(tmp_path, toml=toml), clock=HandClock()) as server:
            caller = Caller(server.port, "")
            seen = {}
            for model, stream in (("mock", False), ("mock", True), ("mock-n500", True)):
                asked = partial(caller.chat, model=model, stream=stream)
                assert (await asked()).status == 200
                with Calls() as calls:
                    for _ in range(CHATS):
                        assert (await asked()).status == 200
                seen[model, stream] = calls.count / CHATS
            measured("calls of one answer", **{f"{name}_{stream}": seen[name, stream] for name, stream in seen})
            assert seen["mock", False] <= MOST_CALLS
            assert seen["mock", True] <= MOST_CALLS * 1.5
            assert (seen["mock-n500", True] - seen["mock", True]) / 500 <= MOST_CALLS_OF_AN_EVENT
