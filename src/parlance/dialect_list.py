"""Which dialects there are, in their order, and who answers where two of them claim one path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from parlance import __version__
from parlance.dialects.chatqueue.asks import Options
from parlance.dialects.table import Dialect
from parlance.plugins import DIALECTS, others, part
from parlance.settings.addresses import DEFAULT_DOOR, doors
from parlance.settings.chatqueue import Chatqueue
from parlance.settings.schema import Door, Settings
from parlance.values.knowledge import Base
from parlance.values.noted import JobWords
from parlance.values.time import Clock, SystemClock

NAMES = (
    "native",
    "openai",
    "ollama",
    "chatqueue",
    "weknora",
    "mcp",
)
"""The order in which dialects win a clash on the default door."""
SITES = ("chatbot",)
"""Front-ends that own a door: only a door that names one speaks it, and the default door has it under `/as/` alone."""
CLASHES: Mapping[tuple[str, str], str] = {
    ("GET", "/health"): "native",
}
"""Who answers a method and path that two dialects claim; a clash that is not listed stops the server from starting."""


class Installation(msgspec.Struct, frozen=True):
    """What dialects are told when they are made; all else they ask of the core."""

    settings: Settings
    clock: Clock


def spoken(settings: Settings) -> tuple[str, ...]:
    """The sites that this server has: those that a door names, and the chatbot app where it is wanted besides."""
    named = {dialect for door in settings.doors for dialect in door.dialects}
    return tuple(site for site in SITES if site in named or (site == "chatbot" and settings.chatbot.enabled))


def names() -> tuple[str, ...]:
    """All dialects in their order: ours, then those that other distributions brought, by name."""
    return (*NAMES, *others(DIALECTS))


def dialects(installation: Installation) -> dict[str, Dialect]:
    """Every dialect by name; each is made by a function that takes an `Installation`, ours and others' alike."""
    wanted = (*names(), *spoken(installation.settings))
    return {name: part(DIALECTS, name)(installation) for name in wanted}


def doors_of(settings: Settings) -> tuple[Door, ...]:
    """All doors of this server, each with the dialects it speaks."""
    return doors(settings, names(), SITES)


def aside(door: Door, made: Mapping[str, Dialect]) -> tuple[Dialect, ...]:
    """The sites that a door has under `/as/` alone: those of the default door that it does not speak by itself."""
    if door.name != DEFAULT_DOOR:
        return ()
    return tuple(made[site] for site in SITES if site in made and site not in door.dialects)


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


def weknora(installation: Installation) -> Dialect:
    """WeKnora's API, with its own settings."""
    from parlance.dialects.weknora import Options as Told
    from parlance.dialects.weknora import dialect as made
    from parlance.dialects.weknora.options import Prompts
    from parlance.dialects.weknora.strategy import Strategy

    chosen = installation.settings.weknora
    talk = msgspec.to_builtins(chosen.conversation)
    strategy = msgspec.convert({**talk, "summary_parameters": talk["summary"]}, Strategy)
    version, rerank = f"parlance-{__version__}", chosen.conversation.enable_rerank
    prompts = msgspec.convert(talk, Prompts)
    known = {"clock": installation.clock, "graphs": installation.settings.knowledge.graph}
    return made(Told(chosen.strict, chosen.older_paths, version, strategy, rerank, prompts, **known))  # type: ignore[arg-type]  # by name


def job_words() -> JobWords:
    """What the spans of jobs are called."""
    from parlance.dialects.weknora.telling import JOBS

    return JOBS


def summary_model() -> Callable[[Base], str]:
    """What tells the id of the model that is to sum up the documents of a base: empty where none is."""
    from parlance.dialects.weknora.bases_shown import summary_model as told

    return told


def mcp(installation: Installation) -> Dialect:
    """The Model Context Protocol."""
    from parlance.dialects.mcp import dialect as made

    return made(__version__)


def chatbot(installation: Installation) -> Dialect:
    """The chatbot app: its pages and all that its clients call, with the files of its pages."""
    from parlance.dialects.chatbot import dialect as made

    folder = Path(__file__).parent / "dialects" / "chatbot" / "static"
    return made(
        {file.name: file.read_bytes() for file in sorted(folder.iterdir()) if file.suffix in (".js", ".css")},
        secure=installation.settings.chatbot.cookie_secure,
    )


def documented() -> tuple[Dialect, ...]:
    """Every dialect as it is with default settings, the sites behind them: for the reference pages."""
    installation = Installation(Settings(), SystemClock())
    return tuple(part(DIALECTS, name)(installation) for name in (*NAMES, *SITES))
