"""What the operations on ledgers do."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from parlance.core.ledger.ledgers import Ledgers
from parlance.core.ledger.operations import ReadLedger
from parlance.core.operation import Context, Handles, Result
from parlance.ports.ledger import Ledgers as Rows
from parlance.values.accounts import Principal
from parlance.values.ledger import Kept, Ledger


class LedgerRoom(msgspec.Struct, frozen=True):
    """Ledgers in memory, and the stored ones of a tenant."""

    recent: Ledgers
    rows: Callable[[str], Rows]

    async def find(self, principal: Principal, run: str) -> Kept | None:
        """Dispatch's way to a ledger; whether it may be seen is judged there."""
        return self.recent.find(run) or await self.rows(principal.tenant).find(run)


async def read_ledger(room: LedgerRoom, context: Context, op: ReadLedger) -> Result[Ledger]:
    """Handle `ReadLedger`."""
    kept: Kept = context.subject
    return Result(kept.ledger)


AREA: Handles = {ReadLedger: read_ledger}
