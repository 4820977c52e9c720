"""`GET /models`: which models there are, and what can be told of them from so little."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.engines.openai_http.decoding import NotJson, list_of, mapping_of, rest_of, text_of, value_of
from parlance.engines.openai_http.target import Target
from parlance.engines.openai_http.upstream_errors import Errors, not_json
from parlance.engines.plug import Upstream
from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault, Kind
from parlance.values.models import Capability, LoadedModel, ModelCard, ModelRef
from parlance.values.time import SECOND

KIND = "openai"
PATIENCE = 10.0
"""Seconds a list of models may take: callers wait for it, and no model has to be loaded for it."""
MAX_BODY = 16 * 1024 * 1024
MAX_MODELS = 10_000
CHATS: frozenset[Capability] = frozenset(
    {"chat", "completion", "tools", "vision", "json", "thinking", "n", "logprobs", "insert"}
)
"""What a model may be asked for when nothing says that it cannot: the upstream refuses what it does not have."""
EMBEDS: frozenset[Capability] = frozenset({"embed"})
RERANKS: frozenset[Capability] = frozenset({"rerank"})
TRANSCRIBES: frozenset[Capability] = frozenset({"transcribe"})

_EMBEDS = re.compile(r"(?i)embed")
_RERANKS = re.compile(r"(?i)rerank|cross-?encoder")
_TRANSCRIBES = re.compile(r"(?i)whisper(?!er)|transcri(?:be|ption)|parakeet|sensevoice|paraformer")
_OTHERS = re.compile(r"(?i)^(?:.*/)?(?:tts-|dall-e|gpt-image|sora|(?:omni|text)-moderation)")
_TYPES: dict[str, frozenset[Capability]] = {
    "embedding": EMBEDS,
    "embeddings": EMBEDS,
    **dict.fromkeys(("rerank", "reranker", "text-classification"), RERANKS),
    **dict.fromkeys(("transcribe", "transcription", "automatic-speech-recognition", "speech-to-text"), TRANSCRIBES),
    **dict.fromkeys(("image", "moderation", "video"), frozenset[Capability]()),
}
_KNOWN = frozenset({"id", "object", "created", "owned_by"})
_CONTEXT = ("max_model_len", "context_length", "context_window", "max_context_length")


class OpenAICatalogue:
    """A `Catalogue`. Models fixed in the settings are offered without asking."""

    def __init__(self, client: Client, target: Target, errors: Errors, upstream: Upstream) -> None:
        self._client = client
        self._target = target
        self._errors = errors
        self._upstream = upstream

    async def cards(self) -> Sequence[ModelCard]:
        """Every model. Raises `Fault` when the upstream cannot be asked."""
        if self._upstream.models:
            return tuple(self._card({"id": name}) for name in self._upstream.models)
        limits = self._target.deadlines
        short = Deadlines(
            min(limits.connect, PATIENCE), min(limits.first_byte, PATIENCE), min(limits.between, PATIENCE), 2 * PATIENCE
        )
        response = await self._client.fetch(self._target.get("/models", deadlines=short, max_body=MAX_BODY))
        if response.status in (404, 405):
            # Some servers have one model and no list: those that the operator described are all we know of.
            return tuple(self._card({"id": name}) for name in self._upstream.cards)
        if not 200 <= response.status < 300:
            raise self._errors.refused(response.status, response.headers, response.body)
        return self._listed(response.body)

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """One model of the list. Raises `Fault(missing)`."""
        found = next((card for card in await self.cards() if card.ref.name == name), None)
        if found is None:
            raise Fault(Kind.missing, "The engine does not have this model.", code="model_not_found")
        return found

    async def loaded(self) -> Sequence[LoadedModel]:
        """This API does not tell."""
        return ()

    def _listed(self, body: bytes) -> tuple[ModelCard, ...]:
        try:
            value = value_of(body)
        except NotJson:
            raise not_json() from None
        fields = mapping_of(value)
        if fields.get("error"):
            raise self._errors.in_band(value)
        listed = value if isinstance(value, list) else fields.get("data", fields.get("models"))
        if listed is None and "data" in fields:
            listed = []  # how some servers say that they have none
        if not isinstance(listed, list):
            raise not_json()
        cards: dict[str, ModelCard] = {}
        for entry in list_of(listed)[:MAX_MODELS]:
            model = mapping_of(entry)
            name = text_of(model.get("id")) or text_of(model.get("name"))
            if name:
                cards.setdefault(name, self._card({**model, "id": name}))
        return tuple(cards.values())

    def _card(self, model: dict[str, Any]) -> ModelCard:
        name = model["id"]
        created = model.get("created")
        card = ModelCard(
            name,
            ModelRef(self._upstream.name, name),
            KIND,
            capabilities=capabilities_of(name, text_of(model.get("type"))),
            context=_context(model),
            created=int(created) * SECOND if isinstance(created, int | float) and 0 < created < 2**40 else 0,
            owner=text_of(model.get("owned_by")) or self._upstream.name,
            foreign=rest_of(model, _KNOWN) or None,
        )
        told = self._upstream.cards.get(name)
        return card if told is None else better(card, told)


def capabilities_of(name: str, type: str = "") -> frozenset[Capability]:
    """What a model may be asked for, by what its list entry or its name says."""
    if type.lower() in _TYPES:
        return _TYPES[type.lower()]
    if _RERANKS.search(name):
        return RERANKS
    if _EMBEDS.search(name):
        return EMBEDS
    if _TRANSCRIBES.search(name):
        return TRANSCRIBES
    return frozenset() if type.lower() == "audio" or _OTHERS.search(name) else CHATS


def better(card: ModelCard, told: ModelCard) -> ModelCard:
    """The card with what the operator knows better; what their card leaves out is not said."""
    changes: dict[str, Any] = {}
    if told.capabilities:
        changes["capabilities"] = told.capabilities
    for field in ("context", "note", "prompt_price", "completion_price", "currency"):
        value = getattr(told, field)
        if value is not None:
            changes[field] = value
    return msgspec.structs.replace(card, **changes)


def _context(model: dict[str, Any]) -> int | None:
    for name in _CONTEXT:
        value = model.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**40:
            return value
    return None
