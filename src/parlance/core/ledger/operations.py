"""What can be wanted of ledgers."""

from __future__ import annotations

from typing import ClassVar

from parlance.core.operation import Named, Operation
from parlance.values.ledger import Ledger


class ReadLedger(Operation[Ledger], frozen=True):
    """What a run put into its prompt and what it left out, with token counts. Of a stateless ask it is there for ten
    minutes, of a saved chat as long as the chat."""

    wire_name: ClassVar[str] = "ledgers.read"
    names: ClassVar[tuple[Named, ...]] = (Named("run", "ledger"),)

    run: str
