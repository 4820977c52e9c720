"""The flows over HTTP run on both event loops that a server may run on: they see departures differently."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import uvloop

from tests.contract.test_outbound_fetching import ZONE

Loops = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:
    """Both loops for the files about HTTP itself, the plain one for all others."""
    if item.path.name.startswith("test_http_"):
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server in the place of the system's, which a test may not ask: it knows the names that lead home, and no
    others."""
    system = socket.getaddrinfo

    def answered(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else str(host or "")
        if text in ZONE:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ZONE[text]]
        if any(letter.isalpha() for letter in text) and ":" not in text and text != "localhost":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return system(host, port, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", answered)
