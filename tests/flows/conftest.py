"""The flows over HTTP run on both event loops that a server may run on: they see departures differently."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

from tests.flows.names import answer_names

Loops = Mapping[str, Callable[[], asyncio.AbstractEventLoop]]


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Loops:
    """Both loops for the files about HTTP itself, the plain one for all others."""
    if item.path.name.startswith("test_http_"):
        return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
    return {"asyncio": asyncio.new_event_loop}


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are those that lead home."""
    answer_names(monkeypatch)
