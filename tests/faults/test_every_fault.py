"""Whichever call of the database, of files, of HTTP or of the clock fails: nothing is lost, doubled, half done or left
behind, every failure is told as what it is, and the second try succeeds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from parlance.core.library.folder_operations import CreateFolder
from parlance.values.chats import Chat
from tests.faults import (
    account_scenarios,
    asking_scenarios,
    chat_scenarios,
    chatbot_scenarios,
    connection_scenarios,
    knowledge_scenarios,
    library_scenarios,
    road_scenarios,
)
from tests.faults.chat_scenarios import nothing
from tests.faults.runner import Act, Scenario, play
from tests.faults.stage import Stage, World

ROOMS: tuple[Any, ...] = (
    *(account_scenarios, asking_scenarios, chat_scenarios, chatbot_scenarios),
    *(connection_scenarios, knowledge_scenarios, library_scenarios, road_scenarios),
)
SCENARIOS: dict[str, Scenario] = {each.name: each for room in ROOMS for each in room.SCENARIOS}
PROMISED = 60


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, World]:
    """A house as it is configured usually, one where a model makes titles, and one with the chatbot app."""
    app = tmp_path_factory.mktemp("chatbot")
    (app / ".config.yml").write_text(chatbot_scenarios.CONFIG, "utf-8")
    made = {
        "chatbot": World(app),
        "plain": World(tmp_path_factory.mktemp("plain")),
        "titled": World(tmp_path_factory.mktemp("titled"), **{"chats.title_model": "model"}),
    }
    for world in made.values():
        asyncio.run(world.begin())
    return made


@pytest.mark.slow  # all of them together
@pytest.mark.timeout(240)  # one of them makes some thousand calls
@pytest.mark.parametrize("name", SCENARIOS)
async def test_whichever_call_fails_all_is_well_afterwards(name: str, worlds: Mapping[str, World]) -> None:
    scenario = SCENARIOS[name]
    assert await play(worlds[scenario.world], scenario) > 0


async def _two_commits(stage: Stage, given: Any) -> None:
    await stage.do(CreateFolder("One"))
    await stage.do(CreateFolder("Two"))


async def _never_kept(stage: Stage, given: Any) -> Chat:
    return Chat("never-kept", "default", "ada", 0, 0)


@pytest.mark.parametrize(("act", "found"), [(_two_commits, "half done"), (_never_kept, "what was told is not there")])
async def test_what_is_half_done_or_not_kept_is_found(act: Act, found: str, worlds: Mapping[str, World]) -> None:
    with pytest.raises(AssertionError, match=found):
        await play(worlds["plain"], Scenario("a defect", nothing, act))


def test_there_are_as_many_scenarios_as_are_promised() -> None:
    assert len(SCENARIOS) >= PROMISED
