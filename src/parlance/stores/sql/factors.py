"""Second factors of one tenant's users in SQL: columns of the user's row, and a row for each recovery code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.factors import Factor
from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Database, Statement, Value
from parlance.stores.sql.rows import insert, update

_NONE: dict[str, Value] = {
    "totp_codec": None,
    "totp_key": None,
    "totp": None,
    "totp_confirmed": None,
    "totp_step": None,
}


class SqlFactors:
    """`Factors` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def find(self, user: str) -> Factor | None:
        """A user's, confirmed or not."""
        rows = await self._database.read(
            "SELECT totp_codec, totp_key, totp, totp_confirmed, totp_step FROM users"
            " WHERE tenant = :tenant AND id = :id AND totp IS NOT NULL",
            {"tenant": self._tenant, "id": user},
            most=1,
        )
        if not rows:
            return None
        codec, key_id, content, confirmed, step = cast(Any, rows[0])
        return Factor(Sealed(codec, key_id, bytes(content)), confirmed, step)

    async def codes(self, user: str) -> int:
        """How many recovery codes are left."""
        rows = await self._database.read(
            "SELECT COUNT(*) FROM recovery_codes WHERE tenant = :tenant AND user_id = :of_user AND used IS NULL",
            {"tenant": self._tenant, "of_user": user},
            most=1,
        )
        return cast(int, rows[0][0])

    async def has_code(self, user: str, digest: str) -> bool:
        """Whether a recovery code is there and unused."""
        rows = await self._database.read(
            "SELECT 1 FROM recovery_codes"
            " WHERE tenant = :tenant AND user_id = :of_user AND digest = :digest AND used IS NULL",
            {"tenant": self._tenant, "of_user": user, "digest": digest},
            most=1,
        )
        return bool(rows)

    def begin(self, user: str, secret: Sealed) -> Statement:
        """A secret that does not count yet."""
        values = {**_NONE, "totp_codec": secret.codec, "totp_key": secret.key_id, "totp": secret.content}
        return update("users", self._tenant, user, values, ("AND totp_confirmed IS NULL", {}))

    def confirm(self, user: str, begun: Sealed, step: int, at: int) -> Statement:
        """It counts from now on."""
        guard = "AND totp_confirmed IS NULL AND totp = :begun"
        values: dict[str, Value] = {"totp_confirmed": at, "totp_step": step}
        return update("users", self._tenant, user, values, (guard, {"begun": begun.content}))

    def use(self, user: str, step: int) -> Statement:
        """The code of this step is used."""
        guard = "AND totp_confirmed IS NOT NULL AND totp_step < :used_step"
        return update("users", self._tenant, user, {"totp_step": step}, (guard, {"used_step": step}))

    def remove(self, user: str) -> ChangeSet:
        """No second factor any more, and no codes."""
        return self._no_codes(user), update("users", self._tenant, user, _NONE)

    def put_codes(self, user: str, digests: Sequence[str], at: int) -> ChangeSet:
        """These recovery codes in place of all others."""
        row: dict[str, Value] = {"tenant": self._tenant, "user_id": user, "created": at}
        return self._no_codes(user), *(insert("recovery_codes", {**row, "digest": digest}) for digest in digests)

    def use_code(self, user: str, digest: str, at: int) -> Statement:
        """The recovery code is used."""
        return Statement(
            "UPDATE recovery_codes SET used = :used"
            " WHERE tenant = :tenant AND user_id = :of_user AND digest = :digest AND used IS NULL",
            {"tenant": self._tenant, "of_user": user, "digest": digest, "used": at},
        )

    def _no_codes(self, user: str) -> Statement:
        where = {"tenant": self._tenant, "of_user": user}
        return Statement("DELETE FROM recovery_codes WHERE tenant = :tenant AND user_id = :of_user", where, None)
