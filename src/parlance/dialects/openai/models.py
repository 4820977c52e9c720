"""`GET /v1/models` and `GET /v1/models/{id}`. The list has `models` too, for clients that expect Ollama's list."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from parlance.core.models.operations import ListModels, ShowModel
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.messages import Foreign
from parlance.values.models import ModelCard
from parlance.values.time import SECOND


class ModelObject(msgspec.Struct, frozen=True):
    """A model as OpenAI clients list it; `created` is in seconds since 1970, 0 where nobody knows."""

    id: str
    created: int
    owned_by: str
    object: str = "model"


class ListedModel(msgspec.Struct, frozen=True):
    """A model as Ollama clients list it; `size` is in bytes."""

    name: str
    model: str
    modified_at: str
    size: int
    digest: str
    details: Foreign


class ModelList(msgspec.Struct, frozen=True):
    """Every model the caller may use, chat models first."""

    data: list[ModelObject]
    models: list[ListedModel]
    object: str = "list"


def model_object(card: ModelCard) -> ModelObject:
    """A card as an OpenAI model."""
    return ModelObject(card.id, card.created // SECOND, card.owner)


def listed(card: ModelCard) -> ListedModel:
    """A card as an entry of Ollama's list."""
    modified = datetime.fromtimestamp(card.created // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    details = (card.foreign or {}).get("details")
    shown: Foreign = details if isinstance(details, dict) else {}
    return ListedModel(card.id, card.id, modified, card.size, card.digest, shown)


async def list_models(request: Request, do: Do) -> Reply:
    """The models of every connection that the caller may use."""
    cards = await do(ListModels())
    return Reply(json_door.encode(ModelList([model_object(card) for card in cards], [listed(card) for card in cards])))


async def show_model(request: Request, do: Do) -> Reply:
    """One model; its id may hold slashes."""
    card = await do(ShowModel(request.params["model"]))
    return Reply(json_door.encode(model_object(card)))


ROWS = (
    Row(
        "GET",
        "/v1/models",
        "openai.models.list",
        list_models,
        (ListModels,),
        "List the models",
        gives=ModelList,
    ),
    Row(
        "GET",
        "/v1/models/{model:path}",
        "openai.models.retrieve",
        show_model,
        (ShowModel,),
        "Show one model",
        gives=ModelObject,
    ),
)
