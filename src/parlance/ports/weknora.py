"""What is kept for WeKnora's clients: notes on tenants, and tenants' models. Changes are statements for a change set.

Contract suite: `tests/contract/test_weknora_stores.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Statement
from parlance.values.accounts import Tenant
from parlance.values.weknora import TenantModel, TenantNote

MOST_MODELS = 200
"""Of one tenant: far more than anybody looks after by hand, and one read on the event loop."""


class StoredNote(msgspec.Struct, frozen=True):
    """A note with the tenant's key as it lies in the row."""

    note: TenantNote
    key: Sealed | None = None


class StoredModel(msgspec.Struct, frozen=True):
    """A model with its key as it lies in the row."""

    model: TenantModel
    key: Sealed | None = None


class TenantKeys(Protocol):
    """Makes the keys of tenants, in the form that WeKnora gives them."""

    def make(self, number: int) -> str:
        """A new key of the tenant with this number, unlike any before."""
        ...

    def number_in(self, key: str, made_with: str) -> int | None:
        """The number of the tenant for which a key was made with this AES key; none where it was not."""
        ...


class WeknoraStore(Protocol):
    """All of it, of every tenant; each read but `numbered` takes the tenant. Raises `Fault(busy)` as its database
    does."""

    async def numbered(self, number: int) -> Tenant | None:
        """A tenant by its number."""
        ...

    def renumber(self, tenant: Tenant, number: int) -> Statement:
        """Give a tenant another number; a conflict when it has another one by now than was read, or that one is
        taken."""
        ...

    async def owner(self, tenant: str) -> str | None:
        """The id of a tenant's first admin who is not shut out."""
        ...

    async def note(self, tenant: str) -> StoredNote | None:
        """What is noted of a tenant."""
        ...

    def put_note(self, before: StoredNote | None, after: StoredNote) -> Statement:
        """Note it; a conflict when it is not at the version of `before` any more, or was noted meanwhile."""
        ...

    async def models_version(self) -> int:
        """A number that grows with every change of any model."""
        ...

    async def models(self, tenant: str) -> Sequence[StoredModel]:
        """A tenant's models, oldest first."""
        ...

    async def model(self, tenant: str, id: str) -> StoredModel | None:
        """One of them."""
        ...

    def insert_model(self, stored: StoredModel) -> ChangeSet:
        """A new one."""
        ...

    def change_model(self, before: StoredModel, after: StoredModel) -> ChangeSet:
        """Another in its place; a conflict when it is not at the version of `before` any more."""
        ...

    def delete_model(self, model: TenantModel) -> ChangeSet:
        """It goes, with its key; a conflict when it is gone."""
        ...
