"""The wizard that sets up a base: which models it uses, how documents are cut, what is drawn out of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import msgspec

from parlance.core.knowledge.bases_operations import BaseView, ChangeBase, ReadBase, ReadBaseUsage
from parlance.core.weknora.model_operations import CreateTenantModel, DeleteTenantModel, JudgePlans, ReadTenantModel
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.bases_shown import (
    BaseShown,
    base_shown,
    cut_as,
    graph_of,
    looks_at_pictures,
    noted,
    notes,
)
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.models import MASK, ModelShown, key_sent, model_shown
from parlance.dialects.weknora.setup_shapes import (
    LEAST_CHUNK,
    MOST_CHUNK,
    NO_GRAPHS,
    NO_RERANKER,
    NO_VISION,
    CuttingSetup,
    EmbeddingSetup,
    ExtractSetup,
    ModelSetup,
    PicturesSetup,
    RerankSetup,
    Setup,
    VisionSetup,
    extract,
    incomplete,
    pictures,
)
from parlance.dialects.weknora.wire import BASE
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.knowledge import ChunkOptions
from parlance.values.weknora import ModelPlan, ModelSource, ModelType, TenantModel

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
    shown = Setup(
        has_files=bool(sum(usage.states.values())),
        rerank=RerankSetup(True, *_told(reranker)) if reranker is not None else RerankSetup(),
        multimodal=await _pictures(do, known),
        document_splitting=CuttingSetup(options.size, options.overlap, options.separators),
        node_extract=extract(known.get("extract_config")),
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
    looker = await _model(do, looks_at_pictures(known))
    if looker is None or known.get("enable_multimodal") is not True:
        return PicturesSetup()
    kind: Literal["ollama", "openai"] = "ollama" if looker.plan.source == "local" else "openai"
    return pictures(VisionSetup(*_told(looker), kind), known.get("cos_config"))


async def initialize(request: Request, do: Do, *, graphs: bool) -> Reply:
    """`POST /initialization/initialize/:kbId`. `graphs`: bases may have one."""
    body = read_body(request.body, SetupBody)
    await do(JudgePlans(()))  # who may not make models hears so before anything is read
    wanted, base = _plans(body), await do(ReadBase(request.params["base"]))
    _judge(base, body, graphs)
    looked = (await _pictures(do, noted(base.foreign))).enabled
    stays = await _staying(do, base, wanted)
    _without_address(wanted, stays)
    await do(JudgePlans(tuple(plan for name, plan, _ in wanted if name not in stays)))
    made: dict[str, TenantModel] = {}
    try:
        for name, plan, key in wanted:
            if name not in stays:
                made[name] = await do(CreateTenantModel(plan, key_sent(key)))
        changed = await do(_change(base, body, stays | made, looked))
    except Fault:
        for model in made.values():  # nothing is left of a set-up that failed
            await do(DeleteTenantModel(model.id))
        raise
    number = (await do(ReadPlace())).workspace.tenant.number
    models = tuple(model_shown((stays | made)[name], number) for name, _, _ in wanted)
    return given(Changed(models, base_shown(changed, number)), message=UPDATED)


def _judge(base: BaseView, body: SetupBody, graphs: bool) -> None:
    """Raise `Fault(invalid)` for what is not whole, or no wizard lets through, unless the base is so already: what is
    told can be sent back."""
    cut, options = body.document_splitting, base.options
    field = cut.misfit()
    if field and (cut.chunk_size, cut.separators) != (options.size, options.separators):
        expected = f"{LEAST_CHUNK} to {MOST_CHUNK}" if field == "chunkSize" else "at least one"
        raise out_of_range(f"documentSplitting.{field}", expected)
    drawn = body.node_extract
    same = drawn == extract(noted(base.foreign).get("extract_config"))
    missing = incomplete(body.multimodal, body.rerank, ExtractSetup() if same else drawn)
    if drawn.enabled and not (graphs or same):
        missing = NO_GRAPHS
    if missing is not None:
        raise Fault(Kind.invalid, missing, code="incomplete")


def _without_address(wanted: Sequence[Wanted], stays: Mapping[str, TenantModel]) -> None:
    """Raise `Fault(invalid)` where a name without an address is that of no model of the server's."""
    lacking = {"rerank": NO_RERANKER, "vlm": NO_VISION}
    for name, plan, _ in wanted:
        if name in lacking and name not in stays and plan.source == "remote" and not plan.base_url:
            raise Fault(Kind.invalid, lacking[name], code="incomplete")


async def _staying(do: Do, base: BaseView, wanted: Sequence[Wanted]) -> dict[str, TenantModel]:
    """What needs no new model: what the base has, where that is said again as it was told, for its key is told to
    nobody and would be lost; and a model of the server's, which has no address here."""
    known, found = noted(base.foreign), {}
    ids = {"llm": known.get("summary_model_id"), "embedding": base.embedder, "rerank": base.reranker}
    ids["vlm"] = looks_at_pictures(known)
    for name, plan, key in wanted:
        model = await _model(do, ids[name])
        if model is None or not _says_again(plan, key, model):
            model = await _model(do, plan.name) if plan.source == "remote" and not plan.base_url else None
        if model is not None and (model.id == ids[name] or not model.plan.base_url):
            found[name] = model
    return found


def _says_again(plan: ModelPlan, key: str, model: TenantModel) -> bool:
    """Whether a plan is what was told of a model. Of those that make no vectors a dimension can be kept, but not
    told."""
    source, (called, place, masked) = _source(model), _told(model)
    sized = plan.type != "Embedding" or plan.dimension == model.plan.dimension or not place
    return (plan.source, plan.name, plan.base_url) == (source, called, place) and key == masked and sized


def _plans(body: SetupBody) -> list[Wanted]:
    """What each model is to be, with its key as it was sent."""
    llm, embedder, reranker, looker = body.llm, body.embedding, body.rerank, body.multimodal.vlm
    answers = _plan(llm.model_name, "KnowledgeQA", llm.source, llm.base_url)
    embeds = _plan(embedder.model_name, "Embedding", embedder.source, embedder.base_url, embedder.dimension)
    plans: list[Wanted] = [("llm", answers, llm.api_key), ("embedding", embeds, embedder.api_key)]
    if reranker.enabled:
        plans.append(("rerank", _plan(reranker.model_name, "Rerank", "remote", reranker.base_url), reranker.api_key))
    if body.multimodal.enabled and looker:
        source: ModelSource = "local" if looker.interface_type == "ollama" else "remote"
        plans.append(("vlm", _plan(looker.model_name, "VLLM", source, looker.base_url), looker.api_key))
    return plans


def _plan(name: str, type: ModelType, source: ModelSource, url: str, dimension: int = 0) -> ModelPlan:
    """A plan as it is kept, so that it can be compared: what is local has no address of its own."""
    return ModelPlan(
        name, type, source, base_url="" if source == "local" else url.strip().rstrip("/"), dimension=dimension
    )


def _change(base: BaseView, body: SetupBody, made: dict[str, TenantModel], looked: bool) -> ChangeBase:
    """What becomes of a base; `looked` is whether the wizard was told that its pictures are looked at."""
    cut, drawn, known = body.document_splitting, body.node_extract, noted(base.foreign)
    options = ChunkOptions(cut.chunk_size, min(cut.chunk_overlap, cut.chunk_size // 2), cut.separators)
    looker, options = made.get("vlm"), cut_as(base.options, options)
    # Pictures that nobody in the wizard's list looks at are told as switched off, and are not by being saved again.
    unseen = looker is None and known.get("enable_multimodal") is True and not looked
    vision = base.options.vision if unseen else "" if looker is None else looker.id
    drew = extract(known.get("extract_config"))
    kept = notes(
        base.foreign,
        summary_model_id=made["llm"].id,
        vlm_model_id=None if looker is None else looker.id,
        enable_multimodal=None if unseen else body.multimodal.enabled,
        extract_config=None if drawn == drew else drawn.kept() if drawn.enabled else {},
        cos_config=body.multimodal.kept() if body.multimodal.enabled else None,
    )
    reranker = made.get("rerank")
    return ChangeBase(
        base.id,
        options=msgspec.structs.replace(options, vision=vision),
        embedder=made["embedding"].id,
        reranker="" if reranker is None else reranker.id,
        foreign=kept,
        # A graph that the wizard has not made, or is told nothing new of, stays as it is.
        graph=None
        if drawn == drew and (not drawn.enabled or known.get("summary_model_id") == made["llm"].id)
        else graph_of(drawn.kept() if drawn.enabled else None, made["llm"].id),
        graph_if_any=True,
    )


def rows(*, graphs: bool) -> tuple[Row, ...]:
    """How a base is set up, and setting it up. `graphs`: bases may have one."""
    return tuple(
        msgspec.structs.replace(row, answer=partial(initialize, graphs=graphs)) if row.takes is SetupBody else row
        for row in _ROWS
    )


_ROWS = (
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
        partial(initialize, graphs=False),
        _CHANGES,
        "Set up a base",
        body="bytes",
        takes=SetupBody,
        gives=Success[Changed],
    ),
)
