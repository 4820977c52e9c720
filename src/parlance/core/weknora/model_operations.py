"""What WeKnora's clients can want of models: a tenant's own, which it alone sees, and those of the server."""

from __future__ import annotations

from typing import ClassVar

from msgspec import UNSET, UnsetType

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope
from parlance.values.weknora import ModelPlan, PlanChange, TenantModel


class ListTenantModels(Operation[tuple[TenantModel, ...]], frozen=True):
    """The tenant's own models, oldest first, then those of the server that the caller may use."""


class ReadTenantModel(Operation[TenantModel], frozen=True):
    """One model."""

    names: ClassVar[tuple[Named, ...]] = (Named("model", "tenant_model"),)

    model: str


class CreateTenantModel(Operation[TenantModel], frozen=True):
    """Add a model to one's tenant. A local one is pulled where it is not there and the caller may pull; a remote one
    must have a public address, or one that the operator has listed."""

    scope: ClassVar[Scope | None] = "admin"

    plan: ModelPlan
    api_key: str | None = None


class JudgePlans(Operation[None], frozen=True):
    """Whether models could be made of these; nothing is made. Raises `Fault(invalid)` for the first that cannot."""

    scope: ClassVar[Scope | None] = "admin"

    plans: tuple[ModelPlan, ...]


class ChangeTenantModel(Operation[TenantModel], frozen=True):
    """Make another model of one. A key that is left out stays, unless the address leads to another server."""

    scope: ClassVar[Scope | None] = "admin"
    names: ClassVar[tuple[Named, ...]] = (Named("model", "tenant_model", "write"),)

    model: str
    change: PlanChange
    api_key: str | UnsetType | None = UNSET


class DeleteTenantModel(Operation[None], frozen=True):
    """Remove a model of one's tenant, with its key."""

    scope: ClassVar[Scope | None] = "admin"
    names: ClassVar[tuple[Named, ...]] = (Named("model", "tenant_model", "write"),)

    model: str
