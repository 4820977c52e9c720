"""Connections that admins add: what is kept of them, what is told, and what is refused."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from parlance.core.accounts.operations import ListAudit
from parlance.core.models.connecting import ending
from parlance.core.models.connecting_operations import (
    CreateConnection,
    DeleteConnection,
    ListConnections,
    TryConnection,
    UpdateConnection,
)
from parlance.core.models.connection_trial import TRIAL_SECONDS
from parlance.ports.connections import MOST_CONNECTIONS
from parlance.testing.accounts import Office
from parlance.testing.road import ScriptedEngine
from parlance.values.connections import ConnectionFacts
from parlance.values.errors import Fault, Kind
from tests.unit.core.models.workbench import ADMIN, KEY, OPERATOR, Works, fixed

LAB = "http://lab.test:8000/v1"


async def added(works: Works, name: str = "lab", **more: Any) -> ConnectionFacts:
    """A connection."""
    return await works.do(CreateConnection(name=name, **{"base_url": LAB, "api_key": KEY, **more}))


async def fault_of(works: Works, operation: Any, who: Any = OPERATOR) -> Fault:
    """How it is refused."""
    with pytest.raises(Fault) as refused:
        await works.do(operation, who)
    return refused.value


def text_of(value: Any) -> str:
    """All that a client would read of it."""
    return msgspec.json.encode(value).decode()


async def test_a_connection_is_used_from_the_moment_it_is_added(works: Works) -> None:
    """With its key, of which only the last characters are told."""
    made = await added(works, prefix="x/", retries=0)
    assert (made.owner, made.has_key, made.key_ending, made.standing) == ("database", True, "wxyz", "used")
    assert await works.names() == ["x/lab-model"]
    assert works.shop.keys == [KEY, KEY] and KEY in works.shop.learnt
    [told] = (await works.do(ListConnections())).connections
    assert (told.id, told.retries, told.model_count, told.model_names) == (made.id, 0, 1, ("x/lab-model",))
    assert KEY not in text_of((made, told))


async def test_the_key_lies_sealed_in_the_row_and_opens_for_that_connection_only(works: Works) -> None:
    """Not even another row of the same table can make use of it."""
    one, two = await added(works), await added(works, "two", api_key=None)
    [first, second] = await works.rows.all()
    assert (first.kept.id, second.kept.id) == (one.id, two.id) and first.key is not None and second.key is None
    assert KEY.encode() not in first.key.content
    assert works.roster.opened(first) == KEY
    moved = msgspec.structs.replace(second, key=first.key)
    with pytest.raises(Fault, match="cannot be opened"):
        works.roster.opened(moved)


async def test_a_change_keeps_what_it_leaves_out(works: Works) -> None:
    """The key too; null takes it away, and so does a new one replace it."""
    made = await added(works, prefix="x/")
    changed = await works.do(UpdateConnection(connection=made.id, retries=5))
    assert (changed.prefix, changed.retries, changed.key_ending) == ("x/", 5, "wxyz")
    assert works.shop.keys[-1] == KEY and await works.names() == ["x/lab-model"]
    changed = await works.do(UpdateConnection(connection=made.id, api_key="another-key-of-the-lab-abcd"))
    assert changed.key_ending == "abcd" and works.shop.keys[-1] == "another-key-of-the-lab-abcd"
    changed = await works.do(UpdateConnection(connection=made.id, api_key=None))
    assert not changed.has_key and works.shop.keys[-1] is None


async def test_a_key_does_not_follow_an_address_to_another_server(works: Works) -> None:
    """Else whoever may change connections could have every key sent to themselves. Another path is the same server."""
    made = await added(works)
    elsewhere = "http://elsewhere.test:8000/v1"
    for operation in (
        UpdateConnection(connection=made.id, base_url=elsewhere),
        TryConnection(connection=made.id, base_url=elsewhere),
    ):
        fault = await fault_of(works, operation)
        assert (fault.kind, fault.code, fault.field) == (Kind.invalid, "key_needed", "api_key")
    await works.do(UpdateConnection(connection=made.id, base_url="http://lab.test:8000/other"))
    await works.do(UpdateConnection(connection=made.id, base_url=elsewhere, api_key="a-key-for-elsewhere-0123"))
    await works.do(UpdateConnection(connection=made.id, base_url=LAB, api_key=None))


async def test_a_name_is_given_once_over_settings_and_database(office: Office) -> None:
    """Those that were found, or are always there, have theirs too."""
    works = Works(office, [fixed(office.clock, "mine"), fixed(office.clock, "ollama", "found")])
    made = await added(works)
    other = await added(works, "other")
    for name in ("mine", "ollama", "lab"):
        fault = await fault_of(works, CreateConnection(name=name))
        assert (fault.kind, fault.code, fault.field) == (Kind.conflict, "name_taken", "name")
    assert (await fault_of(works, UpdateConnection(connection=other.id, name="lab"))).code == "name_taken"
    assert (await works.do(UpdateConnection(connection=made.id, name="lab-2"))).name == "lab-2"
    assert await works.names() == ["mine-model", "lab-2-model", "other-model", "ollama-model"]


async def test_what_the_settings_own_is_only_shown(office: Office) -> None:
    """It can be tested as it is, and says where it stands; what nobody added cannot be changed either."""
    mine = fixed(office.clock, "mine", origin="/etc/parlance.toml:7", has_key=True)
    works = Works(office, [mine, fixed(office.clock, "off", enabled=False), fixed(office.clock, "quote", "built_in")])
    told = (await works.do(ListConnections())).connections
    assert [(one.id, one.standing, one.has_key, one.key_ending) for one in told] == [
        ("file/mine", "used", True, ""),
        ("file/off", "off", False, ""),
        ("built_in/quote", "used", False, ""),
    ]
    for id, code in (("file/mine", "owned_by_file"), ("built_in/quote", "not_added")):
        for operation in (
            UpdateConnection(connection=id),
            DeleteConnection(id),
            TryConnection(connection=id, retries=1),
        ):
            fault = await fault_of(works, operation)
            assert (fault.kind, fault.code) == (Kind.conflict, code)
            assert ("/etc/parlance.toml:7" in fault.sentence()) == (id == "file/mine")
    assert (await works.do(TryConnection(connection="file/mine"))).model_names == ("mine-model",)


async def test_only_operators_have_to_do_with_connections(works: Works) -> None:
    """An admin of a tenant has none: they belong to the server."""
    made = await added(works)
    for operation in (ListConnections(), DeleteConnection(made.id), TryConnection(connection=made.id)):
        assert (await fault_of(works, operation, ADMIN)).kind is Kind.forbidden
    assert (await fault_of(works, DeleteConnection("nothing"))).code == "connection_not_found"


async def test_what_no_engine_can_be_made_of_is_not_kept(works: Works) -> None:
    """The field that is wrong is named."""
    assert (await fault_of(works, CreateConnection(name="lab", kind="quote"))).field == "kind"
    assert (await fault_of(works, CreateConnection(name="lab", base_url="http://broken.test"))).field == "base_url"
    assert not await works.rows.all()


async def test_there_is_an_end_to_how_many_there_can_be(works: Works) -> None:
    """All of them are read at once."""
    works.roster.rows = Full(await _one(works))  # type: ignore[assignment]
    assert (await fault_of(works, CreateConnection(name="more"))).code == "too_many_connections"


class Full:
    """Rows of a table that is full."""

    def __init__(self, one: Any) -> None:
        self._one = one

    async def all(self) -> list[Any]:
        return [self._one] * MOST_CONNECTIONS


async def _one(works: Works) -> Any:
    await added(works)
    return (await works.rows.all())[0]


async def test_a_test_says_how_many_models_there_are_or_what_is_wrong(works: Works) -> None:
    """Of one that is not kept yet, of one that is, and of one with what is given besides; it leaves nothing behind."""
    tried = await works.do(TryConnection(base_url=LAB, api_key="only-for-this-test-0123", prefix="x/"))
    assert (tried.ok, tried.model_count, tried.model_names) == (True, 1, ("x/new-model",))
    assert "only-for-this-test-0123" in works.shop.learnt and works.shop.discarded == works.shop.made
    made = await added(works)
    works.shop.engines["lab"].fault = Fault(
        Kind.upstream, "The engine refused the key of its connection.", hint="Set a valid one.", code="unlisted"
    )
    tried = await works.do(TryConnection(connection=made.id, api_key=None))
    assert works.shop.keys[-1] is None
    assert not tried.ok and tried.error is not None
    assert (tried.error.kind, tried.error.code, tried.error.hint) == ("upstream", "unlisted", "Set a valid one.")
    tried = await works.do(TryConnection(connection=made.id))
    assert works.shop.keys[-1] == KEY and not tried.ok
    assert len(works.shop.made) - len(works.shop.discarded) == 1, "only the one that is kept is left"


async def test_an_engine_that_hangs_does_not_hold_a_test_up(office: Office) -> None:
    """Somebody waits in front of a form."""
    assert TRIAL_SECONDS <= 10
    works = Works(office, trial_seconds=0.01)
    engine = works.shop.engines["new"] = Hanging()
    tried = await works.do(TryConnection(base_url=LAB))
    assert not tried.ok and tried.error is not None and tried.error.code == "trial_timeout"
    assert engine.cancelled == 1


class Hanging(ScriptedEngine):
    """Never lists its models."""

    async def cards(self) -> Any:
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled += 1


async def test_all_of_it_is_in_the_audit_log_without_the_key(works: Works) -> None:
    """Who had the server call which server, too."""
    made = await added(works)
    await works.do(UpdateConnection(connection=made.id, retries=0))
    await works.do(UpdateConnection(connection=made.id, api_key="another-key-of-the-lab-abcd"))
    await works.do(TryConnection(connection=made.id))
    await works.do(TryConnection(base_url="http://other.test", api_key=KEY))
    await works.do(DeleteConnection(made.id))
    entries = (await works.do(ListAudit())).entries[::-1]
    server = "http://lab.test:8000"
    assert [(one.act, one.details.get("server"), one.details.get("key_changed")) for one in entries] == [
        ("connection_made", server, True),
        ("connection_changed", server, False),
        ("connection_changed", server, True),
        ("connection_tested", server, None),
        ("connection_tested", "http://other.test", None),
        ("connection_deleted", server, True),
    ]
    assert {one.subject for one in entries} == {made.id, None}
    assert "opens-the-lab" not in text_of(entries) and "another-key" not in text_of(entries)


@pytest.mark.parametrize(("key", "told"), [("short", ""), ("fifteen letters"[:15], ""), ("x" * 12 + "wxyz", "wxyz")])
def test_of_a_short_key_not_even_the_ending_is_told(key: str, told: str) -> None:
    """Four characters of five would give it away."""
    assert ending(key) == told


def test_what_is_left_out_is_told_from_what_is_null() -> None:
    """On the wire, where both matter for the key."""
    decode = msgspec.json.Decoder(UpdateConnection).decode
    assert decode(b'{"connection": "c"}').api_key is UNSET
    assert decode(b'{"connection": "c", "api_key": null}').api_key is None
    for wrong in (b'{"connection": "c", "api_key": "two words"}', b'{"connection": "c", "base_url": "ftp://x"}'):
        with pytest.raises(msgspec.ValidationError):
            decode(wrong)
