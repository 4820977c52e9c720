"""What can be wanted of the room that the documents of a tenant may take."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope


class Storage(msgspec.Struct, frozen=True, omit_defaults=True):
    """In bytes: what the documents of a tenant take, what uploads hold besides, and what they may take (`None`: no
    bound). `own` says that this tenant has another bound than the settings'."""

    used: int
    reserved: int
    documents: int
    quota: int | None = None
    own: bool = False


class ReadStorage(Operation[Storage], frozen=True):
    """What the documents of a tenant take, and may take. Without `tenant` it is the caller's own."""

    wire_name: ClassVar[str] = "storage.read"
    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "tenant"),)

    tenant: str | None = None


class SetStorage(Operation[Storage], frozen=True):
    """Say what the documents of a tenant may take. That is so many bytes, `unlimited`, or as the settings say; what is
    there already stays, even where it is more. Without `tenant` it is the caller's own."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "storage.set"
    names: ClassVar[tuple[Named, ...]] = (Named("tenant", "tenant", "write"),)

    tenant: str | None = None
    quota: int | None = None
    unlimited: bool = False
