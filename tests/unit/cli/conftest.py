"""A fake Ollama for the verbs to talk to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parlance.cli.client import Client
from parlance.cli.place import Place
from parlance.testing.upstreams import MockOllama, in_thread


@pytest.fixture
def ollama() -> Iterator[MockOllama]:
    """A server that speaks Ollama's API, with deterministic answers."""
    with in_thread(MockOllama()) as upstream:
        yield upstream


@pytest.fixture
def client(ollama: MockOllama) -> Client:
    """A client of it."""
    return Client(Place(ollama.origin, None))
