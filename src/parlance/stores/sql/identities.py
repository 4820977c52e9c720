"""By whose word users sign in, in SQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.federation import Identity
from parlance.ports.stores import Database, Statement
from parlance.stores.sql.rows import insert

_COLUMNS = "issuer, subject, user_id, created"
MOST = 100
"""Identities of one user that a list gives: nobody has as many providers."""


class SqlIdentities:
    """`Identities` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    async def find(self, issuer: str, subject: str) -> Identity | None:
        """The user of an issuer's person."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM identities WHERE tenant = :tenant AND digest = :digest",
            {"tenant": self._tenant, "digest": _digest(issuer, subject)},
            most=1,
        )
        return Identity(*cast(Any, rows[0])) if rows else None

    async def of(self, user: str) -> Sequence[Identity]:
        """By whose word a user signs in."""
        rows = await self._database.read(
            f"SELECT {_COLUMNS} FROM identities WHERE tenant = :tenant AND user_id = :user ORDER BY digest LIMIT :most",
            {"tenant": self._tenant, "user": user, "most": MOST},
            most=MOST,
        )
        return [Identity(*cast(Any, row)) for row in rows]

    def insert(self, identity: Identity) -> Statement:
        """This person is that user from now on."""
        return insert(
            "identities",
            {
                "tenant": self._tenant,
                "digest": _digest(identity.issuer, identity.subject),
                "user_id": identity.user,
                "issuer": identity.issuer,
                "subject": identity.subject,
                "created": identity.created,
            },
        )


def _digest(issuer: str, subject: str) -> str:
    """Lengths come first, so that no two pairs are written alike."""
    return hashlib.sha256(f"{len(issuer)}:{issuer}{subject}".encode("utf-8", "surrogatepass")).hexdigest()
