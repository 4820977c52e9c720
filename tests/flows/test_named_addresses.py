"""No address that a user names makes this server call it: every spelling in every field that takes a URL. Promise P25.

A name is looked up, so that no engine is sent into our own network; nothing is ever called.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.contract.test_outbound_fetching import SPELLINGS
from tests.flows.callers import Caller, connection_toml, key_toml

KEY = "sk-ada-00000000000000000"
Make = Callable[[str], Any]


def _said(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"model": "mock", "messages": [{"role": "user", "content": [{"type": "text", "text": "See"}, *parts]}]}


def _responded(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"model": "mock", "input": [{"type": "message", "role": "user", "content": list(parts)}]}


def _asked(url: str) -> dict[str, Any]:
    item = {"type": "message", "role": "user", "content": [{"type": "image", "url": url}]}
    return {"ask": {"model": "mock", "items": [item]}}


FIELDS: dict[str, tuple[str, Make]] = {
    "chat picture": (
        "POST /v1/chat/completions",
        lambda url: _said({"type": "image_url", "image_url": {"url": url}}),
    ),
    "chat file": ("POST /v1/chat/completions", lambda url: _said({"type": "file", "file": {"file_data": url}})),
    "chat sound": (
        "POST /v1/chat/completions",
        lambda url: _said({"type": "input_audio", "input_audio": {"data": url, "format": "wav"}}),
    ),
    "response picture": ("POST /v1/responses", lambda url: _responded({"type": "input_image", "image_url": url})),
    "response file": ("POST /v1/responses", lambda url: _responded({"type": "input_file", "file_url": url})),
    "ollama picture": (
        "POST /api/chat",
        lambda url: {
            "model": "mock",
            "messages": [{"role": "user", "content": "See", "images": [url]}],
            "stream": False,
        },
    ),
    "native picture": ("POST /parlance/v1/messages.send", _asked),
    "saved picture": (
        "POST /parlance/v1/chats.send",
        lambda url: {"text": "See", "models": ["mock"], "parts": [{"type": "image", "url": url}]},
    ),
    "file's name": ("POST /parlance/v1/files.upload", lambda url: url.encode("utf-8", "surrogatepass")),
}


class Stage(NamedTuple):
    """A caller, a listening canary that must not be heard, and a port that nobody listens on."""

    caller: Caller
    heard: list[int]
    open_port: int
    closed_port: int


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    heard: list[int] = []

    async def sing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(1)
        writer.close()

    canary = await asyncio.start_server(sing, "127.0.0.1", 0)
    port = canary.sockets[0].getsockname()[1]
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with MockOpenAI() as upstream:
            toml = connection_toml(upstream.base_url, "mock", "mock") + key_toml(KEY, "ada-key", "ada")
            async with running(loaded(tmp_path, toml=toml)) as server:
                yield Stage(Caller(server.port, KEY), heard, port, closed.getsockname()[1])
    canary.close()


@pytest.mark.usefixtures("zone")
@pytest.mark.parametrize("field", FIELDS)
async def test_no_spelling_in_no_field_makes_the_server_call(stage: Stage, field: str) -> None:
    """The canary stays unheard; and nobody learns from an answer whether anything listens there."""
    head, make = FIELDS[field]
    spellings = [text for text in SPELLINGS if text.isascii() and text.isprintable()]
    assert len(spellings) >= 61

    async def answer(text: str, port: int) -> tuple[int, str | None]:
        given = await stage.caller.ask(head, make(text.replace("{port}", str(port))))
        code = given.json.get("code") if given.status >= 400 and field.startswith(("native", "saved")) else None
        return given.status, code

    for text in spellings:
        told = [await answer(text, port) for port in (stage.open_port, stage.closed_port)]
        assert told[0] == told[1], text
        assert told[0][0] < 500, (text, told)
    assert stage.heard == []
