"""An ask that names no model gets the default of its kind, even from an engine that could not be listed."""

from __future__ import annotations

import pytest

from parlance.core.models.connections import Models
from parlance.testing.clocks import HandClock
from parlance.testing.road import ScriptedEngine, bench
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind


@pytest.mark.parametrize(("embed", "name"), [(False, "talker"), (True, "embedder")])
async def test_an_engine_that_cannot_be_listed_is_asked_for_the_default_of_the_kind(embed: bool, name: str) -> None:
    """A chat model would only refuse to embed, and an alias is no name that an engine knows."""
    engine = ScriptedEngine()
    engine.fault = Fault(Kind.upstream, "down", code="unlisted")
    models = Models(
        bench(engine).road.models.connections,
        clock=HandClock(),
        aliases={"usual": "talker"},
        default="usual",
        embed_default="embedder",
    )
    _, card = await models.find(Principal("default", "ada"), "", embed=embed)
    assert card.ref.name == name
