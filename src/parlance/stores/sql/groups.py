"""The groups of one tenant in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from parlance.ports.directory import NamePlace
from parlance.ports.stores import FEW, ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql import people
from parlance.stores.sql.rows import further, insert, listed, unchanged, update
from parlance.values.accounts import Group, User
from parlance.values.texts import folded

_NAMES = ("id", "tenant", "name", "description", "created", "updated")
_COLUMNS = ", ".join(f"user_groups.{name}" for name in _NAMES) + (
    ", (SELECT COUNT(*) FROM group_members"
    " WHERE group_members.tenant = user_groups.tenant AND group_members.group_id = user_groups.id)"
)


def _group_of(row: Row) -> Group:
    id, tenant, name, description, created, updated, members = cast(Any, row)
    return Group(id, tenant, name, created, updated, description, members)


class SqlGroups:
    """`Groups` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ------------------------------------------------------------------------------------------------------

    async def group(self, id: str) -> Group | None:
        """A group by id."""
        found = await self._read("AND user_groups.id = :id", {"id": id}, 1)
        return found[0] if found else None

    async def list(self, after: NamePlace | None, limit: int) -> Sequence[Group]:
        """Groups by name."""
        where, parameters = further(after, "user_groups")
        return await self._read(f"{where} ORDER BY name_key, id LIMIT :limit", {**parameters, "limit": limit}, limit)

    async def of(self, user: str) -> Sequence[Group]:
        """The groups of a user, by name."""
        mine = "AND EXISTS (SELECT 1 FROM group_members AS mine WHERE mine.tenant = user_groups.tenant"
        where = f"{mine} AND mine.group_id = user_groups.id AND mine.user_id = :of_user)"
        return await self._read(f"{where} ORDER BY name_key, id LIMIT :limit", {"of_user": user, "limit": FEW}, FEW)

    async def _read(self, where: str, parameters: Mapping[str, Value], most: int) -> Sequence[Group]:
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM user_groups WHERE user_groups.tenant = :tenant {where}",
            {"tenant": self._tenant, **parameters},
            most=most,
        )
        return [_group_of(row) for row in rows]

    async def members(self, group: str, after: NamePlace | None, limit: int) -> Sequence[User]:
        """Who is in a group, by name."""
        where, parameters = further(after, "users")
        rows = await self._database.read(
            f"SELECT {people.COLUMNS} FROM users JOIN group_members"
            " ON group_members.tenant = users.tenant AND group_members.user_id = users.id"
            f" WHERE users.tenant = :tenant AND group_members.group_id = :in_group {where}"
            " ORDER BY users.name_key, users.id LIMIT :limit",
            {"tenant": self._tenant, "in_group": group, "limit": limit, **parameters},
            most=limit,
        )
        return [people.user_of(row) for row in rows]

    async def among(self, group: str, users: Sequence[str]) -> Sequence[str]:
        """Which of these users are in a group."""
        places, parameters = listed("id", users)
        rows = await self._database.read(
            "SELECT user_id FROM group_members"
            f" WHERE tenant = :tenant AND group_id = :in_group AND user_id IN {places}",
            {"tenant": self._tenant, "in_group": group, **parameters},
            most=len(users),
        )
        return [cast(str, row[0]) for row in rows]

    # -- changes ------------------------------------------------------------------------------------------------------

    def insert(self, group: Group) -> Statement:
        """A new group."""
        row: dict[str, Value] = {"tenant": self._tenant, "id": group.id, "created": group.created}
        return insert("user_groups", {**row, **_columns(group)})

    def change(self, before: Group, after: Group) -> Statement:
        """What differs."""
        return update("user_groups", self._tenant, before.id, _columns(after), unchanged(before.updated))

    def delete(self, id: str) -> ChangeSet:
        """The group; its members stay users."""
        where = {"tenant": self._tenant, "id": id}
        members = Statement("DELETE FROM group_members WHERE tenant = :tenant AND group_id = :id", where, None)
        return members, Statement("DELETE FROM user_groups WHERE tenant = :tenant AND id = :id", where)

    def add(self, group: str, user: str, at: int) -> Statement:
        """Put a user in."""
        return insert("group_members", {"tenant": self._tenant, "group_id": group, "user_id": user, "added": at})

    def remove(self, group: str, user: str) -> Statement:
        """Take a user out, if they are in."""
        return Statement(
            "DELETE FROM group_members WHERE tenant = :tenant AND group_id = :in_group AND user_id = :id",
            {"tenant": self._tenant, "in_group": group, "id": user},
            None,
        )


def _columns(group: Group) -> dict[str, Value]:
    return {
        "name": group.name,
        "name_key": folded(group.name)[:255],
        "description": group.description,
        "updated": group.updated,
    }
