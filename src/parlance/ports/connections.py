"""Connections that admins add while the server runs. They belong to the server, not to a tenant.

Contract suite: `tests/contract/test_connection_stores.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet
from parlance.values.connections import KeptConnection

MOST_CONNECTIONS = 200
"""Of one server: far more than anybody looks after by hand, and one read on the event loop."""


class StoredConnection(msgspec.Struct, frozen=True):
    """A connection with its key as it lies in the row."""

    kept: KeptConnection
    key: Sealed | None = None


class Connections(Protocol):
    """All of them. Changes are statements for a change set, and each lets the version grow."""

    async def version(self) -> int:
        """A number that grows with every change."""
        ...

    async def all(self) -> Sequence[StoredConnection]:
        """Every connection, oldest first."""
        ...

    async def find(self, id: str) -> StoredConnection | None:
        """One of them."""
        ...

    def insert(self, stored: StoredConnection) -> ChangeSet:
        """A new one; a conflict when its name is taken."""
        ...

    def change(self, before: StoredConnection, after: StoredConnection) -> ChangeSet:
        """Another in its place; a conflict when it is not at the version of `before` any more, or the name is taken."""
        ...

    def delete(self, kept: KeptConnection) -> ChangeSet:
        """It goes, with its key; a conflict when it is gone."""
        ...
