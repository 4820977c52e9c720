"""Models and knowledge bases on their way in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.chat.titles import clean
from parlance.core.knowledge.bounds import (
    LEAST_SIZE,
    MOST_DESCRIPTION,
    MOST_NAME,
    MOST_SEPARATOR,
    MOST_SEPARATORS,
    MOST_SIZE,
)
from parlance.core.knowledge.foreign import merged
from parlance.core.knowledge.searching import chosen_reranker
from parlance.core.operation import Context, Result
from parlance.core.weknora.models import MOST_KEY, judged
from parlance.core.weknora.moving.operations import ImportWeknoraBase, ImportWeknoraModel, PieceArrived
from parlance.core.weknora.moving.room import MovingRoom, arrived, kept_id, moments
from parlance.core.weknora.shelf import about
from parlance.ports.files import WHOLE_TENANT
from parlance.ports.weknora import MOST_MODELS, StoredModel
from parlance.values.accounts import Principal, Tenant
from parlance.values.errors import Fault, Kind
from parlance.values.feeds import ListChanged
from parlance.values.knowledge import Base, ChunkOptions
from parlance.values.weknora import ModelPlan, TenantModel

_MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
NOTES = "weknora"
"""The name under which that dialect notes what has no place elsewhere."""


async def import_model(room: MovingRoom, context: Context, op: ImportWeknoraModel) -> Result[PieceArrived]:
    """Handle `ImportWeknoraModel`."""
    tenant, store = context.subject, room.weknora.store
    if _MODEL_ID.fullmatch(op.id) is None:
        raise Fault(Kind.invalid, "This cannot be the id of a model.", field="id", code="bad_id")
    if await store.model(tenant.id, op.id) is not None:
        return Result(PieceArrived(op.id, False))
    if len(await store.models(tenant.id)) >= MOST_MODELS:
        raise Fault(Kind.conflict, f"There are {MOST_MODELS} models already.", code="too_many_models")
    plan, remarks = _judged(room, op.plan)
    stored = _sealed(room, tenant, op, plan)
    server = room.weknora.shelf.workshop.place(plan.base_url) if plan.base_url else "ollama"
    said = ("model", op.id)
    noted = told(
        room.weknora.accounts, context, "connection_made", said, tenant=tenant.id, name=plan.name[:100], server=server
    )
    return Result(PieceArrived(op.id, True, remarks), (*store.insert_model(stored), noted))


def _judged(room: MovingRoom, plan: ModelPlan) -> tuple[ModelPlan, tuple[str, ...]]:
    """A plan as it is kept. One whose address may not be used here is kept, too: it is judged again with every use, and
    the operator may list the address later."""
    shelf = room.weknora.shelf
    try:
        plan = judged(shelf, plan)
    except Fault as fault:
        if fault.code != "bad_address":
            raise
        place = shelf.workshop.place(plan.base_url)
        bare = judged(shelf, msgspec.structs.replace(plan, source="local"))
        kept = msgspec.structs.replace(bare, source=plan.source, base_url=plan.base_url.strip().rstrip("/"))
        where = f"{place} is not public" if place else "its address is none"
        return kept, (f"It cannot be used: {where}. The operator may list it in weknora.private_origins.",)
    if plan.source == "local" and shelf.local(plan.name) is None:
        return plan, (f"It cannot be used yet: {plan.name} is on no Ollama of this server.",)
    return plan, ()


def _sealed(room: MovingRoom, tenant: Tenant, op: ImportWeknoraModel, plan: ModelPlan) -> StoredModel:
    key = op.api_key.strip()
    if len(key) > MOST_KEY or not key.isascii() or not key.isprintable() or " " in key:
        raise Fault(Kind.invalid, "Its key is none that can be sent.", field="api_key", code="out_of_range")
    accounts = room.weknora.accounts
    created, updated = moments(accounts.clock, op.created, op.updated)
    model = TenantModel(op.id, tenant.id, plan, "active", created, updated, has_key=bool(key))
    return StoredModel(model, accounts.sealer.seal(key.encode(), about(model)) if key else None)


async def import_base(room: MovingRoom, context: Context, op: ImportWeknoraBase) -> Result[PieceArrived]:
    """Handle `ImportWeknoraBase`."""
    tenant, knowledge = context.subject, room.knowledge
    bases, rooms = knowledge.stores.bases(tenant.id), knowledge.stores.rooms(tenant.id)
    id = kept_id(op.id)
    if await bases.base(id) is not None:
        return Result(PieceArrived(id, False))
    owner = await room.owner(tenant)
    (embedder, reranker), remarks = await _models(room, owner, op)
    options = cutting(op.size, op.overlap, op.separators)
    created, changed = moments(knowledge.clock, op.created, op.updated)
    made = Base(
        id,
        tenant.id,
        owner.user,
        clean(op.name)[:MOST_NAME].strip() or "Untitled",
        created,
        changed,
        op.description[:MOST_DESCRIPTION],
        "tenant",
        msgspec.structs.replace(options, vision=await _vision(room, owner, op)),
        embedder,
        # What an index on another host may still have of a base that had this id is older (decision 0020).
        revision=knowledge.clock.now(),
        reranker=reranker,
        foreign=merged(None, {NOTES: op.notes}),
    )
    first = () if await rooms.room(WHOLE_TENANT) is not None else rooms.make_room(WHOLE_TENANT)
    changes = (*first, *rooms.make_room(made.id), *bases.insert(made))
    return Result(arrived(op.id, id, remarks), changes, (knowledge.tells(made, ListChanged("bases")),))


async def _models(room: MovingRoom, owner: Principal, op: ImportWeknoraBase) -> tuple[tuple[str, str], tuple[str, ...]]:
    """The embedder and the reranker of a base. In place of an embedder that cannot be used stands the usual one, so
    that what is in the base is found at once."""
    remarks: list[str] = []
    try:
        embedder = await room.knowledge.embedding.default(owner, op.embedder or None)
    except Fault as fault:
        embedder = await room.knowledge.embedding.default(owner, None)
        instead = f"by {embedder}" if embedder else "by their words alone"
        remarks.append(f"Its embedder cannot be used ({fault.message}) and its documents are found {instead}.")
    try:
        reranker = await chosen_reranker(room.knowledge, owner, op.reranker)
    except Fault as fault:
        reranker = ""
        remarks.append(f"Its reranker cannot be used: {fault.message}")
    return (embedder, reranker), tuple(remarks)


async def _vision(room: MovingRoom, owner: Principal, op: ImportWeknoraBase) -> str | None:
    """The model that looks at its pictures: none where it wanted none, the server's where its own is not here."""
    if op.notes.get("enable_multimodal") is not True:
        return ""
    seeing, named = room.knowledge.seeing, op.notes.get("vlm_model_id")
    if seeing is None or not isinstance(named, str) or not named:
        return None
    try:
        return await seeing.named(owner, named)
    except Fault:
        return None


def cutting(size: int, overlap: int, separators: Sequence[str]) -> ChunkOptions:
    """How documents are cut: what is 0 or nothing is as usual, what is out of our range is the nearest in it."""
    usual = ChunkOptions()
    fitting = min(MOST_SIZE, max(LEAST_SIZE, size or usual.size))
    wanted: Any = overlap if size else usual.overlap
    marks = tuple(each for each in separators if 1 <= len(each) <= MOST_SEPARATOR)[:MOST_SEPARATORS]
    return ChunkOptions(fitting, min(fitting // 2, max(0, wanted)), marks or usual.separators)
