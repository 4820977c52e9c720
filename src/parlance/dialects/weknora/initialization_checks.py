"""What the wizard asks before it keeps anything. A model that does not answer is a verdict here, and no error."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from parlance.core.weknora.pulls import Pull
from parlance.core.weknora.trial_operations import (
    ListOllamaModels,
    ListPulls,
    PullOllamaModel,
    ReadOllama,
    ReadPull,
    TryTenantModel,
    Verdict,
)
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.envelope import Success, given
from parlance.dialects.weknora.errors import INTERNAL, refused
from parlance.dialects.weknora.models import key_tried
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.wire import BASE, stamp
from parlance.values.errors import Fault, Kind
from parlance.values.weknora import Dimension, ModelPlan, ModelType

PATH = f"{BASE}/initialization"
DOWN = "Ollama服务不可用: "
Text = Annotated[str, Meta(min_length=1)]


class OllamaShown(msgspec.Struct, frozen=True, rename="camel"):
    """Whether an Ollama answers; its address is told to operators."""

    available: bool
    version: str
    base_url: str
    error: str | UnsetType = UNSET


class Names(msgspec.Struct, frozen=True):
    """Names of models, with their tags."""

    models: tuple[str, ...]


class There(msgspec.Struct, frozen=True):
    """Which models are there."""

    models: dict[str, bool]


class Wished(msgspec.Struct, frozen=True, rename="camel"):
    """A model to pull."""

    model_name: Text


class Task(msgspec.Struct, frozen=True, rename="camel"):
    """How a pull stands; `progress` is in percent."""

    id: str
    model_name: str
    status: str
    progress: float
    message: str
    start_time: str
    end_time: str | UnsetType = UNSET


class Begun(msgspec.Struct, frozen=True, rename="camel"):
    """A pull that has begun; one that is not needed has no task."""

    model_name: str
    status: str
    progress: float
    task_id: str | UnsetType = UNSET


class RemoteBody(msgspec.Struct, frozen=True, rename="camel"):
    """Where a model is to be asked."""

    model_name: Text
    base_url: Text
    api_key: str = ""


class EmbeddingBody(msgspec.Struct, frozen=True, rename="camel"):
    """An embedder that is to be tried."""

    source: Literal["local", "remote"]
    model_name: Text
    base_url: str = ""
    api_key: str = ""
    dimension: Dimension = 0


class VerdictShown(msgspec.Struct, frozen=True):
    """Whether a model answers."""

    available: bool
    message: str


class EmbeddingVerdict(VerdictShown, frozen=True):
    """The same, and how long its vectors are."""

    dimension: int


async def ollama_status(request: Request, do: Do) -> Reply:
    """`GET /initialization/ollama/status`: 200 whatever it says."""
    state = await do(ReadOllama())
    return given(OllamaShown(state.available, state.version, state.base_url, state.error or UNSET))


async def ollama_models(request: Request, do: Do) -> Reply:
    """`GET /initialization/ollama/models`."""
    try:
        return given(Names(await do(ListOllamaModels())))
    except Fault as fault:
        return _down(fault)


async def check_models(request: Request, do: Do) -> Reply:
    """`POST /initialization/ollama/models/check`."""
    wanted = read_body(request.body, Names).models
    try:
        there = frozenset(await do(ListOllamaModels()))
    except Fault as fault:
        return _down(fault)
    return given(There({name: (name if ":" in name else f"{name}:latest") in there for name in wanted}))


async def download(request: Request, do: Do) -> Reply:
    """`POST /initialization/ollama/models/download`."""
    name = read_body(request.body, Wished).model_name
    try:
        pull = await do(PullOllamaModel(name))
    except Fault as fault:
        return _down(fault)
    if pull is None:
        return given(Begun(name, "completed", 100.0))
    return given(Begun(name, pull.state, pull.progress, pull.id))


def _down(fault: Fault) -> Reply:
    """What comes of an Ollama that does not answer; all else is an error like any."""
    if fault.kind not in (Kind.upstream, Kind.unsupported, Kind.timed_out, Kind.busy):
        raise fault
    return refused(500, INTERNAL, DOWN + fault.sentence(), None, fault)


async def progress(request: Request, do: Do) -> Reply:
    """`GET /initialization/ollama/download/progress/:taskId`."""
    return given(_task(await do(ReadPull(request.params["task"]))))


async def tasks(request: Request, do: Do) -> Reply:
    """`GET /initialization/ollama/download/tasks`."""
    return given(tuple(map(_task, await do(ListPulls()))))


def _task(pull: Pull) -> Task:
    ended: str | UnsetType = UNSET if pull.ended is None else stamp(pull.ended)
    return Task(pull.id, pull.model, pull.state, pull.progress, pull.message, stamp(pull.begun), ended)


async def check_remote(request: Request, do: Do) -> Reply:
    """`POST /initialization/remote/check`."""
    return given(await _verdict(request, do, "KnowledgeQA"))


async def check_rerank(request: Request, do: Do) -> Reply:
    """`POST /initialization/rerank/check`."""
    return given(await _verdict(request, do, "Rerank"))


async def _verdict(request: Request, do: Do, type: ModelType) -> VerdictShown:
    body = read_body(request.body, RemoteBody)
    verdict = await _tried(do, ModelPlan(body.model_name, type, "remote", base_url=body.base_url), body.api_key)
    return VerdictShown(verdict.available, verdict.message)


async def test_embedding(request: Request, do: Do) -> Reply:
    """`POST /initialization/embedding/test`."""
    body = read_body(request.body, EmbeddingBody)
    plan = ModelPlan(body.model_name, "Embedding", body.source, base_url=body.base_url, dimension=body.dimension)
    verdict = await _tried(do, plan, body.api_key)
    return given(EmbeddingVerdict(verdict.available, verdict.message, verdict.dimension))


async def _tried(do: Do, plan: ModelPlan, key: str) -> Verdict:
    return await do(TryTenantModel(plan, *key_tried(key)))


_row = rows_of("initialization", PATH)
ROWS = (
    _row(
        "GET",
        "/ollama/status",
        "ollama.status",
        answer=ollama_status,
        operations=(ReadOllama,),
        summary="Whether an Ollama answers",
        gives=Success[OllamaShown],
    ),
    _row(
        "GET",
        "/ollama/models",
        "ollama.models",
        answer=ollama_models,
        operations=(ListOllamaModels,),
        summary="What it has",
        gives=Success[Names],
    ),
    _row(
        "POST",
        "/ollama/models/check",
        "ollama.check",
        answer=check_models,
        operations=(ListOllamaModels,),
        summary="Which of some models it has",
        takes=Names,
        gives=Success[There],
    ),
    _row(
        "POST",
        "/ollama/models/download",
        "ollama.download",
        answer=download,
        operations=(PullOllamaModel,),
        summary="Pull a model",
        takes=Wished,
        gives=Success[Begun],
    ),
    _row(
        "GET",
        "/ollama/download/progress/{task}",
        "ollama.progress",
        answer=progress,
        operations=(ReadPull,),
        summary="How a pull stands",
        gives=Success[Task],
    ),
    _row(
        "GET",
        "/ollama/download/tasks",
        "ollama.tasks",
        answer=tasks,
        operations=(ListPulls,),
        summary="One's pulls",
        gives=Success[tuple[Task, ...]],
    ),
    _row(
        "POST",
        "/remote/check",
        "remote.check",
        answer=check_remote,
        operations=(TryTenantModel,),
        summary="Whether a model answers",
        takes=RemoteBody,
        gives=Success[VerdictShown],
    ),
    _row(
        "POST",
        "/embedding/test",
        "embedding.test",
        answer=test_embedding,
        operations=(TryTenantModel,),
        summary="Whether a model embeds",
        takes=EmbeddingBody,
        gives=Success[EmbeddingVerdict],
    ),
    _row(
        "POST",
        "/rerank/check",
        "rerank.check",
        answer=check_rerank,
        operations=(TryTenantModel,),
        summary="Whether a model reranks",
        takes=RemoteBody,
        gives=Success[VerdictShown],
    ),
)
