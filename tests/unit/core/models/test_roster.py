"""The roster: what the database says, taken over by every process, beside what nobody changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from parlance.core.models.connecting import CHANGED
from parlance.core.models.connecting_operations import (
    CreateConnection,
    DeleteConnection,
    ListConnections,
    TryConnection,
    UpdateConnection,
)
from parlance.ports.connections import StoredConnection
from parlance.testing.accounts import Office
from parlance.values.connections import ConnectionPlan, KeptConnection
from parlance.values.errors import Fault, Kind
from parlance.vault.aes_gcm import AesGcmSealer
from tests.unit.core.models.workbench import KEY, OPERATOR, Works, fixed

LAB = "http://lab.test/v1"


async def standings(works: Works) -> dict[str, str]:
    """How each stands, by name."""
    return {one.name: one.standing for one in (await works.do(ListConnections())).connections}


async def test_another_process_takes_a_change_over(office: Office) -> None:
    """When it hears of it, or with its next round."""
    here, there = Works(office), Works(office)
    made = await here.do(CreateConnection(name="lab", base_url=LAB, api_key=KEY))
    assert await there.names() == []
    await there.room.hear(b"")
    assert await there.names() == ["lab-model"] and there.shop.keys == [KEY]
    await here.do(UpdateConnection(connection=made.id, name="cellar"))
    await there.roster.round()
    assert await there.names() == ["cellar-model"] and there.shop.retired == ["lab"] and there.shop.tidied == 1
    await here.do(DeleteConnection(made.id))
    await there.roster.round()
    assert await there.names() == [] and there.shop.retired == ["lab", "cellar"]


class Wire:
    """Signals that are only remembered."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def on(self, topic: str, answering: Any) -> None:
        """Nobody listens."""

    async def ask(self, topic: str, said: bytes, *, process: str | None = None) -> bytes | None:
        """Nobody answers."""
        return None

    async def tell(self, topic: str, said: bytes) -> None:
        """Remembered; it must not carry anything."""
        assert said == b""
        self.told.append(topic)


async def test_the_others_are_told_at_once(office: Office) -> None:
    """With each change, after the commit."""
    wire = Wire()
    works = Works(office, signals=wire)
    made = await works.do(CreateConnection(name="lab", base_url=LAB))
    await works.do(UpdateConnection(connection=made.id, enabled=False))
    await works.do(DeleteConnection(made.id))
    assert wire.told == [CHANGED] * 3


async def test_what_did_not_change_stays_as_it_is(works: Works) -> None:
    """The same engine, line and circuit: a change of one connection disturbs no other."""
    await works.do(CreateConnection(name="one", base_url=LAB))
    other = await works.do(CreateConnection(name="two", base_url=LAB))
    before = works.models.connection("one")
    await works.do(UpdateConnection(connection=other.id, retries=0))
    assert works.models.connection("one") is before and works.shop.retired == ["two"]


async def test_kept_answers_are_those_of_one_version(works: Works) -> None:
    """Behind the same name another engine may answer from now on."""
    made = await works.do(CreateConnection(name="lab", base_url=LAB))
    await works.do(UpdateConnection(connection=made.id, base_url="http://other.test/v1"))
    marks = [mark for mark in works.shop.marks if mark]
    assert len(marks) == len(set(marks)) == 2


async def test_models_stay_while_the_engine_is_asked_anew(works: Works) -> None:
    """As far as they can be the same: not where another engine answers."""
    made = await works.do(CreateConnection(name="lab", base_url=LAB))
    assert await works.names() == ["lab-model"]
    await works.do(UpdateConnection(connection=made.id, retries=0))
    kept = works.models.connection("lab")
    assert kept is not None and [card.id for card in kept.cards] == ["lab-model"]
    await works.do(UpdateConnection(connection=made.id, base_url="http://other.test/v1"))
    fresh = works.models.connection("lab")
    assert fresh is not None and fresh is not kept


async def test_the_settings_win_a_name(office: Office) -> None:
    """A file that takes a name later hides what has it; that is still there to be renamed or removed."""
    made = await Works(office).do(CreateConnection(name="lab", base_url=LAB))
    works = Works(office, [fixed(office.clock, "lab")])
    await works.roster.refresh()
    listed = (await works.do(ListConnections())).connections
    assert [(one.owner, one.standing) for one in listed] == [("file", "used"), ("database", "hidden")]
    assert await works.names() == ["lab-model"] and not works.shop.keys
    await works.do(UpdateConnection(connection=made.id, name="mine"))
    assert await works.names() == ["lab-model", "mine-model"]


async def test_what_was_found_gives_way_to_what_was_added(office: Office) -> None:
    """By its name, or as the same Ollama at the same address; one with a key of its own is another account."""
    found = [
        fixed(office.clock, "ollama", "found", kind="ollama", base_url="http://127.0.0.1:11434"),
        fixed(office.clock, "openai", "found", base_url=LAB, has_key=True),
        fixed(office.clock, "quote", "built_in"),
    ]
    works = Works(office, found)
    plans = [ConnectionPlan(name="mine", kind="ollama", base_url="http://127.0.0.1:11434/")]
    plans += [ConnectionPlan(name="lab", base_url=LAB), ConnectionPlan(name="quote", base_url=LAB)]
    for number, plan in enumerate(plans):
        kept = KeptConnection(f"id-{number}", plan, number, number)
        await office.database.apply(works.rows.insert(StoredConnection(kept)))
    assert await standings(works) == dict.fromkeys(["mine", "lab", "quote", "openai"], "used")


async def test_a_key_of_another_secret_is_said_and_not_guessed(office: Office) -> None:
    """The connection is there with what is wrong; a new key mends it, and nobody's model breaks over it."""
    made = await Works(office).do(CreateConnection(name="lab", base_url=LAB, api_key=KEY))
    lost = AesGcmSealer([b"another secret, since the first one is lost"], office.entropy)
    works = Works(office, sealer=lost)
    await works.roster.refresh()
    [told] = (await works.do(ListConnections())).connections
    assert (told.standing, told.has_key, told.model_count) == ("locked", True, 0)
    assert told.last_error is not None and told.last_error.code == "cannot_unseal"
    assert "old_secret_keys" in (told.last_error.hint or "")
    assert await works.names() == [] and not works.shop.keys
    tried = await works.do(TryConnection(connection=made.id))
    assert not tried.ok and tried.error is not None and tried.error.code == "cannot_unseal"
    await works.do(UpdateConnection(connection=made.id, retries=0))
    assert await standings(works) == {"lab": "locked"}
    mended = await works.do(UpdateConnection(connection=made.id, api_key="the-same-key-once-more"))
    assert mended.standing == "used" and works.shop.keys[-1] == "the-same-key-once-more"
    assert await works.names() == ["lab-model"]


async def test_what_no_engine_can_be_made_of_any_more_stands_alone(office: Office) -> None:
    """A plug-in that is gone takes its own connections with it, and no others."""
    here = Works(office)
    kept = KeptConnection("id-1", ConnectionPlan(name="gone", base_url="http://broken.test"), 1, 1)
    await office.database.apply(here.rows.insert(StoredConnection(kept)))
    await here.do(CreateConnection(name="lab", base_url=LAB))
    assert await standings(here) == {"gone": "unfit", "lab": "used"}
    [told] = [one for one in (await here.do(ListConnections())).connections if one.name == "gone"]
    assert told.last_error is not None and told.last_error.message == "No engine can be made of this."


async def test_one_that_is_switched_off_is_kept_and_not_used(works: Works) -> None:
    """With its key, for when it is switched on again."""
    made = await works.do(CreateConnection(name="lab", base_url=LAB, api_key=KEY))
    assert (await works.do(UpdateConnection(connection=made.id, enabled=False))).standing == "off"
    assert await works.names() == [] and works.shop.retired == ["lab"]
    await works.do(UpdateConnection(connection=made.id, enabled=True))
    assert await works.names() == ["lab-model"] and works.shop.keys[-1] == KEY


async def test_how_it_fares_is_told(works: Works) -> None:
    """The circuit, what went wrong last and when, and that it does well again."""
    await works.do(CreateConnection(name="lab", base_url=LAB))
    found = works.models.connection("lab")
    assert found is not None
    refused = Fault(Kind.upstream, "No connection.", hint="Start it.", code="unreachable")
    for _ in range(5):
        with pytest.raises(Fault), found.circuit.call("ada"):
            raise refused
    at = works.office.clock.now()
    [told] = (await works.do(ListConnections())).connections
    assert told.circuit == "open" and told.last_error is not None
    assert (told.last_error.at, told.last_error.kind, told.last_error.message) == (at, "upstream", "No connection.")
    works.office.clock.move(20)
    with found.circuit.call("ada"):
        [told] = (await works.do(ListConnections())).connections
        assert told.circuit == "half_open"
    [told] = (await works.do(ListConnections())).connections
    assert told.circuit == "closed" and told.last_error is not None and told.last_error.at == at


async def test_a_database_that_is_away_leaves_everything_as_it_was(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the commit the change is heard of with the next round that finds it."""
    made = await works.do(CreateConnection(name="lab", base_url=LAB))
    version = works.rows.version

    async def away() -> int:
        raise Fault(Kind.busy, "The database is away.", code="database_unreachable")

    monkeypatch.setattr(works.rows, "version", away)
    await works.do(DeleteConnection(made.id))
    assert await works.names(OPERATOR) == ["lab-model"]
    with pytest.raises(Fault):
        await works.roster.round()
    monkeypatch.setattr(works.rows, "version", version)
    await works.roster.round()
    assert await works.names() == []


async def test_readers_at_the_same_time_take_a_change_over_once(works: Works) -> None:
    """However many hear of it."""
    kept = KeptConnection("id-1", ConnectionPlan(name="lab", base_url=LAB), 1, 1)
    await works.office.database.apply(works.rows.insert(StoredConnection(kept)))
    await asyncio.gather(*(works.roster.refresh() for _ in range(5)))
    assert len(works.shop.made) == 1
