"""The wizard that sets up a base: which models it uses, how documents are cut, what is drawn out of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, ReadBase, ReadBaseUsage
from parlance.core.weknora.model_operations import CreateTenantModel, DeleteTenantModel, JudgePlans, ReadTenantModel
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.bases_shown import BaseShown, base_shown, cut_as, graph_of, noted, notes
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.models import MASK, ModelShown, key_sent, model_shown
from parlance.dialects.weknora.setup_shapes import (
    CuttingSetup,
    EmbeddingSetup,
    ExtractSetup,
    ModelSetup,
    PicturesSetup,
    RerankSetup,
    Setup,
    VisionSetup,
    incomplete,
)
from parlance.dialects.weknora.wire import BASE
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.graph import GraphOptions
from parlance.values.knowledge import ChunkOptions
from parlance.values.weknora import ModelPlan, TenantModel

PATH = f"{BASE}/initialization"
UPDATED = "知识库配置更新成功"
_CHANGES = (JudgePlans, ReadBase, ReadTenantModel, CreateTenantModel, ChangeBase, DeleteTenantModel, ReadPlace)
Wanted = tuple[str, ModelPlan, str]
"""What a model is for, what it is to be, and its key."""


class SetupBody(msgspec.Struct, frozen=True, rename="camel"):
    """The body of `/initialization/initialize/:kbId`."""

    llm: ModelSetup
    embedding: EmbeddingSetup
    document_splitting: CuttingSetup
    rerank: RerankSetup = RerankSetup()
    multimodal: PicturesSetup = PicturesSetup()
    node_extract: ExtractSetup = ExtractSetup()


class Changed(msgspec.Struct, frozen=True):
    """What was set up."""

    models: tuple[ModelShown, ...]
    knowledge_base: BaseShown


async def read(request: Request, do: Do) -> Reply:
    """`GET /initialization/config/:kbId`."""
    base = await do(ReadBase(request.params["base"]))
    usage, known = await do(ReadBaseUsage(base.id)), noted(base.foreign)
    chat, embedder = await _model(do, known.get("summary_model_id")), await _model(do, base.embedder)
    reranker, options = await _model(do, base.reranker), base.options
    extract = known.get("extract_config")
    shown = Setup(
        has_files=bool(sum(usage.states.values())),
        rerank=RerankSetup(True, *_told(reranker)) if reranker is not None else RerankSetup(),
        multimodal=await _pictures(do, known),
        document_splitting=CuttingSetup(options.size, options.overlap, options.separators),
        node_extract=msgspec.convert({**extract, "enabled": True}, ExtractSetup, strict=False)
        if isinstance(extract, dict) and extract
        else ExtractSetup(),
    )
    if chat is not None:
        shown = msgspec.structs.replace(shown, llm=ModelSetup(_source(chat), *_told(chat)))
    if embedder is not None:
        told = EmbeddingSetup(_source(embedder), *_told(embedder), embedder.plan.dimension)
        shown = msgspec.structs.replace(shown, embedding=told)
    return given(shown)


async def _model(do: Do, id: Any) -> TenantModel | None:
    """A model that a base names; none where it is gone."""
    if not isinstance(id, str) or not id:
        return None
    try:
        return await do(ReadTenantModel(id))
    except Fault as fault:
        if fault.kind is not Kind.missing:
            raise
        return None


def _source(model: TenantModel) -> Literal["local", "remote"]:
    return "local" if model.plan.source == "local" else "remote"


def _told(model: TenantModel) -> tuple[str, str, str]:
    return model.plan.name, model.plan.base_url, MASK if model.has_key else ""


async def _pictures(do: Do, known: dict[str, Any]) -> PicturesSetup:
    looker = await _model(do, known.get("vlm_model_id"))
    if looker is None or known.get("enable_multimodal") is not True:
        return PicturesSetup()
    kind: Literal["ollama", "openai"] = "ollama" if looker.plan.source == "local" else "openai"
    stored = known.get("cos_config")
    place = stored.get("provider") if isinstance(stored, dict) else ""
    return PicturesSetup(True, VisionSetup(*_told(looker), kind), place if isinstance(place, str) else "")


async def initialize(request: Request, do: Do) -> Reply:
    """`POST /initialization/initialize/:kbId`."""
    body = json_door.decode(request.body or b"{}", SetupBody)
    if (missing := incomplete(body.multimodal, body.rerank, body.node_extract)) is not None:
        raise Fault(Kind.invalid, missing, code="incomplete")
    await do(JudgePlans(()))  # who may not make models hears so before anything is read
    wanted, base = _plans(body), await do(ReadBase(request.params["base"]))
    stays = await _staying(do, base, wanted)
    await do(JudgePlans(tuple(plan for name, plan, _ in wanted if name not in stays)))
    made: dict[str, TenantModel] = {}
    try:
        for name, plan, key in wanted:
            if name not in stays:
                made[name] = await do(CreateTenantModel(plan, key_sent(key)))
        changed = await do(_change(base, body, stays | made))
    except Fault:
        for model in made.values():  # nothing is left of a set-up that failed
            await do(DeleteTenantModel(model.id))
        raise
    number = (await do(ReadPlace())).workspace.tenant.number
    models = tuple(model_shown((stays | made)[name], number) for name, _, _ in wanted)
    return given(Changed(models, base_shown(changed, number)), message=UPDATED)


async def _staying(do: Do, base: BaseView, wanted: Sequence[Wanted]) -> dict[str, TenantModel]:
    """What needs no new model: what the base has, where that is said again as it was told, for its key is told to
    nobody and would be lost; and a model of the server's, which has no address here."""
    known, found = noted(base.foreign), {}
    ids = {"llm": known.get("summary_model_id"), "embedding": base.embedder, "rerank": base.reranker}
    ids["vlm"] = known.get("vlm_model_id")
    for name, plan, key in wanted:
        model = await _model(do, ids[name])
        if model is None or not _says_again(plan, key, model):
            model = await _model(do, plan.name) if plan.source == "remote" and not plan.base_url else None
        if model is not None and (model.id == ids[name] or not model.plan.base_url):
            found[name] = model
    return found


def _says_again(plan: ModelPlan, key: str, model: TenantModel) -> bool:
    """Whether a plan is what was told of a model."""
    source, (called, place, masked) = _source(model), _told(model)
    sized = plan.dimension == model.plan.dimension or not place
    return (plan.source, plan.name, plan.base_url) == (source, called, place) and key == masked and sized


def _plans(body: SetupBody) -> list[Wanted]:
    """What each model is to be, with its key as it was sent."""
    llm, embedder, reranker, looker = body.llm, body.embedding, body.rerank, body.multimodal.vlm
    plans: list[Wanted] = [
        ("llm", ModelPlan(llm.model_name, "KnowledgeQA", llm.source, base_url=llm.base_url), llm.api_key),
        (
            "embedding",
            ModelPlan(
                embedder.model_name,
                "Embedding",
                embedder.source,
                base_url=embedder.base_url,
                dimension=embedder.dimension,
            ),
            embedder.api_key,
        ),
    ]
    if reranker.enabled:
        plan = ModelPlan(reranker.model_name, "Rerank", "remote", base_url=reranker.base_url)
        plans.append(("rerank", plan, reranker.api_key))
    if body.multimodal.enabled and looker is not None:
        local = looker.interface_type == "ollama"
        plan = ModelPlan(looker.model_name, "VLLM", "local" if local else "remote", base_url=looker.base_url)
        plans.append(("vlm", plan, looker.api_key))
    return plans


def _change(base: BaseView, body: SetupBody, made: dict[str, TenantModel]) -> ChangeBase:
    cut, extract = body.document_splitting, body.node_extract
    options = ChunkOptions(cut.chunk_size, min(cut.chunk_overlap, cut.chunk_size // 2), cut.separators)
    looker = made.get("vlm")
    options = msgspec.structs.replace(cut_as(base.options, options), vision="" if looker is None else looker.id)
    kept = notes(
        base.foreign,
        summary_model_id=made["llm"].id,
        vlm_model_id="" if looker is None else looker.id,
        enable_multimodal=body.multimodal.enabled,
        extract_config=extract.kept() if extract.enabled else {},
        cos_config=body.multimodal.kept(),
    )
    reranker = made.get("rerank")
    return ChangeBase(
        base.id,
        options=options,
        embedder=made["embedding"].id,
        reranker="" if reranker is None else reranker.id,
        foreign=kept,
        graph=_graph(base, extract, made["llm"].id),
    )


def _graph(base: BaseView, extract: ExtractSetup, model: str) -> GraphOptions | None:
    """The graph that the wizard wants; one that it has not made stays as it is."""
    if not extract.enabled and not noted(base.foreign).get("extract_config"):
        return None
    return graph_of(extract.kept() if extract.enabled else None, model)


ROWS = (
    Row(
        "GET",
        PATH + "/config/{base}",
        "weknora.initialization.config",
        read,
        (ReadBase, ReadBaseUsage, ReadTenantModel),
        "How a base is set up",
        gives=Success[Setup],
    ),
    Row(
        "POST",
        PATH + "/initialize/{base}",
        "weknora.initialization.initialize",
        initialize,
        _CHANGES,
        "Set up a base",
        body="bytes",
        takes=SetupBody,
        gives=Success[Changed],
    ),
)
