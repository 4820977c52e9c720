"""The suite that every `Database` passes."""

from __future__ import annotations

import asyncio

import pytest

from parlance.ports.stores import ChangeSet, Conflict, Database, Statement
from parlance.values.errors import Fault

_PUT = "INSERT INTO preferences (tenant, name, content, version, updated) VALUES ('default', :name, :content, :n, 0)"
_ALL = "SELECT name, content, version FROM preferences WHERE tenant = 'default' ORDER BY name"
_BYTES = "INSERT INTO server_facts (name, codec, key_id, content, created) VALUES (:name, 'none', '', :content, 0)"
HARD_TEXTS = (
    "",
    "Ünïcödé",
    "知识库",
    "👩‍👩‍👧 \U0001f9d1\u200d",
    "a'b\"c\\d%e_f",
    ":name ? $1 %s",
    "line\r\nline\ttab",
    " both ",
)


def put(name: str, content: str = "", n: int = 0) -> Statement:
    """A row of the table that the suite writes to."""
    return Statement(_PUT, {"name": name, "content": content, "n": n})


def named(number: int, name: str) -> Statement:
    """A row of a table whose names are of any script."""
    sql = (
        "INSERT INTO tenants (id, number, name, name_key, disabled, created, updated) "
        "VALUES (:id, :number, :name, :name, 0, 0, 0)"
    )
    return Statement(sql, {"id": f"t-{number}", "number": number, "name": name})


def add(name: str, amount: int = 1, rows: int | None = 1) -> Statement:
    """Count on a row."""
    sql = "UPDATE preferences SET version = version + :amount WHERE tenant = 'default' AND name = :name"
    return Statement(sql, {"amount": amount, "name": name}, rows)


async def counted(database: Database, name: str) -> object:
    """What a row has counted to."""
    sql = "SELECT version FROM preferences WHERE tenant = 'default' AND name = :name"
    [[number]] = await database.read(sql, {"name": name})
    return number


class DatabaseContract:
    """What every database does: subclass, give the fixture `database` (at the newest schema), and inherit the tests."""

    async def test_text_is_kept_exactly(self, database: Database) -> None:
        """Of every script, with quotes, wildcards, line ends and blanks, and with what looks like a parameter."""
        for number, text in enumerate(HARD_TEXTS):
            await database.apply((put(f"text-{number}", text, number),))
        rows = await database.read(_ALL, {})
        assert [row[1] for row in rows] == list(HARD_TEXTS)

    async def test_numbers_bytes_and_nothing_are_kept_exactly(self, database: Database) -> None:
        """All 64 bits, every byte, and NULL as `None`."""
        for number in (0, -1, 2**63 - 1, -(2**63)):
            await database.apply((put(f"n{number}", "", number),))
            assert await counted(database, f"n{number}") == number
        raw = bytes(range(256))
        await database.apply((Statement(_BYTES, {"name": "raw", "content": raw}),))
        assert await database.read("SELECT content, NULL FROM server_facts WHERE name = :n", {"n": "raw"}) == [
            (raw, None)
        ]

    async def test_names_differ_by_case_accent_and_trailing_blanks(self, database: Database) -> None:
        """They are compared by their bytes, and sorted by them."""
        names = ("A", "A ", "a", "a ", "a  ", "a-", "z", "Å", "å", "知", "\U0001f9d1")
        await database.apply(tuple(named(number, name) for number, name in enumerate(names)))
        rows = await database.read("SELECT name_key FROM tenants WHERE id <> 'default' ORDER BY name_key", {})
        assert [row[0] for row in rows] == list(names)
        for number, name in enumerate(names):
            found = await database.read("SELECT number FROM tenants WHERE name_key = :name", {"name": name})
            assert found == [(number,)]

    async def test_ids_differ_by_case_and_trailing_blanks(self, database: Database) -> None:
        """Also where they are a key."""
        names = ("A", "A ", "a", "a ", "a-", "z")
        await database.apply(tuple(put(name) for name in names))
        assert [row[0] for row in await database.read(_ALL, {})] == list(names)

    async def test_a_change_set_is_applied_whole_or_not_at_all(self, database: Database) -> None:
        """Its last statement may be the one that cannot be."""
        await database.apply((put("one"),))
        for last in (put("one"), add("nobody"), add("one", rows=2)):
            with pytest.raises(Conflict):
                await database.apply((put("two"), add("one"), last))
        assert [(row[0], row[2]) for row in await database.read(_ALL, {})] == [("one", 0)]

    async def test_a_row_that_is_matched_counts_though_nothing_changes(self, database: Database) -> None:
        """Otherwise a second identical change would look like a conflict."""
        await database.apply((put("one"),))
        await database.apply((add("one", 0), add("one", 0)))

    async def test_any_number_of_rows_may_be_allowed(self, database: Database) -> None:
        """A clean-up does not know how many there are."""
        await database.apply((add("nobody", rows=None), add("nobody", rows=0)))
        await database.apply(())

    async def test_a_row_that_hangs_on_nothing_is_a_conflict(self, database: Database) -> None:
        """Somebody else removed what it belongs to."""
        sql = _PUT.replace("'default'", "'no-such-tenant'")
        with pytest.raises(Conflict):
            await database.apply((Statement(sql, {"name": "x", "content": "", "n": 0}),))

    async def test_writers_of_one_row_lose_nothing_and_meet_no_deadlock(self, database: Database) -> None:
        """Also when they take two rows in different orders: who loses is applied again."""
        await database.apply((put("left"), put("right")))

        async def write(number: int) -> None:
            order = ("left", "right") if number % 2 else ("right", "left")
            for _ in range(5):
                await _until_applied(database, tuple(add(name) for name in order))

        await asyncio.gather(*(write(number) for number in range(8)))
        assert (await counted(database, "left"), await counted(database, "right")) == (40, 40)

    async def test_a_guarded_update_never_passes_its_limit(self, database: Database) -> None:
        """The condition is judged when the row is held, not before."""
        await database.apply((put("quota"),))
        sql = (
            "UPDATE preferences SET version = version + 1 WHERE tenant = 'default' AND name = 'quota' AND version < 10"
        )

        async def take() -> bool:
            try:
                await database.apply((Statement(sql, {}),))
            except Conflict:
                return False
            return True

        assert sum(await asyncio.gather(*(take() for _ in range(40)))) == 10
        assert await counted(database, "quota") == 10

    async def test_a_reader_never_sees_half_a_change(self, database: Database) -> None:
        """Both rows are one change: their sum is always zero."""
        await database.apply((put("left"), put("right")))
        over = asyncio.Event()

        async def look() -> None:
            while not over.is_set():
                [[total]] = await database.read("SELECT SUM(version) FROM preferences WHERE tenant = 'default'", {})
                assert int(str(total)) == 0
                await asyncio.sleep(0)

        looking = asyncio.ensure_future(look())
        for _ in range(30):
            await database.apply((add("left", 1), add("right", -1)))
        over.set()
        await looking

    async def test_what_was_applied_is_read_at_once(self, database: Database) -> None:
        """By whoever heard that it was."""
        for number in range(20):
            await database.apply((put(f"row-{number:02}"),))
            assert len(await database.read(_ALL, {})) == number + 1

    async def test_a_long_read_gives_every_row(self, database: Database) -> None:
        """Away from the event loop, where that would stand still."""
        for start in range(0, 600, 200):
            await database.apply(tuple(put(f"row-{number:03}") for number in range(start, start + 200)))
        assert len(await database.read(_ALL, {}, most=1000)) == 600

    async def test_a_mistake_of_ours_is_no_conflict(self, database: Database) -> None:
        """It is raised as it is, once, and hurts nobody else who writes at the same time."""
        wrong = Statement("UPDATE no_such_table SET x = 1", {})
        found = await asyncio.gather(
            database.apply((put("a"),)), database.apply((wrong,)), database.apply((put("b"),)), return_exceptions=True
        )
        assert found[0] is None and found[2] is None
        assert isinstance(found[1], Exception) and not isinstance(found[1], Conflict)
        assert [row[0] for row in await database.read(_ALL, {})] == ["a", "b"]

    @pytest.mark.parametrize("change", [put("half", "\ud800"), put("wide", "", 2**70)], ids=["half", "wide"])
    async def test_a_value_that_cannot_be_kept_hurts_only_its_own(self, database: Database, change: Statement) -> None:
        """It is raised as what it is, neither a conflict nor an absence of the database, and others go on."""
        wrong, right = await asyncio.gather(
            database.apply((put("before"), change)), database.apply((put("a"),)), return_exceptions=True
        )
        assert isinstance(wrong, Exception) and not isinstance(wrong, Conflict | Fault)
        assert right is None
        await database.apply((put("b"),))
        assert [row[0] for row in await database.read(_ALL, {})] == ["a", "b"]


async def _until_applied(database: Database, changes: ChangeSet) -> None:
    """As dispatch does, but without an end: a conflict is decided anew."""
    while True:
        try:
            return await database.apply(changes)
        except Conflict:
            await asyncio.sleep(0)
