"""Other systems' names for our settings: variables, and the chatqueue system's `config.toml`.

Within a layer an alias yields to our own name, and `SECTION__KEY` yields to the flat name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from parlance.settings.addresses import is_address, ollama_url
from parlance.settings.layers import Given, Origin, Variable, is_file, read_toml
from parlance.settings.storage_variables import STORAGE, storage_value
from parlance.settings.weknora_variables import MAPPED, weknora_given

CHATQUEUE_KEYS = {
    "server.host": "server.host",
    "server.port": "server.port",
    "ollama.api_url": "chatqueue.api_url",
    "ollama.model": "chatqueue.model",
    "ollama.keep_alive": "chatqueue.keep_alive",
    "ollama.system_prompt": "chatqueue.system_prompt",
    "ollama.timeout_seconds": "chatqueue.timeout_seconds",
    "cache.enabled": "chatqueue.cache.enabled",
    "cache.max_size_mb": "chatqueue.cache.max_size_mb",
    "cache.ttl_seconds": "chatqueue.cache.ttl_seconds",
    "conversation_cache.enabled": "chatqueue.conversation_cache.enabled",
    "conversation_cache.max_size_mb": "chatqueue.conversation_cache.max_size_mb",
    "conversation_cache.ttl_seconds": "chatqueue.conversation_cache.ttl_seconds",
    "batch.max_batch_size": "chatqueue.batch.max_batch_size",
    "batch.batch_timeout_ms": "chatqueue.batch.batch_timeout_ms",
    "batch.enable_deduplication": "chatqueue.batch.enable_deduplication",
    "queue.max_concurrent": "chatqueue.queue.max_concurrent",
    "queue.max_queue_size": "chatqueue.queue.max_queue_size",
    "queue.estimated_time_per_request_ms": "chatqueue.queue.estimated_time_per_request_ms",
    "cors.allowed_origins": "chatqueue.cors_origins",
    "cors.allowed_methods": "chatqueue.cors_methods",
    "cors.allowed_headers": "chatqueue.cors_headers",
}
"""Keys of a chatqueue `config.toml`. `server.workers` counts threads there and processes here, so it is left out."""

FLAT = {
    "OLLAMA_HOST": "discovery.ollama_url",
    "DATABASE_URL": "database.url",
    "REDIS_URL": "redis.url",
    "WEBUI_SECRET_KEY": "accounts.secret_key",
    "OPENAI_API_KEY": "discovery.openai_api_key",
    "OPENAI_API_BASE": "discovery.openai_base_url",
    "OPENAI_BASE_URL": "discovery.openai_base_url",
    "HOST": "server.host",
    "PORT": "server.port",
    "OLLAMA_API_URL": "chatqueue.api_url",
    "OLLAMA_MODEL": "chatqueue.model",
    "OLLAMA_SYSTEM_PROMPT": "chatqueue.system_prompt",
    "OLLAMA_KEEP_ALIVE": "chatqueue.keep_alive",
    "CACHE_MAX_SIZE_MB": "chatqueue.cache.max_size_mb",
    "CACHE_TTL_SECONDS": "chatqueue.cache.ttl_seconds",
    "MAX_CONCURRENT": "chatqueue.queue.max_concurrent",
    "MAX_BATCH_SIZE": "chatqueue.batch.max_batch_size",
    "BATCH_TIMEOUT_MS": "chatqueue.batch.batch_timeout_ms",
    **MAPPED,
    "TTS_HOST": "chatbot.tts_host",
    "TTS_PORT": "chatbot.tts_port",
    "LOG_LEVEL": "log.level",
    **STORAGE,
}
"""Flat variables, the stronger name later. `RUST_LOG` is read apart: it sets two keys."""

VARIABLES = {key.replace(".", "__").upper(): ours for key, ours in CHATQUEUE_KEYS.items()} | FLAT

GUEST = "chatqueue"
"""The guest that a chatqueue `config.toml` implies, since that system knows no keys."""

LEVELS = {
    "trace": "debug",
    "debug": "debug",
    "info": "info",
    "warn": "warning",
    "warning": "warning",
    "error": "error",
    "critical": "critical",
    "off": "critical",
}
TARGETS = {
    "chatbot_backend::services::cache": "parlance.core.admission.cache",
    "chatbot_backend::services::queue": "parlance.core.admission",
    "chatbot_backend::services::batch": "parlance.core.admission",
    "chatbot_backend::services::ollama": "parlance.engines",
    "chatbot_backend::handlers": "parlance.dialects.chatqueue",
    "chatbot_backend": "parlance",
}
"""Modules of the chatqueue system that `RUST_LOG` may name, and ours that do their work."""


def from_variables(variables: Mapping[str, Variable], folder: Path, warnings: list[str]) -> Iterator[Given]:
    """What foreign variables give, weaker names first."""
    for name, key in VARIABLES.items():
        variable = variables.get(name)
        if variable is None or not variable.value.strip():
            continue
        raw = _understood(name, variable.value.strip(), warnings)
        if raw is not None:
            yield Given(key, raw, variable.origin, folder, text=True, alias=name)
            if key == "chatqueue.api_url":
                yield Given("chatqueue.configured", True, variable.origin, folder, alias=name)
    yield from weknora_given(variables, folder, warnings)
    if "RUST_LOG" in variables:
        yield from _levels(variables["RUST_LOG"], folder)


def _understood(name: str, value: str, warnings: list[str]) -> str | None:
    """The value in our terms; None with a warning where a name that others use too holds something else."""
    if name in STORAGE:
        return storage_value(name, value, warnings)
    if name == "OLLAMA_HOST":
        url = ollama_url(value)
        if url is None:
            warnings.append("OLLAMA_HOST is not a host, an address or a URL; it is ignored.")
        return url
    if name == "HOST" and not is_address(value):
        # Shells and build tools put a machine's name or a triplet here.
        warnings.append("HOST is not an IP address; it is ignored. PARLANCE_SERVER_HOST takes any name.")
        return None
    if name == "LOG_LEVEL":
        level = LEVELS.get(value.lower())
        if level is None:
            warnings.append("LOG_LEVEL is none of trace, debug, info, warning, error, critical and off; it is ignored.")
        return level
    if name == "TTS_PORT" and not re.fullmatch(r"[0-9]{1,5}", value):
        warnings.append("TTS_PORT is not a port number; it is ignored.")
        return None
    if name == "PORT" and not re.fullmatch(r"[0-9]{1,5}", value):
        warnings.append("PORT is not a port number; it is ignored.")
        return None
    return value


def _levels(variable: Variable, folder: Path) -> Iterator[Given]:
    """`info,chatbot_backend=debug` as a level and levels of modules; targets that are not ours say nothing here."""
    levels: dict[str, str] = {}
    for part in variable.value.split(","):
        target, separator, word = part.strip().rpartition("=")
        level = LEVELS.get(word.strip().lower())
        if level is None:
            continue
        if not separator:
            yield Given("log.level", level, variable.origin, folder, alias="RUST_LOG")
        elif (module := _module(target.strip())) is not None:
            levels[module] = level
    if levels:
        yield Given("log.levels", levels, variable.origin, folder, alias="RUST_LOG")


def _module(target: str) -> str | None:
    """Our module for a target; the longest name that is the target or above it."""
    return next((ours for name, ours in TARGETS.items() if target == name or target.startswith(name + "::")), None)


def config_toml(
    places: tuple[str | None, Path, Path], problems: list[str], warnings: list[str]
) -> tuple[Path, list[Given]] | None:
    """What the chatqueue `config.toml` gives, and its path; None where there is none.

    `places` are the value of `CONFIG_PATH`, the file in the working directory and the one for the whole system:
    the first that is there counts, alone.
    """
    named, local, system = places
    if named:
        path = local.parent / named
        if not is_file(path):
            warnings.append("CONFIG_PATH names no file; no config.toml is read.")
            return None
    else:
        found = next((place for place in (local, system) if is_file(place)), None)
        if found is None:
            return None
        path = found
    # Many programs keep a config.toml in their folder: one that we cannot read there is not ours to complain about.
    read = read_toml(path, warnings if not named and path == local else problems)
    given = list(_from_config(path, *read)) if read else []
    return (path, given) if given else None


def _from_config(path: Path, table: dict[str, object], text: str) -> Iterator[Given]:
    """The known keys of a `config.toml`; nothing where it has none and so is another program's."""
    from parlance.settings.lines import line_numbers

    lines: dict[str, int] = {}
    known = False
    for section, values in table.items():
        for name, raw in values.items() if isinstance(values, dict) else ():
            key = CHATQUEUE_KEYS.get(f"{section}.{name}")
            if key is None:
                continue
            lines = lines or line_numbers(text)
            known = True
            if key == "chatqueue.keep_alive" and type(raw) is int:
                raw = str(raw)
            origin = Origin("config.toml", f"{path}:{lines.get(f'{section}.{name}', 1)}")
            yield Given(key, raw, origin, path.parent, text=isinstance(raw, str), alias=f"{section}.{name}")
    if known:
        whole = Origin("config.toml", str(path))
        yield Given("chatqueue.anonymous", GUEST, whole, path.parent, alias="config.toml")
        if isinstance(table.get("ollama"), dict):
            yield Given("chatqueue.configured", True, whole, path.parent, alias="config.toml")
