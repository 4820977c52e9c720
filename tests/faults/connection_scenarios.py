"""Connections that an operator adds, tests, changes and removes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from parlance.core.models.connecting_operations import (
    CreateConnection,
    DeleteConnection,
    ListConnections,
    TryConnection,
    UpdateConnection,
)
from tests.faults.chat_scenarios import nothing
from tests.faults.library_scenarios import by_admin
from tests.faults.runner import Scenario
from tests.faults.stage import ADMIN, Stage

KEY = "what-opens-the-lab-wxyz"
LAB = "http://lab.test/v1"


async def added(stage: Stage) -> Any:
    """A connection with a key."""
    return SimpleNamespace(lab=await stage.do(CreateConnection(name="lab", base_url=LAB, api_key=KEY), ADMIN))


async def change(stage: Stage, given: Any) -> Any:
    """Its key is another one, and every process has heard of it by the next round."""
    made = await stage.do(
        UpdateConnection(connection=given.lab.id, api_key="what-opens-it-from-now-on", retries=0), ADMIN
    )
    await stage.connecting._rounds.tried(stage.connecting.room.roster.round)
    return made


SCENARIOS = (
    Scenario("a connection is added", nothing, by_admin(lambda g: CreateConnection(name="lab", base_url=LAB))),
    Scenario("a connection is changed", added, change),
    Scenario("a connection is removed", added, by_admin(lambda g: DeleteConnection(g.lab.id))),
    Scenario("a connection is tested", added, by_admin(lambda g: TryConnection(connection=g.lab.id)), once=False),
    Scenario("connections are listed", added, by_admin(lambda g: ListConnections())),
)
