"""Tenants: one's own; whoever operates the server has all of them here."""

from __future__ import annotations

import msgspec

from parlance.core.weknora.operations import (
    ChangeWorkspace,
    CreateWorkspace,
    DeleteWorkspace,
    ListWorkspaces,
    ReadWorkspace,
    Wanted,
)
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.envelope import Done, Success, done, given
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.shapes import Engines, TenantShown, tenant_shown
from parlance.dialects.weknora.wire import BASE, Whole

PATH = f"{BASE}/tenants"


class TenantBody(msgspec.Struct, frozen=True):
    """What a client says of a tenant; all of it may be left out. Other fields of a tenant are not taken from it."""

    name: str | None = None
    description: str | None = None
    business: str | None = None
    retriever_engines: Engines | None = None
    storage_quota: Whole | None = None
    api_key: str | None = None


class Items(msgspec.Struct, frozen=True):
    """All tenants that one may see."""

    items: tuple[TenantShown, ...]


async def create(request: Request, do: Do) -> Reply:
    """`POST /tenants`."""
    made = await do(CreateWorkspace(_wanted(read_body(request.body, TenantBody))))
    return given(tenant_shown(made), 201)


async def listing(request: Request, do: Do) -> Reply:
    """`GET /tenants`."""
    return given(Items(tuple(map(tenant_shown, await do(ListWorkspaces())))))


async def read(request: Request, do: Do) -> Reply:
    """`GET /tenants/:id`."""
    return given(tenant_shown(await do(ReadWorkspace(request.params["id"]))))


async def change(request: Request, do: Do) -> Reply:
    """`PUT /tenants/:id`. A body without a key has another one made; an empty one is no other than was told to who is
    not shown it."""
    body, id = read_body(request.body, TenantBody), request.params["id"]
    keeps = bool(body.api_key)
    if body.api_key == "":
        keeps = not (await do(ReadWorkspace(id))).key
    changed = await do(ChangeWorkspace(id, _wanted(body), keeps))
    return given(tenant_shown(changed))


async def delete(request: Request, do: Do) -> Reply:
    """`DELETE /tenants/:id`."""
    await do(DeleteWorkspace(request.params["id"]))
    return done("Tenant deleted successfully")


def _wanted(body: TenantBody) -> Wanted:
    engines = None if body.retriever_engines is None else body.retriever_engines.engines
    return Wanted(body.name, body.description, body.business, engines, body.storage_quota)


_row = rows_of("tenants", PATH)
ROWS = (
    _row(
        "POST",
        "",
        "create",
        answer=create,
        operations=(CreateWorkspace,),
        summary="Make a tenant with a key",
        takes=TenantBody,
        gives=Success[TenantShown],
        statuses=(201,),
    ),
    _row("GET", "", "list", answer=listing, operations=(ListWorkspaces,), summary="Tenants", gives=Success[Items]),
    _row(
        "GET", "/{id}", "read", answer=read, operations=(ReadWorkspace,), summary="A tenant", gives=Success[TenantShown]
    ),
    _row(
        "PUT",
        "/{id}",
        "change",
        answer=change,
        operations=(ReadWorkspace, ChangeWorkspace),
        summary="Change a tenant; without its key it gets another one",
        takes=TenantBody,
        gives=Success[TenantShown],
    ),
    _row(
        "DELETE", "/{id}", "delete", answer=delete, operations=(DeleteWorkspace,), summary="Shut a tenant", gives=Done
    ),
)
