"""What the operations on tenants' models do. The key comes in here, is sealed, and goes nowhere but to its server."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from parlance.core.accounts.audit import told
from parlance.core.authorize import visible
from parlance.core.operation import Context, Effect, Result
from parlance.core.weknora.model_operations import (
    ChangeTenantModel,
    CreateTenantModel,
    DeleteTenantModel,
    JudgePlans,
    ListTenantModels,
    ReadTenantModel,
)
from parlance.core.weknora.room import WeknoraRoom
from parlance.core.weknora.shelf import TenantShelf, about
from parlance.ports.stores import ChangeSet, Statement
from parlance.ports.weknora import MOST_MODELS, StoredModel
from parlance.values.accounts import AuditAct, Principal
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.models import ModelCard
from parlance.values.weknora import ModelPlan, ModelStatus, ModelType, TenantModel

MOST_NAME, MOST_TEXT, MOST_KEY = 255, 4000, 4096


async def list_models(room: WeknoraRoom, context: Context, op: ListTenantModels) -> Result[tuple[TenantModel, ...]]:
    """Handle `ListTenantModels`."""
    who, mine = context.principal, visible(context.principal, "tenant_model")
    own = [standing(room, stored.model) for stored in await room.store.models(who.tenant) if mine(stored.model)]
    return Result((*own, *await shared(room, who)))


async def shared(room: WeknoraRoom, principal: Principal) -> list[TenantModel]:
    """The models of the server that a caller may use, as one that all tenants have. That system has no type for those
    that write sound down, and its clients would chat with them."""
    cards = await room.models.of_server(principal)
    return [_of_server(room, card) for card in cards if card.can("chat") or not card.can("transcribe")]


async def found(room: WeknoraRoom, principal: Principal, id: str) -> TenantModel | None:
    """Dispatch's way to a model: the tenant's own, else one of the server's. Whether it may be seen is judged there."""
    own = await room.store.model(principal.tenant, id)
    if own is not None:
        return standing(room, own.model)
    return next((model for model in await shared(room, principal) if model.id == id), None)


async def read_model(room: WeknoraRoom, context: Context, op: ReadTenantModel) -> Result[TenantModel]:
    """Handle `ReadTenantModel`."""
    model: TenantModel = context.subject
    return Result(model)


async def create_model(room: WeknoraRoom, context: Context, op: CreateTenantModel) -> Result[TenantModel]:
    """Handle `CreateTenantModel`."""
    stored = await new_model(room, context.principal, op.plan, op.api_key)
    changes = (*room.store.insert_model(stored), _noted(room, context, "connection_made", stored))
    return _kept(room, context, stored.model, changes)


def _kept(room: WeknoraRoom, context: Context, model: TenantModel, changes: ChangeSet) -> Result[TenantModel]:
    """A model that is kept now, as it stands when what follows has begun: one that is being pulled is on its way."""

    async def stands() -> Result[TenantModel]:
        return Result(standing(room, model))

    return Result(model, changes, pulling(room, context.principal, model), stands)


async def judge_plans(room: WeknoraRoom, context: Context, op: JudgePlans) -> Result[None]:
    """Handle `JudgePlans`."""
    for plan in op.plans:
        judged(room.shelf, plan)
    return Result(None)


async def new_model(
    room: WeknoraRoom, principal: Principal, plan: ModelPlan, key: str | None, taken: int = 0
) -> StoredModel:
    """A model that is kept nowhere yet; `taken` are others that come with it. Raises `Fault`."""
    plan = judged(room.shelf, plan)
    if len(await room.store.models(principal.tenant)) + taken >= MOST_MODELS:
        raise Fault(Kind.conflict, f"There are {MOST_MODELS} models already.", code="too_many_models")
    now = room.accounts.clock.now()
    missing = plan.source == "local" and room.shelf.local(plan.name) is None
    status: ModelStatus = "active" if not missing else "downloading"
    model = TenantModel(room.accounts.ids.new(), principal.tenant, plan, status, now, now)
    return _keyed(room, model, key)


def _keyed(room: WeknoraRoom, model: TenantModel, key: str | None) -> StoredModel:
    if not key:
        return StoredModel(model)
    if len(key) > MOST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise out_of_range("parameters.api_key", "printable characters without blanks")
    model = msgspec.structs.replace(model, has_key=True)
    return StoredModel(model, room.accounts.sealer.seal(key.encode(), about(model)))


def pulling(room: WeknoraRoom, principal: Principal, model: TenantModel) -> tuple[Effect, ...]:
    """What follows where a local model is not there: it is pulled, by whoever may."""
    if model.status != "downloading":
        return ()

    async def pull() -> None:
        try:
            await room.pulls.begin(principal, model.plan.name)
        except Fault:  # they may not, or no Ollama is here: the model's state tells that it is not there
            return

    return (pull,)


def standing(room: WeknoraRoom, model: TenantModel) -> TenantModel:
    """A model with the state that it is in now: a local one is there, on its way, or not to be had."""
    if model.plan.source != "local":
        return msgspec.structs.replace(model, status="active")
    if room.shelf.local(model.plan.name) is not None:
        return msgspec.structs.replace(model, status="active", problem="")
    if room.pulls.under_way(model.plan.name) is not None:
        return msgspec.structs.replace(model, status="downloading", problem="")
    last = room.pulls.last(model.tenant, model.plan.name)
    why = "It has not been pulled." if last is None else last.message
    return msgspec.structs.replace(model, status="download_failed", problem=why)


async def change_model(room: WeknoraRoom, context: Context, op: ChangeTenantModel) -> Result[TenantModel]:
    """Handle `ChangeTenantModel`."""
    before = await _own(room, context)
    was, key = before.model, op.api_key
    plan = judged(room.shelf, op.change.of(was.plan))
    model = msgspec.structs.replace(
        was, plan=plan, updated=room.accounts.clock.now(), version=was.version + 1, has_key=False
    )
    if key is UNSET:
        _same_place(room.shelf, before, plan)
        after = StoredModel(msgspec.structs.replace(model, has_key=was.has_key), before.key)
    else:
        after = _keyed(room, model, key if isinstance(key, str) else None)
    changes = (*room.store.change_model(before, after), _noted(room, context, "connection_changed", after))
    return _kept(room, context, after.model, changes)


async def delete_model(room: WeknoraRoom, context: Context, op: DeleteTenantModel) -> Result[None]:
    """Handle `DeleteTenantModel`."""
    stored = await _own(room, context)
    noted = _noted(room, context, "connection_deleted", stored)
    return Result(None, (*room.store.delete_model(stored.model), noted))


async def _own(room: WeknoraRoom, context: Context) -> StoredModel:
    """The row of the model that is named. Raises `Fault(conflict)` for one of the server's."""
    model: TenantModel = context.subject
    stored = await room.store.model(model.tenant, model.id) if model.tenant else None
    if stored is None:
        raise Fault(
            Kind.conflict,
            "This model is the server's, for all tenants.",
            hint="Whoever operates the server changes its connections.",
            code="owned_by_server",
        )
    return stored


def judged(shelf: TenantShelf, plan: ModelPlan) -> ModelPlan:
    """A plan as it is kept. Raises `Fault(invalid)`."""
    name = plan.name.strip()
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable():
        raise out_of_range("name", f"1 to {MOST_NAME} printable characters")
    if len(plan.description) > MOST_TEXT:
        raise out_of_range("description", f"at most {MOST_TEXT} characters")
    url = "" if plan.source == "local" else plan.base_url.strip().rstrip("/")
    if plan.source != "local":
        shelf.workshop.judge(url)
    return msgspec.structs.replace(plan, name=name, base_url=url)


def _same_place(shelf: TenantShelf, before: StoredModel, plan: ModelPlan) -> None:
    """A key that nobody can read must not be sent to whatever address somebody thinks of (decision 0014)."""
    was = before.model.plan
    if before.key is None or (was.source == "local" and plan.source == "local"):
        return
    if plan.source == "local" or shelf.workshop.place(was.base_url) != shelf.workshop.place(plan.base_url):
        raise Fault(
            Kind.invalid,
            "The key that is kept belongs to another server than this address leads to.",
            hint="Give the key again.",
            field="parameters.api_key",
            code="key_needed",
        )


def _of_server(room: WeknoraRoom, card: ModelCard) -> TenantModel:
    """A model of the server's connections: of no tenant, and with nothing told of where it is."""
    type: ModelType = "KnowledgeQA"
    if card.can("embed"):
        type = "Embedding"
    elif card.can("rerank"):
        type = "Rerank"
    on_ollama = any(connection.name == card.ref.connection for connection in room.models.stores())
    plan = ModelPlan(card.id, type, "local" if on_ollama else "remote")
    return TenantModel(card.id, "", plan, "active", card.created, card.created)


def _noted(room: WeknoraRoom, context: Context, act: AuditAct, stored: StoredModel) -> Statement:
    model = stored.model
    place = room.shelf.workshop.place(model.plan.base_url) if model.plan.base_url else "ollama"
    return told(room.accounts, context, act, ("model", model.id), name=model.plan.name[:100], server=place)
