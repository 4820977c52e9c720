"""Where the ledgers of kept runs are, for one tenant. Contract suite: `tests/contract/test_ledger_stores.py`."""

from __future__ import annotations

from typing import Protocol

from parlance.ports.stores import Statement
from parlance.values.ledger import Kept


class Ledgers(Protocol):
    """The ledgers of one tenant."""

    async def find(self, run: str) -> Kept | None:
        """The ledger of a run."""
        ...

    def keep(self, kept: Kept) -> Statement:
        """A new ledger, unless its chat has gone meanwhile; a conflict when the run has one."""
        ...

    def forget_user(self, user: str) -> Statement:
        """All ledgers of a user, however many."""
        ...
