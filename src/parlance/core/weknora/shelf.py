"""Models that belong to one tenant and are seen by it alone: found by their id where the server has none of that name.

A remote one has a connection of its own, made when it is first asked for and anew when its row has changed. A local one
is a model of an Ollama of the operator's, under the tenant's id for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.core.authorize import keeps
from parlance.core.models.connections import Connection, Found, Models
from parlance.ports.secrets import Sealer
from parlance.ports.weknora import StoredModel, WeknoraStore
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.models import Capability, ModelCard, ModelRef
from parlance.values.weknora import ModelPlan, ModelType, TenantModel

MOST_KEPT = 500
"""Connections that are kept at once; one that is asked for again is made anew."""
LONGEST_ID = 64
CAN: dict[ModelType, frozenset[Capability]] = {
    "KnowledgeQA": frozenset({"chat"}),
    "VLLM": frozenset({"chat", "vision"}),
    "Embedding": frozenset({"embed"}),
    "Rerank": frozenset({"rerank"}),
}


class TenantWorkshop(Protocol):
    """Makes connections to addresses that tenants name. `Fault(invalid)` says what is wrong with one."""

    def judge(self, base_url: str) -> None:
        """Refuse an address that nobody may name."""
        ...

    def place(self, base_url: str) -> str:
        """The server that it leads to, to which its key belongs."""
        ...

    def make(self, name: str, plan: ModelPlan, key: str | None, mark: str) -> Connection:
        """One connection with this one model. Nothing is asked of anybody yet."""
        ...

    def retire(self, connection: Connection) -> None:
        """One that is not offered any more: its engine goes when the last answer is done."""
        ...

    async def discard(self, connection: Connection) -> None:
        """One that nobody uses."""
        ...


class TenantShelf:
    """What `Models` asks beside what it knows."""

    def __init__(self, store: WeknoraStore, sealer: Sealer, workshop: TenantWorkshop, models: Models) -> None:
        self._store = store
        self._sealer = sealer
        self.workshop = workshop
        self._models = models
        self._kept: dict[tuple[str, str], tuple[StoredModel, Connection]] = {}

    async def find(self, principal: Principal, name: str) -> Found | None:
        """A model of the caller's tenant by its id. Raises `Fault` where it is there and cannot be used."""
        if not keeps(principal) or len(name) > LONGEST_ID or not name.isascii():
            return None
        stored = await self._store.model(principal.tenant, name)
        return None if stored is None else self._found(stored)

    async def cards(self, principal: Principal) -> Sequence[ModelCard]:
        """Those of the caller's tenant; what cannot be used is left out."""
        found: list[ModelCard] = []
        for stored in await self._store.models(principal.tenant) if keeps(principal) else ():
            try:
                found.append(self._found(stored)[1])
            except Fault:
                continue
        return found

    def local(self, name: str) -> Found | None:
        """A model of an Ollama of the operator's, by its name there."""
        wanted = with_tag(name)
        for connection in self._models.stores():
            for card in connection.cards:
                if card.ref.name == wanted:
                    return connection, card
        return None

    def key_of(self, stored: StoredModel) -> str | None:
        """A model's key."""
        return None if stored.key is None else self._sealer.open(stored.key, about(stored.model)).decode()

    def _found(self, stored: StoredModel) -> Found:
        model, plan = stored.model, stored.model.plan
        if plan.source == "local":
            there = self.local(plan.name)
            if there is None:
                raise not_there(plan.name)
            return there[0], msgspec.structs.replace(there[1], id=model.id, note=plan.name)
        connection = self._connection(stored)
        ref = ModelRef(connection.name, plan.name)
        return connection, ModelCard(model.id, ref, "openai", CAN[plan.type], created=model.created, note=plan.name)

    def _connection(self, stored: StoredModel) -> Connection:
        model = stored.model
        place = (model.tenant, model.id)
        known = self._kept.get(place)
        if known is not None and known[0] == stored:
            return known[1]
        mark = f"{model.tenant}/{model.id}/{model.version}"
        made = self.workshop.make(f"weknora-{model.id[:40]}", model.plan, self.key_of(stored), mark)
        self._forget(place)
        if len(self._kept) >= MOST_KEPT:
            self._forget(next(iter(self._kept)))
        self._kept[place] = stored, made
        return made

    def _forget(self, place: tuple[str, str]) -> None:
        before = self._kept.pop(place, None)
        if before is not None:
            self.workshop.retire(before[1])


def about(model: TenantModel) -> str:
    """What a model's key is sealed for."""
    return f"weknora/model/{model.tenant}/{model.id}"


def with_tag(name: str) -> str:
    """A model's name as Ollama lists it."""
    return name if ":" in name else f"{name}:latest"


def not_there(name: str) -> Fault:
    """A local model that no Ollama here has."""
    return Fault(
        Kind.unsupported,
        f"The model {name[:100]!r} is not on this server's Ollama.",
        hint="Whoever operates the server can pull it.",
        code="local_model_missing",
    )
