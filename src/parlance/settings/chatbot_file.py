"""The chatbot app's own configuration: `.config.yml` with `${VAR}` in it, and its variables.

It is read only where the app is wanted: by a door that speaks it, by `chatbot.enabled`, or since the file is there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from parlance.settings.chatbot import Chatbot, ChatbotProvider
from parlance.settings.layers import Origin, Variable, is_file, read_text
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.values.extras import advice

DIALECT = "chatbot"
FILE = ".config.yml"
FALLBACK = ChatbotProvider("default", "ollama", "dolphin3.1-8b")
"""The one model where no file names any."""
BROKER = "openrouter.ai"
CHUNKS = {"openai": "CHATBOT_TEST_OPENAI_CHUNKS", "ollama": "CHATBOT_TEST_OLLAMA_CHUNKS"}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


class Surroundings(NamedTuple):
    """What the app's configuration is read from, and where what is to be said about it goes."""

    folder: Path
    variables: Mapping[str, Variable]
    origins: dict[str, Origin]
    warnings: list[str]

    def value(self, name: str) -> str:
        """A variable's value; empty where it is not set."""
        found = self.variables.get(name)
        return "" if found is None else found.value


def completed(settings: Settings, around: Surroundings) -> Chatbot:
    """The app's settings with what its file and variables say; as they were, and nothing read, where nobody wants it.

    What our own settings say is stronger than the file.
    """
    chosen = settings.chatbot
    path = Path(chosen.config_file) if chosen.config_file else around.folder / FILE
    at_a_door = any(DIALECT in (door.dialects or ()) for door in settings.doors)
    enabled = chosen.enabled
    if enabled is None:
        enabled = at_a_door or is_file(path)
    if not enabled and not at_a_door:
        return msgspec.structs.replace(chosen, enabled=False)
    table = _read(path, around)
    changes: dict[str, Any] = {"enabled": enabled}
    for key, name, kind in _PLAIN:
        value = table.get(name)
        if f"chatbot.{key}" not in around.origins and isinstance(value, kind) and not isinstance(value, bool):
            changes[key] = value
            around.origins[f"chatbot.{key}"] = Origin("file", str(path))
    changes["session_seconds"] = max(0, changes.get("session_seconds", chosen.session_seconds))
    providers = chosen.providers or _providers(table.get("llms"), path, around) or (FALLBACK,)
    changes["providers"] = tuple(_tested(each, around) for each in providers)
    return msgspec.structs.replace(chosen, **changes)


_PLAIN: tuple[tuple[str, str, type], ...] = (
    ("default_provider", "default_llm", str),
    ("system_prompt", "default_system_prompt", str),
    ("session_seconds", "session_timeout", int),
)
"""Ours, the file's, and what it must be."""


def _read(path: Path, around: Surroundings) -> dict[Any, Any]:
    """The file's table, variables filled in; empty with a warning where it cannot be read, as that app has it."""
    if not is_file(path):
        return {}
    try:
        import yaml
    except ModuleNotFoundError:
        around.warnings.append(f"{path} cannot be read, for want of what reads YAML: {advice('chatbot')}")
        return {}
    problems: list[str] = []
    text = read_text(path, problems)
    try:
        found = None if text is None else yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        around.warnings.append(f"{path} is not a table in YAML; the chatbot app has its defaults.")
        return {}
    filled = _filled(found, around)
    return filled if isinstance(filled, dict) else {}


def _filled(value: Any, around: Surroundings) -> Any:
    """With `${VAR}` replaced in every text, keys too; a variable that is not set is empty."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: around.value(found[1]), value)
    if isinstance(value, list):
        return [_filled(each, around) for each in value]
    if isinstance(value, dict):
        return {_filled(key, around): _filled(each, around) for key, each in value.items()}
    return value


def _providers(rows: Any, path: Path, around: Surroundings) -> tuple[ChatbotProvider, ...]:
    """Each name once: the last definition at the first one's place."""
    found: dict[str, ChatbotProvider] = {}
    for place, row in enumerate(rows if isinstance(rows, list) else ()):
        provider = _provider(row, around) if isinstance(row, dict) else None
        if provider is None:
            around.warnings.append(f"{path}: llms[{place}] has no name, type and model_name; it is left out.")
        else:
            found[provider.name] = provider
    if found:
        around.origins["chatbot.providers"] = Origin("file", str(path))
    return tuple(found.values())


def _provider(row: dict[Any, Any], around: Surroundings) -> ChatbotProvider | None:
    name, kind, model = (_text(row, *keys) for keys in (("provider_name", "name"), ("type",), ("model_name",)))
    if not (name and kind and model):
        return None
    url = _text(row, "base_url").strip().rstrip("/")
    key = _text(row, "api_key")
    if BROKER in url and (better := around.value("OPENROUTER_API_KEY").strip()):
        key = better
    allowed, chunks = row.get("allowed_providers"), row.get("test_chunks")
    return ChatbotProvider(
        name,
        kind,
        model,
        tier=_text(row, "tier") or "free",
        context=int(_number(row, "context_size", 8192)),
        base_url=url,
        api_key=Secret(key) if key.strip() else None,
        template=_text(row, "template") or None,
        allowed_providers=_texts([allowed] if isinstance(allowed, str) else allowed),
        timeout_seconds=_number(row, "request_timeout", 300.0),
        test_chunks=_texts(chunks) if isinstance(chunks, list) else None,
    )


def _text(row: dict[Any, Any], *names: str) -> str:
    """The first of these fields that is a text, or a number that YAML took for one."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            return str(value)
    return ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in value if str(each)) if isinstance(value, list) else ()


def _number(row: dict[Any, Any], name: str, usual: float) -> float:
    value = row.get(name)
    sound = isinstance(value, int | float) and not isinstance(value, bool) and value >= 1
    return float(value) if sound and value is not None else usual


def _tested(provider: ChatbotProvider, around: Surroundings) -> ChatbotProvider:
    """With the chunks that a test's variable gives; the file's own come first (contract §11.4)."""
    variable = around.value(CHUNKS.get(provider.kind.lower(), "")).strip()
    if provider.test_chunks is not None or not variable:
        return provider
    try:
        chunks = msgspec.json.decode(variable, type=tuple[str, ...])
    except msgspec.DecodeError:
        around.warnings.append(f"{CHUNKS[provider.kind.lower()]} is not a JSON array of texts; it is ignored.")
        return provider
    return msgspec.structs.replace(provider, test_chunks=chunks)
