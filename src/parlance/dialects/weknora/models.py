"""Models: those of one's tenant, and those that all tenants share."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from parlance.core.weknora.model_operations import (
    ChangeTenantModel,
    CreateTenantModel,
    DeleteTenantModel,
    ListTenantModels,
    ReadTenantModel,
)
from parlance.core.weknora.operations import ReadPlace
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bodies import number_of
from parlance.dialects.weknora.bodies import read as read_body
from parlance.dialects.weknora.envelope import Done, Success, done, given
from parlance.dialects.weknora.rows import rows_of
from parlance.dialects.weknora.wire import BASE, stamp
from parlance.values.weknora import Dimension, ModelPlan, ModelSource, ModelStatus, ModelType, PlanChange, TenantModel

PATH = f"{BASE}/models"
MASK = "***"
"""In the place of a key: what comes back as that leaves the key as it is."""


class EmbeddingParameters(msgspec.Struct, frozen=True):
    """Of an embedder: how long its vectors are (0: as they come), and after how many tokens it cuts a text off."""

    dimension: Dimension = 0
    truncate_prompt_tokens: Dimension = 0


class Parameters(msgspec.Struct, frozen=True):
    """Where a model is asked, and with which key."""

    base_url: str = ""
    api_key: str | UnsetType | None = UNSET
    embedding_parameters: EmbeddingParameters | None = None


class ModelBody(msgspec.Struct, frozen=True):
    """What a client says of a model."""

    name: Annotated[str, Meta(min_length=1)]
    type: ModelType
    source: ModelSource
    parameters: Parameters
    description: str = ""
    is_default: bool = False


class ModelChange(msgspec.Struct, frozen=True):
    """The same for a change: what is left out stays."""

    name: str = ""
    type: ModelType | None = None
    source: ModelSource | None = None
    parameters: Parameters | None = None
    description: str | None = None
    is_default: bool | None = None


class ParametersShown(msgspec.Struct, frozen=True):
    """Where a model is asked; of its key only whether there is one."""

    base_url: str
    api_key: str
    embedding_parameters: EmbeddingParameters


class ModelShown(msgspec.Struct, frozen=True):
    """A model; `tenant_id` is 0 for one that all tenants share. Why it is not to be had is told where a document tells
    it: what is shown as the description comes back as one."""

    id: str
    tenant_id: int
    name: str
    type: ModelType
    source: ModelSource
    description: str
    parameters: ParametersShown
    is_default: bool
    status: ModelStatus
    error_message: str
    created_at: str
    updated_at: str
    deleted_at: str | None = None


def model_shown(model: TenantModel, number: int) -> ModelShown:
    """A model as this wire has it; `number` is that of the caller's tenant."""
    plan = model.plan
    return ModelShown(
        id=model.id,
        tenant_id=number if model.tenant else 0,
        name=plan.name,
        type=plan.type,
        source=plan.source,
        description=plan.description,
        parameters=ParametersShown(
            plan.base_url, MASK if model.has_key else "", EmbeddingParameters(plan.dimension, plan.truncate)
        ),
        is_default=plan.is_default,
        status=model.status,
        error_message=model.problem,
        created_at=stamp(model.created),
        updated_at=stamp(model.updated),
    )


def key_given(given: str | UnsetType | None) -> str | UnsetType | None:
    """The key that a client means: what is left out, or came back as it was shown, says nothing of it."""
    if isinstance(given, UnsetType) or (isinstance(given, str) and given and not given.strip("*")):
        return UNSET
    return given or None


def key_sent(given: str) -> str | None:
    """The key of a model that nothing is kept of yet: where a mask came back, there is none."""
    key = key_given(given)
    return key if isinstance(key, str) else None


def key_tried(given: str) -> tuple[str | None, bool]:
    """The key that a model is tried with, and whether it is the one that is kept: where a mask came back."""
    key = key_given(given)
    return (None, True) if isinstance(key, UnsetType) else (key, False)


async def create(request: Request, do: Do) -> Reply:
    """`POST /models`."""
    body = read_body(request.body, ModelBody)
    said, key = body.parameters, key_given(body.parameters.api_key)
    numbers = said.embedding_parameters or EmbeddingParameters()
    plan = ModelPlan(
        body.name,
        body.type,
        body.source,
        body.description,
        said.base_url,
        numbers.dimension,
        numbers.truncate_prompt_tokens,
        body.is_default,
    )
    made = await do(CreateTenantModel(plan, None if isinstance(key, UnsetType) else key))
    return given(model_shown(made, await number_of(do)), 201)


async def listing(request: Request, do: Do) -> Reply:
    """`GET /models`."""
    number = await number_of(do)
    return given(tuple(model_shown(model, number) for model in await do(ListTenantModels())))


async def read(request: Request, do: Do) -> Reply:
    """`GET /models/:id`."""
    model = await do(ReadTenantModel(request.params["id"]))
    return given(model_shown(model, await number_of(do)))


async def change(request: Request, do: Do) -> Reply:
    """`PUT /models/:id`."""
    body = read_body(request.body, ModelChange)
    said = body.parameters
    key = UNSET if said is None else key_given(said.api_key)
    changed = await do(ChangeTenantModel(request.params["id"], _changed(body), key))
    return given(model_shown(changed, await number_of(do)))


def _changed(body: ModelChange) -> PlanChange:
    said = body.parameters
    numbers = None if said is None else said.embedding_parameters
    return PlanChange(
        body.name or None,
        body.type,
        body.source,
        body.description,
        None if said is None else said.base_url,
        None if numbers is None else numbers.dimension,
        None if numbers is None else numbers.truncate_prompt_tokens,
        body.is_default,
    )


async def delete(request: Request, do: Do) -> Reply:
    """`DELETE /models/:id`."""
    await do(DeleteTenantModel(request.params["id"]))
    return done("Model deleted")


_row = rows_of("models", PATH)
ROWS = (
    _row(
        "POST",
        "",
        "create",
        answer=create,
        operations=(CreateTenantModel, ReadPlace),
        summary="Add a model to one's tenant",
        takes=ModelBody,
        gives=Success[ModelShown],
        statuses=(201,),
    ),
    _row(
        "GET",
        "",
        "list",
        answer=listing,
        operations=(ListTenantModels, ReadPlace),
        summary="Models of one's tenant, and shared ones",
        gives=Success[tuple[ModelShown, ...]],
    ),
    _row(
        "GET",
        "/{id}",
        "read",
        answer=read,
        operations=(ReadTenantModel, ReadPlace),
        summary="A model",
        gives=Success[ModelShown],
    ),
    _row(
        "PUT",
        "/{id}",
        "change",
        answer=change,
        operations=(ChangeTenantModel, ReadPlace),
        summary="Change a model of one's tenant",
        takes=ModelChange,
        gives=Success[ModelShown],
    ),
    _row(
        "DELETE",
        "/{id}",
        "delete",
        answer=delete,
        operations=(DeleteTenantModel,),
        summary="Remove a model of one's tenant",
        gives=Done,
    ),
)
