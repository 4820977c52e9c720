"""Which dialects there are, in their order, and who answers where two of them claim one path."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from parlance import __version__
from parlance.dialects.chatqueue.asks import Options
from parlance.dialects.table import Dialect
from parlance.plugins import DIALECTS, others, part
from parlance.settings.chatqueue import Chatqueue
from parlance.settings.schema import Settings
from parlance.values.time import Clock, SystemClock

NAMES = (
    "native",
    "openai",
    "ollama",
    "chatqueue",
)
"""The order in which dialects win a clash on the default door."""
CLASHES: Mapping[tuple[str, str], str] = {
    ("GET", "/health"): "native",
}
"""Who answers a method and path that two dialects claim; a clash that is not listed stops the server from starting."""


class Installation(msgspec.Struct, frozen=True):
    """What dialects are told when they are made; all else they ask of the core."""

    settings: Settings
    clock: Clock


def names() -> tuple[str, ...]:
    """All dialects in their order: ours, then those that other distributions brought, by name."""
    return (*NAMES, *others(DIALECTS))


def dialects(installation: Installation) -> dict[str, Dialect]:
    """Every dialect by name; each is made by a function that takes an `Installation`, ours and others' alike."""
    return {name: part(DIALECTS, name)(installation) for name in names()}


def native(installation: Installation) -> Dialect:
    """The operations themselves."""
    from parlance.dialects.native.dialect import NATIVE

    return NATIVE


def openai(installation: Installation) -> Dialect:
    """OpenAI's wire API."""
    from parlance.dialects.openai.dialect import OPENAI

    return OPENAI


def ollama(installation: Installation) -> Dialect:
    """Ollama's wire API; its version names ours as the deployment."""
    from parlance.dialects.ollama.dialect import ollama as made

    return made(installation.clock, f"parlance-{__version__}")


def chatqueue(installation: Installation) -> Dialect:
    """The chat-and-queue back-end's API, with its own settings."""
    from parlance.dialects.chatqueue import dialect as made

    return made(chatqueue_options(installation.settings.chatqueue))


def chatqueue_options(settings: Chatqueue) -> Options:
    """Without an Ollama of its own, and without a model that somebody chose, the server's default model answers."""
    chosen = settings.configured or settings.model != Chatqueue().model
    return Options(settings.model if chosen else "", settings.system_prompt, settings.keep_alive)


def documented() -> tuple[Dialect, ...]:
    """Every dialect as it is with default settings: for the reference pages."""
    found = dialects(Installation(Settings(), SystemClock()))
    return tuple(found[name] for name in NAMES)
