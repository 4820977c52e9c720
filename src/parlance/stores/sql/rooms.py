"""Room in SQL: how much is used and reserved, counted in the change set that takes it.

Two kinds of room are counted alike: that of people's files, and that of the documents in knowledge bases.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from parlance.ports.files import PAGE, UNBOUND, WHOLE_TENANT
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.values.files import Hold, Room


class RoomTables(NamedTuple):
    """Where one kind of room is counted. `owner` and `counted` are columns; `most` is the bound in SQL, of `:most`."""

    rooms: str
    holds: str
    owner: str
    counted: str
    most: str = ":most"


FILES = RoomTables("file_rooms", "file_holds", "user_id", "files")
DOCUMENTS = RoomTables("knowledge_rooms", "knowledge_holds", "base", "documents", "COALESCE(quota, :most)")


class SqlRooms:
    """`Rooms` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str, tables: RoomTables) -> None:
        self._database = database
        self._tenant = tenant
        self._tables = tables

    # -- reading ----------------------------------------------------------------------------------------------------

    async def room(self, user: str) -> Room | None:
        """What somebody's files take."""
        rooms, _, owner, count, _ = self._tables
        sql = f"SELECT used, reserved, {count} FROM {rooms} WHERE tenant = :tenant AND {owner} = :user"
        found = await self._read(sql, {"user": user}, 1)
        return Room(*cast(Any, found[0])) if found else None

    async def hold(self, id: str) -> Hold | None:
        """Room that an upload has reserved."""
        sql = f"SELECT {_hold_columns(self._tables)} FROM {self._tables.holds} WHERE tenant = :tenant AND id = :id"
        found = await self._read(sql, {"id": id}, 1)
        return Hold(*cast(Any, found[0])) if found else None

    # -- changes ----------------------------------------------------------------------------------------------------

    def make_room(self, user: str) -> ChangeSet:
        """Somebody's empty count."""
        rooms, _, owner, count, _ = self._tables
        sql = f"INSERT INTO {rooms} (tenant, {owner}, used, reserved, {count}) VALUES (:tenant, :user, 0, 0, 0)"
        return (self._statement(sql, {"user": user}),)

    def reserve(self, hold: Hold, user_limit: int | None, tenant_limit: int | None) -> ChangeSet:
        """Room for a new upload."""
        sql = (
            f"INSERT INTO {self._tables.holds} (tenant, id, {self._tables.owner}, blob_id, room, expires)"
            " VALUES (:tenant, :id, :user, :blob, :room, :expires)"
        )
        row = {"id": hold.id, "user": hold.user, "blob": hold.blob, "room": hold.bytes, "expires": hold.expires}
        return (*self._take(hold.user, hold.bytes, user_limit, tenant_limit), self._statement(sql, row))

    def extend(
        self, hold: Hold, more: int, expires: int, user_limit: int | None, tenant_limit: int | None
    ) -> ChangeSet:
        """More room for an upload."""
        sql = (
            f"UPDATE {self._tables.holds} SET room = room + :more, expires = :expires"
            " WHERE tenant = :tenant AND id = :id AND room = :room"
        )
        row = {"id": hold.id, "room": hold.bytes, "more": more, "expires": expires}
        taken = self._take(hold.user, more, user_limit, tenant_limit) if more else ()
        return (*taken, self._statement(sql, row))

    def release(self, hold: Hold) -> ChangeSet:
        """From reserved to free."""
        return (*self._counted(hold.user, {"reserved": -hold.bytes}), self._unhold(hold.id, hold.bytes))

    def _take(self, user: str, room: int, user_limit: int | None, tenant_limit: int | None) -> ChangeSet:
        rooms, _, owner, _, most = self._tables
        sql = (
            f"UPDATE {rooms} SET reserved = reserved + :room"
            f" WHERE tenant = :tenant AND {owner} = :user AND used + reserved + :room <= {most}"
        )
        limits = ((WHOLE_TENANT, tenant_limit), (user, user_limit))
        return tuple(
            self._statement(sql, {"user": who, "room": room, "most": UNBOUND if most is None else most})
            for who, most in limits
        )

    def _counted(self, user: str, changes: dict[str, int]) -> ChangeSet:
        return (*self._count(WHOLE_TENANT, changes), *self._count(user, changes))

    def _count(self, user: str, changes: dict[str, int]) -> ChangeSet:
        rooms, _, owner, _, _ = self._tables
        added = ", ".join(f"{name} = {name} + :{name}" for name in changes)
        sql = f"UPDATE {rooms} SET {added} WHERE tenant = :tenant AND {owner} = :user"
        return (self._statement(sql, {"user": user, **changes}),)

    def _unhold(self, id: str, room: int) -> Statement:
        sql = f"DELETE FROM {self._tables.holds} WHERE tenant = :tenant AND id = :id AND room = :room"
        return self._statement(sql, {"id": id, "room": room})

    def _statement(self, sql: str, parameters: dict[str, Any], rows: int | None = 1) -> Statement:
        return Statement(sql, {"tenant": self._tenant, **parameters}, rows)

    async def _read(self, sql: str, parameters: dict[str, Value], most: int) -> Sequence[Row]:
        return await self._database.read(sql, {"tenant": self._tenant, **parameters}, most=most)


def _hold_columns(tables: RoomTables) -> str:
    return f"tenant, id, {tables.owner}, blob_id, room, expires"


async def overdue_holds(database: Database, tables: RoomTables, now: int) -> list[Hold]:
    """Reservations whose time is over: of every tenant, the oldest first."""
    found: list[Hold] = []
    for tenant in await tenants_of(database):
        sql = (
            f"SELECT {_hold_columns(tables)} FROM {tables.holds}"
            f" WHERE tenant = :tenant AND expires < :now ORDER BY expires LIMIT {PAGE}"
        )
        rows = await database.read(sql, {"tenant": tenant, "now": now}, most=PAGE)
        found += [Hold(*cast(Any, row)) for row in rows]
    return found


async def tenants_of(database: Database) -> list[str]:
    """The ids of all tenants."""
    found = await database.read("SELECT id FROM tenants ORDER BY id", {}, most=10_000)
    return [str(row[0]) for row in found]
