"""The Ollama engine holds what every engine must."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parlance.engines.ollama_http import engine as make
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.ports.engines import ChatEngine, EmbedEngine
from parlance.testing.engines import ChatEngineContract, EmbedEngineContract
from parlance.testing.upstreams import MockOllama
from parlance.values.time import SystemClock


@pytest.fixture
async def made() -> AsyncIterator[Engine]:
    client = Client()
    async with MockOllama() as upstream:
        yield make(Upstream("mock", upstream.base_url), Surroundings(client, SystemClock(), lambda text: text))
    await client.close()


class TestChat(ChatEngineContract):
    model = "mock"

    @pytest.fixture
    def engine(self, made: Engine) -> ChatEngine:
        assert made.chat is not None
        return made.chat


class TestEmbed(EmbedEngineContract):
    model = "mock-embed"

    @pytest.fixture
    def engine(self, made: Engine) -> EmbedEngine:
        assert made.embed is not None
        return made.embed
