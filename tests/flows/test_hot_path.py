"""A stateless answer costs no round trip to the database, with everything on that counts and checks."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from parlance.ports.stores import Database
from parlance.testing.clocks import HandClock
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Caller, connection_toml

PASSWORD = "a phrase that nobody else uses"
BUDGET = '[[budgets]]\nsubject = "user"\nunit = "tokens"\nperiod = "day"\nlimit = 1000000\n'
ASKS = 60


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
