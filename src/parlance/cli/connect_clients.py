"""The clients that `parlance connect` knows: where each keeps its settings, what goes in, and what is left to do.

Sources: zed.dev/docs/ai/llm-providers, docs.continue.dev/reference, aider.chat/docs/config/aider_conf.html,
opencode.ai/docs/providers (version 1), developers.openai.com/codex/config-reference, docs.cline.bot/provider-config.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from parlance.cli import connect_text
from parlance.cli.connect_text import Strange

KEY_VARIABLE = "PARLANCE_API_KEY"
NO_KEY = "none-needed"
"""Shown where no key is asked for: most clients insist on one."""
USUAL_CONTEXT = 8192
"""Tokens of a model that does not say how many it takes: most take at least so many."""
NAME = "Parlance"


class Model(NamedTuple):
    """A model to list. `context` is in tokens."""

    id: str
    context: int = USUAL_CONTEXT
    tools: bool = False
    images: bool = False


class Facts(NamedTuple):
    """What goes into a client's settings. `url` ends in `/v1`; `chats` begins with the model to take; without a `key`
    none is needed."""

    url: str
    key: str | None
    chats: tuple[Model, ...]
    embedders: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """The key, or what stands for one."""
        return self.key or NO_KEY


class Home(NamedTuple):
    """Where a user's settings are."""

    folder: Path
    config: Path


class Recipe(NamedTuple):
    """How a client is told of a server. `change` gives the new text of the file at `place`, or raises Strange; `steps`
    says what people do themselves. One without a place keeps its settings where nobody else can write."""

    title: str
    place: Callable[[Home], Path] | None
    change: Callable[[str, Facts], str]
    steps: Callable[[Facts], Sequence[str]]


def export(facts: Facts) -> list[str]:
    """How a key gets into a client's environment."""
    return [] if facts.key is None else [f"export {KEY_VARIABLE}={facts.key}"]


# -- one after the other ----------------------------------------------------------------------------------------------


def _zed(text: str, facts: Facts) -> str:
    models = [
        {
            "name": model.id,
            "display_name": model.id,
            "max_tokens": model.context,
            "capabilities": {
                "tools": model.tools,
                "images": model.images,
                "parallel_tool_calls": False,
                "prompt_cache_key": False,
            },
        }
        for model in facts.chats
    ]
    path = ("language_models", "openai_compatible", NAME)
    return connect_text.with_member(text, path, {"api_url": facts.url, "available_models": models})


def _zed_steps(facts: Facts) -> list[str]:
    key = f"In Zed, run `agent: open settings` and give {NAME} the key {facts.shown}"
    return [f"{key}, or start it with {KEY_VARIABLE} set.", f"Choose {facts.chats[0].id} in the agent panel."]


def _opencode(text: str, facts: Facts) -> str:
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "name": NAME,
        "options": {"baseURL": facts.url, "apiKey": facts.shown},
        "models": {model.id: {"name": model.id} for model in facts.chats},
    }
    return connect_text.with_member(text, ("provider", "parlance"), provider)


def _opencode_place(home: Home) -> Path:
    folder = home.config / "opencode"
    commented = folder / "opencode.jsonc"
    return commented if commented.exists() else folder / "opencode.json"


def _continue(text: str, facts: Facts) -> str:
    text = connect_text.without_block(text) or "name: Local\nversion: 1.0.0\nschema: v1\n"
    lines: list[str] = []
    for id, roles in (
        *((m.id, "[chat, edit, apply]") for m in facts.chats),
        *((e, "[embed]") for e in facts.embedders),
    ):
        values = {
            "name": f"{NAME} {id}",
            "provider": "openai",
            "model": id,
            "apiBase": facts.url,
            "apiKey": facts.shown,
        }
        first, *others = [f"{name}: {_quoted(value)}" for name, value in values.items()]
        lines += [f"- {first}", *(f"  {other}" for other in others), f"  roles: {roles}"]
    return connect_text.in_list(text, "models", lines)


def _aider(text: str, facts: Facts) -> str:
    text = connect_text.without_block(text)
    values = {
        "openai-api-base": facts.url,
        "openai-api-key": facts.shown,
        "model": f"openai/{facts.chats[0].id}",
    }
    _free(text, values)
    return connect_text.at_end(text, [f"{name}: {_quoted(value)}" for name, value in values.items()])


def _free(text: str, names: Sequence[str] | dict[str, Any]) -> None:
    """Raises Strange where a YAML text says one of these already: the same twice is no YAML."""
    for name in names:
        if re.search(rf"^{re.escape(name)}[ \t]*:", text, re.MULTILINE):
            raise Strange(f"says {name} already: take that line out first")


def _codex(text: str, facts: Facts) -> str:
    text = connect_text.without_block(text)
    values = {"name": NAME, "base_url": facts.url, "wire_api": "responses"}
    if facts.key is not None:
        values["env_key"] = KEY_VARIABLE
    lines = ["[model_providers.parlance]", *(f"{name} = {_quoted(value)}" for name, value in values.items())]
    try:
        if "parlance" in tomllib.loads(text).get("model_providers", {}):
            raise Strange("has a [model_providers.parlance] of its own: take that out first")
        changed = connect_text.at_end(text, lines)
        tomllib.loads(changed)
    except tomllib.TOMLDecodeError as error:
        raise Strange(f"is not TOML ({error})") from None
    return changed


def _codex_steps(facts: Facts) -> list[str]:
    return [*export(facts), f"codex -c model_provider=parlance -m {facts.chats[0].id}"]


def _cline_steps(facts: Facts) -> list[str]:
    return [
        "Open Cline's settings (the wheel) and choose:",
        "API Provider: OpenAI Compatible",
        f"Base URL: {facts.url}",
        f"API Key: {facts.shown}",
        f"Model ID: {facts.chats[0].id}",
    ]


def _env_steps(facts: Facts) -> list[str]:
    return [f"export OPENAI_BASE_URL={facts.url}", f"export OPENAI_API_KEY={facts.shown}"]


def _claude(text: str, facts: Facts) -> str:
    return connect_text.with_member(text, ("mcpServers", "parlance"), _piped(facts))


def _claude_place(home: Home) -> Path:
    mac = home.folder / "Library" / "Application Support"
    return (mac if mac.is_dir() else home.config) / "Claude" / "claude_desktop_config.json"


def _piped(facts: Facts) -> dict[str, Any]:
    """How a client of the Model Context Protocol starts `parlance mcp`: by its whole path, for programs that a desktop
    starts know no other."""
    beside = Path(sys.executable).with_name("parlance.exe" if sys.platform == "win32" else "parlance")
    env = {"PARLANCE_URL": _origin(facts), **({} if facts.key is None else {KEY_VARIABLE: facts.key})}
    return {"command": str(beside) if beside.exists() else "parlance", "args": ["mcp"], "env": env}


def _origin(facts: Facts) -> str:
    return facts.url.removesuffix("/v1")


def _mcp_steps(facts: Facts) -> list[str]:
    return [
        "For clients that speak HTTP:",
        f"URL: {_origin(facts)}/mcp",
        *([] if facts.key is None else [f"Header: Authorization: Bearer {facts.key}"]),
        "For clients that start a command:",
        json.dumps({"mcpServers": {"parlance": _piped(facts)}}, indent=2),
    ]


def _nothing(text: str, facts: Facts) -> str:
    return ""


def _quoted(text: str) -> str:
    """A text between quotes, as JSON, TOML and YAML all read it."""
    return json.dumps(text, ensure_ascii=False)


RECIPES = {
    "aider": Recipe("Aider", lambda home: home.folder / ".aider.conf.yml", _aider, lambda facts: ["aider"]),
    "claude-desktop": Recipe(
        "Claude Desktop",
        _claude_place,
        _claude,
        lambda facts: ["Start Claude Desktop again: its tools are there then."],
    ),
    "cline": Recipe("Cline", None, _nothing, _cline_steps),
    "codex": Recipe("Codex", lambda home: home.folder / ".codex" / "config.toml", _codex, _codex_steps),
    "continue": Recipe(
        "Continue",
        lambda home: home.folder / ".continue" / "config.yaml",
        _continue,
        lambda facts: [f"Choose {NAME} {facts.chats[0].id} in Continue's list of models."],
    ),
    "env": Recipe("whatever reads OpenAI's variables", None, _nothing, _env_steps),
    "mcp": Recipe("clients of the Model Context Protocol", None, _nothing, _mcp_steps),
    "opencode": Recipe(
        "OpenCode", _opencode_place, _opencode, lambda facts: [f"opencode -m parlance/{facts.chats[0].id}"]
    ),
    "zed": Recipe("Zed", lambda home: home.config / "zed" / "settings.json", _zed, _zed_steps),
}
