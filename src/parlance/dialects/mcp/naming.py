"""Bases by their names, where no base has such an id: whoever talks to a model says how a base is called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from parlance.core.knowledge.bases_operations import BaseView, ListBases
from parlance.dialects.table import Do
from parlance.values.errors import Fault, Kind

FIELDS = ("base", "bases")
"""Arguments that name bases."""
NO_BASE = "base_not_found"
FEW = 10
"""Ids that are told where several bases have one name."""


async def by_ids(arguments: Any, do: Do, missing: Fault) -> Any:
    """The same arguments with ids in place of names. Raises `missing` where the caller has no such base, and `Fault`
    where several bases have a name."""
    fields = [name for name in FIELDS if name in arguments.__struct_fields__]
    if missing.code != NO_BASE or not fields:
        raise missing
    try:
        there = [base async for base in _every(do)]
    except Fault as fault:
        raise (missing if fault.kind is Kind.forbidden else fault) from None
    [field] = fields
    named = getattr(arguments, field)
    found = tuple(_id(name, there, missing) for name in ((named,) if isinstance(named, str) else named))
    return msgspec.structs.replace(arguments, **{field: found[0] if isinstance(named, str) else found})


async def _every(do: Do) -> AsyncIterator[BaseView]:
    """All bases that the caller may read."""
    cursor: str | None = ""
    while cursor is not None:
        page = await do(ListBases(cursor))
        for base in page.bases:
            yield base
        cursor = page.cursor


def _id(named: str, there: list[BaseView], missing: Fault) -> str:
    near = [base.id for base in there if named in (base.id, base.name)]
    if not near:
        raise missing
    if len(near) > 1 and named not in near:
        more = "" if len(near) <= FEW else ", …"
        said = f"{len(near)} knowledge bases are called so. Say which by an id: {', '.join(near[:FEW])}{more}."
        raise Fault(Kind.invalid, said, code="many_bases")
    return named if named in near else near[0]
