"""What can be wanted of the copying of a whole base."""

from __future__ import annotations

from typing import ClassVar

from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.operation import Named, Operation


class CopyBase(Operation[BaseView], frozen=True):
    """Have a base hold what another one holds. In the background documents that are ready in `source` and not in
    `target` are copied with their passages, and those that only `target` has are removed. Without a `target` a new base
    is made, of the same properties, perhaps with another `name`. Gives the base that is copied to."""

    wire_name: ClassVar[str] = "bases.copy"
    gated: ClassVar[bool] = True
    names: ClassVar[tuple[Named, ...]] = (Named("source", "base"), Named("target", "base", "write"))

    source: str
    target: str | None = None
    name: str = ""


class StopCopy(Operation[None], frozen=True):
    """Copy no more into a base; what is copied already stays."""

    wire_name: ClassVar[str] = "bases.stop_copy"
    names: ClassVar[tuple[Named, ...]] = (Named("base", "base", "write"),)

    base: str
