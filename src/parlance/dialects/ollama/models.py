"""`/api/tags`, `/api/ps` and `/api/show`: models of every engine, as an Ollama would tell of its own."""

from __future__ import annotations

import hashlib
from typing import Any, cast

import msgspec

from parlance.core.models.operations import ListLoaded, ListModels, ShowModel
from parlance.dialects.ollama.bodies import read_named
from parlance.dialects.ollama.shown import Details, ListedModel, ModelList, ModelShown, RunningList, RunningModel
from parlance.dialects.ollama.times import NEVER, rfc3339
from parlance.dialects.ollama.wire import ShowRequest
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.messages import Foreign
from parlance.values.models import LoadedModel, ModelCard

FOREVER = "2318-01-01T00:00:00Z"
"""When a model that stays in memory expires; Ollama's own answer to `keep_alive` -1 is as far away."""
UNKNOWN = Details(parent_model="", format="", family="", families=None, parameter_size="", quantization_level="")
_WORDS = {
    "chat": "completion",
    "completion": "completion",
    "tools": "tools",
    "insert": "insert",
    "vision": "vision",
    "embed": "embedding",
    "thinking": "thinking",
}


async def tags(request: Request, do: Do) -> Reply:
    """Every model the caller may use."""
    return Reply(json_door.encode(ModelList([listed(card) for card in await do(ListModels())])))


async def ps(request: Request, do: Do) -> Reply:
    """The models in memory."""
    return Reply(json_door.encode(RunningList([running(model) for model in await do(ListLoaded())])))


async def show(request: Request, do: Do) -> Reply:
    """One model with all that its engine tells."""
    asked, name = read_named(request.body, ShowRequest)
    card = await do(ShowModel(name, bool(asked.verbose)))
    return Reply(json_door.encode({**msgspec.to_builtins(shown(card)), **(card.foreign or {})}))


def listed(card: ModelCard) -> ListedModel:
    """A row of the list."""
    return ListedModel(card.id, card.id, modified_at(card), card.size, digest(card), details(card.foreign))


def running(model: LoadedModel) -> RunningModel:
    """A row of the models in memory."""
    card, foreign = model.card, model.foreign or {}
    expires = foreign.get("expires_at") or (rfc3339(model.expires) if model.expires else FOREVER)
    context = foreign.get("context_length")
    return RunningModel(
        card.id,
        card.id,
        model.size,
        digest(card),
        details(foreign if "details" in foreign else card.foreign),
        expires,
        model.size_vram,
        context if isinstance(context, int) else card.context or 0,
    )


def shown(card: ModelCard) -> ModelShown:
    """What we can say of any model; an Ollama's own words go over it."""
    info: dict[str, Any] = {"general.architecture": card.engine}
    if card.context is not None:
        info[f"{card.engine}.context_length"] = card.context
    return ModelShown(
        modelfile=f"# {card.id}: a model of the connection {card.ref.connection}, not one of an Ollama\n",
        parameters="",
        template="",
        details=details(card.foreign),
        model_info=info,
        capabilities=sorted({_WORDS[word] for word in card.capabilities if word in _WORDS}),
        modified_at=modified_at(card),
    )


def details(foreign: Foreign | None) -> Details:
    """An Ollama's own details; of other engines nothing is known."""
    found = (foreign or {}).get("details")
    return cast(Details, found) if isinstance(found, dict) and found else UNKNOWN


def modified_at(card: ModelCard) -> str:
    """When the model last changed: the engine's own text, else our microseconds."""
    own = (card.foreign or {}).get("modified_at")
    if isinstance(own, str) and own:
        return own
    return rfc3339(card.created) if card.created else NEVER


def digest(card: ModelCard) -> str:
    """The model's digest. Where the engine has none it is made of the names: Ollama's CLI cuts twelve digits off it
    without looking."""
    name = f"{card.ref.connection}/{card.ref.name}"
    return card.digest or hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


ROWS = (
    Row("GET", "/api/tags", "ollama.list", tags, (ListModels,), "List the models", gives=ModelList),
    Row("GET", "/api/ps", "ollama.ps", ps, (ListLoaded,), "List the models in memory", gives=RunningList),
    Row(
        "POST",
        "/api/show",
        "ollama.show",
        show,
        (ShowModel,),
        "Show one model",
        body="bytes",
        takes=ShowRequest,
        gives=ModelShown,
    ),
)
