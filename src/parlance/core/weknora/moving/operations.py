"""Taking in what a WeKnora installation had, piece by piece, each whole or not at all.

Every piece keeps its id, and that is what says that it has come before: what comes again changes nothing (decision
0031). One that cannot stay here (decision 0020) becomes another one, the same each time, which all that names it
follows; what became of the piece tells it. `tenant` is the id of a tenant here, as `ImportWeknoraTenant` tells it.
Times are in microseconds since 1970, 0 where nobody knows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

import msgspec

from parlance.core.library.portable import PortableChat
from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope
from parlance.values.weknora import USUAL_ENGINES, Engine, ModelPlan

INTO_TENANT = (Named("tenant", "tenant", "write"),)
MovedKind = Literal["file", "url", "passage"]


class MovedUser(msgspec.Struct, frozen=True):
    """Somebody of a tenant. `password_hash` is bcrypt's; one who is not `active` is shut out."""

    id: str
    name: str
    email: str
    password_hash: str = ""
    active: bool = True
    created: int = 0
    updated: int = 0


class MovedTenant(msgspec.Struct, frozen=True):
    """A tenant with its people. `key` is its API key, in clear as that system keeps it; `quota` in bytes (0: no bound);
    whoever is in one that is not `active` is shut out."""

    number: int
    name: str
    description: str = ""
    business: str = ""
    engines: tuple[Engine, ...] = USUAL_ENGINES
    key: str = ""
    active: bool = True
    quota: int = 0
    created: int = 0
    updated: int = 0
    users: tuple[MovedUser, ...] = ()


class NotTaken(msgspec.Struct, frozen=True):
    """Something that was left out, by its id there, and why."""

    id: str
    reason: str


class TenantArrived(msgspec.Struct, frozen=True):
    """A tenant as it is here: whether it is `new`, how many of its people are, whether its key came along, and what is
    different from there (`remarks`)."""

    tenant: str
    number: int
    new: bool
    users: int = 0
    key: bool = False
    refused: tuple[NotTaken, ...] = ()
    remarks: tuple[str, ...] = ()


class PieceArrived(msgspec.Struct, frozen=True):
    """What became of a piece: whether it is `new`, and what is different from there (`remarks`)."""

    id: str
    new: bool
    remarks: tuple[str, ...] = ()


class ImportWeknoraTenant(Operation[TenantArrived], frozen=True):
    """Take in a tenant of a WeKnora installation with its people and its key. `aes_key` is what keys were made with
    there (`TENANT_AES_KEY`): where it is given, a key that was not made with it is left out, as it is no good there
    either."""

    wire_name: ClassVar[str] = "weknora.tenants.import"
    scope: ClassVar[Scope | None] = "operate"

    moved: MovedTenant
    aes_key: str = ""


class ImportWeknoraModel(Operation[PieceArrived], frozen=True):
    """Take in a model of a tenant; its key is sealed here."""

    wire_name: ClassVar[str] = "weknora.models.import"
    scope: ClassVar[Scope | None] = "operate"
    names: ClassVar[tuple[Named, ...]] = INTO_TENANT

    tenant: str
    id: str
    plan: ModelPlan
    api_key: str = ""
    created: int = 0
    updated: int = 0


class ImportWeknoraBase(Operation[PieceArrived], frozen=True):
    """Take in a knowledge base of a tenant, with nothing in it. Sizes are in characters, 0 is as usual. `embedder` and
    `reranker` are ids of models; one that cannot be used here is replaced, with a remark. `notes` are what that
    system's clients see of it besides."""

    wire_name: ClassVar[str] = "weknora.bases.import"
    scope: ClassVar[Scope | None] = "operate"
    names: ClassVar[tuple[Named, ...]] = INTO_TENANT

    tenant: str
    id: str
    name: str
    description: str = ""
    size: int = 0
    overlap: int = 0
    separators: tuple[str, ...] = ()
    embedder: str = ""
    reranker: str = ""
    notes: dict[str, Any] = msgspec.field(default_factory=dict)
    created: int = 0
    updated: int = 0


class ImportWeknoraDocument(Operation[PieceArrived], frozen=True):
    """Take in a document of a base: its bytes, which are then read as any others are. `size` is how many they are.
    `kind` is what it is there; of a `url`, `place` is the address, and the bytes are what was found at it."""

    scope: ClassVar[Scope | None] = "operate"
    names: ClassVar[tuple[Named, ...]] = INTO_TENANT

    tenant: str
    base: str
    id: str
    name: str
    content: AsyncIterator[bytes]
    size: int
    kind: MovedKind = "file"
    title: str = ""
    place: str = ""
    metadata: dict[str, str] = msgspec.field(default_factory=dict)
    created: int = 0
    updated: int = 0


class ImportWeknoraSession(Operation[PieceArrived], frozen=True):
    """Take in a session of a tenant with its messages, as a chat of whom the tenant's key acts as. Ids of messages
    stay where they can."""

    wire_name: ClassVar[str] = "weknora.sessions.import"
    scope: ClassVar[Scope | None] = "operate"
    names: ClassVar[tuple[Named, ...]] = INTO_TENANT

    tenant: str
    session: PortableChat
