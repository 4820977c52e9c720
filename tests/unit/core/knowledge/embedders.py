"""An embedder that becomes another model under its name."""

from __future__ import annotations

from typing import Any

from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.values.errors import Fault, Kind
from tests.unit.core.knowledge.desk import Desk

MANY = "\n\n".join(f"Paragraph {n} " + "of tea " * 270 for n in range(60))
"""A text of more passages than are embedded in one ask."""


class Changing:
    """The desk's embedder, with vectors of so many numbers; with another `name` it is another model, with vectors as
    long as before; after `left` asks it refuses."""

    def __init__(self, desk: Desk) -> None:
        self.size, self.left, self.name = 4, 1_000, ""
        self._real = desk.embedding.embed
        desk.embedding.embed = self.embed  # type: ignore[method-assign]

    async def embed(self, tenant: str, user: str, model: str, texts: Any, query: bool = False) -> Any:
        self.left -= 1
        if self.left < 0:
            raise Fault(Kind.over_budget, "So many a minute.", retry_after=1.0)
        return await self._real(tenant, user, f"hash-{self.size}", [self.name + text for text in texts], query)


async def nearest(desk: Desk, base: BaseView, query: str) -> str:
    """The name of the document that is found first, by its vectors, too."""
    said = await desk.do(RetrievePassages(base.id, query))
    assert said.remarks == () and said.passages[0].scores.vector is not None
    return str(said.passages[0].name)
