"""Tenants, and what the admin of one has decided."""

from __future__ import annotations

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_name
from parlance.core.accounts.people_operations import (
    ChangePreferences,
    ChangeTenant,
    CreateTenant,
    ListTenants,
    ReadPreferences,
    TenantPage,
)
from parlance.core.accounts.room import AccountRoom
from parlance.core.cursors import page, place, within
from parlance.core.operation import Context, Result
from parlance.values.accounts import DEFAULT_TENANT, Preferences, Tenant
from parlance.values.errors import Fault, Kind
from parlance.values.texts import folded


async def list_tenants(room: AccountRoom, context: Context, op: ListTenants) -> Result[TenantPage]:
    """Handle `ListTenants`."""
    after, limit = place("tenants", op.cursor, str, str), within(op.limit)
    found = await room.directory.tenants(after, limit + 1)
    return Result(TenantPage(*page("tenants", found, limit, lambda one: (folded(one.name), one.id))))


async def create_tenant(room: AccountRoom, context: Context, op: CreateTenant) -> Result[Tenant]:
    """Handle `CreateTenant`. Two at once want the same number, and the second one is decided anew."""
    now = room.clock.now()
    number = await room.directory.last_number() + 1
    tenant = Tenant(room.ids.new(), checked_name(op.name), number, now, now)
    noted = told(room, context, "tenant_made", ("tenant", tenant.id))
    return Result(tenant, (room.directory.insert_tenant(tenant), noted))


async def change_tenant(room: AccountRoom, context: Context, op: ChangeTenant) -> Result[Tenant]:
    """Handle `ChangeTenant`."""
    before: Tenant = context.subject
    if op.disabled and before.id == DEFAULT_TENANT:
        raise Fault(Kind.conflict, "The first tenant cannot be shut out.", code="first_tenant_stays")
    after = msgspec.structs.replace(
        before,
        name=before.name if op.name is None else checked_name(op.name),
        disabled=before.disabled if op.disabled is None else op.disabled,
        updated=room.clock.now(),
    )
    noted = told(room, context, "tenant_changed", ("tenant", before.id), disabled=after.disabled)
    changes = (room.directory.change_tenant(before, after), noted, room.moved())
    return Result(after, changes, (room.access.changed,))


async def read_preferences(room: AccountRoom, context: Context, op: ReadPreferences) -> Result[Preferences]:
    """Handle `ReadPreferences`."""
    return Result(await room.of(context.principal.tenant).choices.read())


async def change_preferences(room: AccountRoom, context: Context, op: ChangePreferences) -> Result[Preferences]:
    """Handle `ChangePreferences`."""
    who, choices = context.principal, room.of(context.principal.tenant).choices
    before = await choices.read()
    if op.version is not None and op.version != before.version:
        raise Fault(
            Kind.conflict,
            "Somebody else has changed the preferences.",
            hint="Read them again.",
            field="version",
            code="changed_meanwhile",
        )
    wanted = {name: value for name in before.__struct_fields__[1:] if (value := getattr(op, name)) is not None}
    changed = {name: value for name, value in wanted.items() if value != getattr(before, name)}
    if not changed:
        return Result(before)
    after = msgspec.structs.replace(before, **changed, version=before.version + 1)
    written = choices.write(msgspec.structs.replace(before), after, room.clock.now(), who.user)
    return Result(after, (*written, told(room, context, "preferences_changed", **changed)))
