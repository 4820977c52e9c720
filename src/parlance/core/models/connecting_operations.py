"""What an operator can want of the connections to engines. They belong to the server, so a tenant's admin cannot."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from msgspec import UNSET, UnsetType

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope
from parlance.values.connections import (
    ConnectionFacts,
    ConnectionList,
    ConnectionTested,
    Count,
    EngineKind,
    Key,
    Name,
    Offered,
    Positive,
    Prefix,
    Retries,
    Seconds,
    Url,
)

T = TypeVar("T")


class ListConnections(Operation[ConnectionList], frozen=True):
    """Every connection with how it fares, those of the settings and those that were found too; and the kinds there
    are."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "connections.list"


class Described(Operation[T], Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields that describe a connection; what is left out is as it was, or as is usual. A field that there is not
    is refused: dropped in silence, a slip in its name would leave a connection without its bound or its key."""

    scope: ClassVar[Scope | None] = "operate"

    name: Name | UnsetType = UNSET
    kind: EngineKind | UnsetType = UNSET
    base_url: Url | UnsetType | None = UNSET
    api_key: Key | UnsetType | None = UNSET
    prefix: Prefix | UnsetType = UNSET
    models: Offered | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    max_concurrent: Positive | UnsetType | None = UNSET
    max_queue_size: Count | UnsetType | None = UNSET
    connect_seconds: Seconds | UnsetType = UNSET
    first_token_seconds: Seconds | UnsetType = UNSET
    between_seconds: Seconds | UnsetType = UNSET
    total_seconds: Seconds | UnsetType | None = UNSET
    retries: Retries | UnsetType = UNSET


class CreateConnection(Described[ConnectionFacts], frozen=True, kw_only=True):
    """Add a connection. It is used at once, by every process. `kind` is an engine of this installation (else openai),
    `base_url` its address (else the kind's usual one), `prefix` stands before its models' names, `models` are those to
    offer (else it is asked which there are). `max_concurrent` and `max_queue_size` bound its line (else as the settings
    do); the seconds are those to connect, until the first token, between two tokens and for a whole answer. `api_key`
    is sealed before it is kept, and never told again."""

    wire_name: ClassVar[str] = "connections.create"

    name: Name


class UpdateConnection(Described[ConnectionFacts], frozen=True, kw_only=True):
    """Change a connection. What is left out stays: the key too, unless the address leads to another server, which must
    not get it unasked; a key of null takes it away. Answers that are under way end as they began."""

    wire_name: ClassVar[str] = "connections.update"
    names: ClassVar[tuple[Named, ...]] = (Named("connection", "connection", "write"),)

    connection: str


class DeleteConnection(Operation[None], frozen=True):
    """Remove a connection with its key. Answers that are under way end as they began."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "connections.delete"
    names: ClassVar[tuple[Named, ...]] = (Named("connection", "connection", "write"),)

    connection: str


class TryConnection(Described[ConnectionTested], frozen=True, kw_only=True):
    """Ask an engine for its models, and say how many there are or what went wrong, within ten seconds. `connection` is
    one that is there, as it is or with what is given besides; without it one that is not kept yet is tried."""

    wire_name: ClassVar[str] = "connections.test"
    names: ClassVar[tuple[Named, ...]] = (Named("connection", "connection"),)

    connection: str | None = None
