"""Tenants and users as this wire has them."""

from __future__ import annotations

import msgspec

from parlance.dialects.weknora.wire import stamp
from parlance.values.accounts import User
from parlance.values.weknora import Engine, Workspace


class Engines(msgspec.Struct, frozen=True):
    """How documents are searched, as that system names it."""

    engines: tuple[Engine, ...] | None = None


class TenantShown(msgspec.Struct, frozen=True):
    """A tenant. `api_key` is empty for who must not have it; sizes are bytes, a quota of 0 is none."""

    id: int
    name: str
    description: str
    api_key: str
    status: str
    retriever_engines: Engines
    business: str
    storage_quota: int
    storage_used: int
    created_at: str
    updated_at: str
    deleted_at: str | None = None


class UserShown(msgspec.Struct, frozen=True):
    """A person."""

    id: str
    username: str
    email: str
    avatar: str
    tenant_id: int
    is_active: bool
    created_at: str
    updated_at: str
    deleted_at: str | None = None


def tenant_shown(place: Workspace) -> TenantShown:
    """A tenant."""
    tenant, note = place.tenant, place.note
    return TenantShown(
        id=tenant.number,
        name=tenant.name,
        description=note.description,
        api_key=place.key,
        status="inactive" if tenant.disabled else "active",
        retriever_engines=Engines(note.engines),
        business=note.business,
        storage_quota=place.quota,
        storage_used=place.used,
        created_at=stamp(tenant.created),
        updated_at=stamp(tenant.updated),
    )


def user_shown(user: User, number: int) -> UserShown:
    """A person of the tenant with this number. Who still waits for an admin's word is not active."""
    return UserShown(
        id=user.id,
        username=user.name,
        email=user.email or "",
        avatar="",
        tenant_id=number,
        is_active=not user.disabled and user.role != "pending",
        created_at=stamp(user.created),
        updated_at=stamp(user.updated),
    )
