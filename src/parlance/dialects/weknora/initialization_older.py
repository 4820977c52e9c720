"""The wizard's paths before bases had one each, where the settings ask for them: they mean a tenant's oldest base.

That system asked nobody for a login there. Here who is nobody is let in as at every other path: on a machine that
nobody has claimed, from a program of the machine itself.
"""

from __future__ import annotations

from functools import partial

import msgspec

from parlance.core.knowledge.bases_operations import BaseView, CreateBase, ListBases
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora import initialization
from parlance.dialects.weknora.bases_shown import noted
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.wire import BASE
from parlance.values.errors import Fault, Kind

PATH = f"{BASE}/initialization"
NAME = "Default Knowledge Base"
"""Of the base that the first set-up makes."""


class Initialized(msgspec.Struct, frozen=True):
    """Whether a base is set up."""

    initialized: bool


async def _oldest(do: Do) -> BaseView | None:
    found, cursor = None, ""
    while True:
        page = await do(ListBases(cursor))
        found = page.bases[-1] if page.bases else found
        if page.cursor is None:
            return found
        cursor = page.cursor


async def status(request: Request, do: Do) -> Reply:
    """`GET /initialization/status`."""
    base = await _oldest(do)
    return given(Initialized(base is not None and bool(noted(base.foreign).get("summary_model_id"))))


async def read(request: Request, do: Do) -> Reply:
    """`GET /initialization/config`."""
    base = await _oldest(do)
    if base is None:
        raise Fault(Kind.missing, "There is no such base.", code="base_not_found")
    request.params = {"base": base.id}
    return await initialization.read(request, do)


async def initialize(request: Request, do: Do, *, graphs: bool) -> Reply:
    """`POST /initialization/initialize`."""
    base = await _oldest(do)
    if base is None:
        base = await do(CreateBase(NAME, access="tenant", embedder=""))
    request.params = {"base": base.id}
    return await initialization.initialize(request, do, graphs=graphs)


def rows(*, graphs: bool) -> tuple[Row, ...]:
    """The three of them."""
    told, done = initialization.rows(graphs=graphs)
    return (
        Row(
            "GET",
            PATH + "/status",
            "weknora.older.status",
            status,
            (ListBases,),
            "Whether a base is set up",
            gives=Success[Initialized],
        ),
        msgspec.structs.replace(
            told,
            path=PATH + "/config",
            name="weknora.older.config",
            answer=read,
            operations=(ListBases, *told.operations),
        ),
        msgspec.structs.replace(
            done,
            path=PATH + "/initialize",
            name="weknora.older.initialize",
            answer=partial(initialize, graphs=graphs),
            operations=(ListBases, CreateBase, *done.operations),
        ),
    )
