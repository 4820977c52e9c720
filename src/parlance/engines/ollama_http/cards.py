"""Ollama's words about a model as a `ModelCard`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from parlance.values.models import Capability, LoadedModel, ModelCard, ModelRef
from parlance.values.time import SECOND

Told = dict[str, Any]

ENGINE = "ollama"
_WORDS: dict[str, tuple[Capability, ...]] = {
    "completion": ("chat", "completion", "json"),
    "tools": ("tools",),
    "insert": ("insert",),
    "vision": ("vision",),
    "thinking": ("thinking",),
    "embedding": ("embed",),
}
_EMBEDDERS = re.compile(r"embed|bert|minilm|bge-|\be5-", re.IGNORECASE)
_PATH = re.compile(r"^(FROM|ADAPTER)\s+(?:/|[A-Za-z]:\\|\\\\).*$", re.MULTILINE)
_HIDDEN = ("remote_host",)
"""What tells of the machines behind an Ollama."""


def listed(row: Told, connection: str, shown: Told | None) -> ModelCard:
    """A row of `/api/tags`, with what `/api/show` tells of the model where that is known."""
    name = text(row, "name") or text(row, "model")
    known = shown or {}
    words = known.get("capabilities") or row.get("capabilities")
    return ModelCard(
        name,
        ModelRef(connection, name),
        ENGINE,
        capabilities=capabilities(words) if isinstance(words, list) else guessed(name, details(row)),
        context=context_of(known),
        state="ready",
        created=micros(row.get("modified_at")),
        size=number(row, "size"),
        digest=text(row, "digest"),
        owner="library",
        foreign={"details": details(row), "modified_at": text(row, "modified_at")},
    )


def shown(name: str, connection: str, told: Told, known: ModelCard | None) -> ModelCard:
    """What `/api/show` says, with size and digest as they were last listed."""
    words = told.get("capabilities")
    foreign = {key: value for key, value in told.items() if key not in _HIDDEN}
    if isinstance(told.get("modelfile"), str):
        # Where its files lie on that machine is nobody's business; its name says the same to an Ollama.
        foreign["modelfile"] = _PATH.sub(lambda found: f"{found[1]} {name}", told["modelfile"])
    return ModelCard(
        name,
        ModelRef(connection, name),
        ENGINE,
        capabilities=capabilities(words) if isinstance(words, list) else guessed(name, details(told)),
        context=context_of(told),
        state="ready",
        created=micros(told.get("modified_at")),
        size=known.size if known else 0,
        digest=known.digest if known else "",
        owner="library",
        foreign=foreign,
    )


def loaded(row: Told, card: ModelCard) -> LoadedModel:
    """A row of `/api/ps`."""
    length = row.get("context_length")
    foreign: Told = {"details": details(row), "expires_at": text(row, "expires_at")}
    if isinstance(length, int):
        foreign["context_length"] = length
    return LoadedModel(
        card,
        number(row, "size"),
        number(row, "size_vram"),
        micros(row.get("expires_at")) or None,
        foreign,
    )


def capabilities(words: Iterable[object]) -> frozenset[Capability]:
    """Ollama's words for what a model can do, as ours; those that we do not know mean nothing here."""
    return frozenset(ours for word in words for ours in _WORDS.get(str(word), ()))


def guessed(name: str, told: Told) -> frozenset[Capability]:
    """What a model of an Ollama that does not say can probably do."""
    embeds = _EMBEDDERS.search(f"{name} {told.get('family', '')}") is not None
    return frozenset({"embed"}) if embeds else frozenset({"chat", "completion", "json"})


def context_of(told: Told) -> int | None:
    """The context in tokens, from `model_info`: `<architecture>.context_length`."""
    info = told.get("model_info")
    if not isinstance(info, dict):
        return None
    length = info.get(f"{info.get('general.architecture')}.context_length")
    return length if isinstance(length, int) and length > 0 else None


def details(row: Told) -> Told:
    """The `details` of a row, an object or nothing."""
    found = row.get("details")
    return found if isinstance(found, dict) else {}


def micros(time: Any) -> int:
    """An RFC 3339 time as microseconds since 1970; 0 for none, and for the year 1 that stands for none in Go."""
    if not isinstance(time, str):
        return 0
    try:
        when = datetime.fromisoformat(time)
        seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0
    return max(0, int(seconds) * SECOND + when.microsecond)


def text(row: Told, name: str) -> str:
    """A field that must be text."""
    found = row.get(name)
    return found if isinstance(found, str) else ""


def number(row: Told, name: str) -> int:
    """A field that must be a count."""
    found = row.get(name)
    return found if isinstance(found, int) and found > 0 else 0
