"""The users of one tenant in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from parlance.ports.directory import NamePlace
from parlance.ports.stores import FEW, ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import further, insert, listed, piece, unchanged, update
from parlance.values.accounts import Credentials, Role, User
from parlance.values.texts import folded

_NAMES = (
    *("id", "tenant", "name", "email", "role", "operates", "disabled", "owned_by", "created", "updated", "last_seen"),
    *("password_hash IS NOT NULL", "totp_confirmed IS NOT NULL"),
)
WIDTH = len(_NAMES)
"""How many columns a user is read from."""
COLUMNS = ", ".join(f"users.{name}" for name in _NAMES)


def user_of(row: Row) -> User:
    """The user of a row of `COLUMNS`."""
    id, tenant, name, email, role, operates, disabled, owned_by, created, updated, seen, password, totp = cast(Any, row)
    return User(
        id=id,
        tenant=tenant,
        name=name,
        role=role,
        created=created,
        updated=updated,
        email=email,
        operates=bool(operates),
        disabled=bool(disabled),
        owned_by=owned_by,
        last_seen=seen,
        has_password=bool(password),
        has_totp=bool(totp),
    )


def credentials_of(row: Row) -> Credentials:
    """What stands behind a user's columns: the hash, and whether the tenant is disabled."""
    return Credentials(user_of(row[:WIDTH]), cast(str | None, row[WIDTH]), bool(row[WIDTH + 1]))


_OWNED = (
    *("handles", "credentials", "sessions", "api_keys", "one_time", "recovery_codes", "group_members", "identities"),
)
"""Tables of what only one user has."""
CREDENTIALS = f"SELECT {COLUMNS}, users.password_hash, tenants.disabled"


class SqlPeople:
    """`People` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ------------------------------------------------------------------------------------------------------

    async def user(self, id: str) -> User | None:
        """A user by id."""
        found = await self._read("AND id = :id", {"id": id}, most=1)
        return found[0] if found else None

    async def these(self, ids: Sequence[str]) -> Mapping[str, User]:
        """Some users by their ids, a hundred with each statement."""
        found: dict[str, User] = {}
        for start in range(0, len(ids), 100):
            places, parameters = listed("id", ids[start : start + 100])
            users = await self._read(f"AND id IN {places}", parameters, most=100)
            found |= {user.id: user for user in users}
        return found

    async def credentials(self, id: str) -> Credentials | None:
        """What a user's sign-in is judged by."""
        rows = await self._database.read(
            f"{CREDENTIALS} FROM users JOIN tenants ON tenants.id = users.tenant"
            " WHERE users.tenant = :tenant AND users.id = :id",
            {"tenant": self._tenant, "id": id},
            most=1,
        )
        return credentials_of(rows[0]) if rows else None

    async def list(self, sought: str, role: Role | None, after: NamePlace | None, limit: int) -> Sequence[User]:
        """Users by name, in one range of one index unless something is sought."""
        where, parameters = further(after)
        if sought:
            where += " AND (name_key LIKE :sought ESCAPE '!' OR email_key LIKE :sought ESCAPE '!')"
            parameters["sought"] = piece(folded(sought))
        if role is not None:
            where += " AND role = :role"
            parameters["role"] = role
        return await self._read(f"{where} ORDER BY name_key, id LIMIT :limit", {**parameters, "limit": limit}, limit)

    async def _read(self, where: str, parameters: Mapping[str, Value], most: int = FEW) -> Sequence[User]:
        rows = await self._database.read(
            f"SELECT {COLUMNS} FROM users WHERE tenant = :tenant {where}",
            {"tenant": self._tenant, **parameters},
            most=most,
        )
        return [user_of(row) for row in rows]

    async def admins(self) -> int:
        """How many admins are not disabled."""
        rows = await self._database.read(
            "SELECT COUNT(*) FROM users WHERE tenant = :tenant AND role = 'admin' AND disabled = 0",
            {"tenant": self._tenant},
            most=1,
        )
        return cast(int, rows[0][0])

    # -- changes ------------------------------------------------------------------------------------------------------

    def insert(self, user: User, password_hash: str | None) -> ChangeSet:
        """A new user, and the name to sign in with; a user of the settings file has none, for it has no password."""
        row = {"tenant": self._tenant, "id": user.id, "password_hash": password_hash, "created": user.created}
        made = insert("users", {**row, **_columns(user)})
        return (made,) if user.owned_by == "file" else (made, self._handle(user))

    def claim(self, user: User, password_hash: str | None) -> ChangeSet:
        """Turn the machine's owner into an account."""
        values = {**_columns(user), "password_hash": password_hash, "created": user.created}
        return update("users", self._tenant, user.id, values, ("AND owned_by = 'machine'", {})), self._handle(user)

    def change(self, before: User, after: User) -> ChangeSet:
        """What differs."""
        was, becomes = _columns(before), _columns(after)
        values = {name: value for name, value in becomes.items() if name == "updated" or value != was[name]}
        changes = [update("users", self._tenant, before.id, values, unchanged(before.updated))]
        if before.handle != after.handle and before.owned_by == "database":
            where = {"tenant": self._tenant, "id": before.id, "handle": before.handle}
            old = "DELETE FROM handles WHERE tenant = :tenant AND user_id = :id AND handle = :handle"
            changes += [Statement(old, where), self._handle(after)]
        return tuple(changes)

    def set_password(self, id: str, password_hash: str, before: str | None, at: int) -> Statement:
        """Another hash in place of the one that was read."""
        values: dict[str, Value] = {"password_hash": password_hash, "updated": at}
        if before is None:
            return update("users", self._tenant, id, values, ("AND password_hash IS NULL", {}))
        return update("users", self._tenant, id, values, ("AND password_hash = :was_hash", {"was_hash": before}))

    def delete(self, id: str) -> ChangeSet:
        """The user with all that only they had, in the order in which the rows refer to each other."""
        where = {"tenant": self._tenant, "id": id}
        gone = [
            Statement(f"DELETE FROM {name} WHERE tenant = :tenant AND user_id = :id", where, None) for name in _OWNED
        ]
        return *gone, Statement("DELETE FROM users WHERE tenant = :tenant AND id = :id", where)

    def seen(self, id: str, at: int) -> Statement:
        """When the user was last there; whoever has been deleted meanwhile was not."""
        return update("users", self._tenant, id, {"last_seen": at}, rows=None)

    def _handle(self, user: User) -> Statement:
        return insert("handles", {"handle": user.handle, "tenant": self._tenant, "user_id": user.id})


def _columns(user: User) -> dict[str, Value]:
    """What a change may change."""
    return {
        "name": user.name,
        "name_key": folded(user.name)[:255],
        "email": user.email,
        "email_key": None if user.email is None else folded(user.email)[:255],
        "role": user.role,
        "operates": int(user.operates),
        "disabled": int(user.disabled),
        "owned_by": user.owned_by,
        "updated": user.updated,
    }
