"""The OpenAI-compatible engine holds what every engine must, on each of the wires it speaks."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from parlance.engines.openai_http import engine as make
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.ports.engines import ChatEngine, EmbedEngine
from parlance.testing.engines import ChatEngineContract, EmbedEngineContract
from parlance.testing.upstreams import MockOpenAI
from parlance.values.time import SystemClock

KEY = "sk-contract-key-0123456789"


@pytest.fixture(params=[{}, {"wire": "responses"}], ids=["chat", "responses"])
async def made(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    client = Client()
    async with MockOpenAI(key=KEY) as upstream:
        surroundings = Surroundings(client, SystemClock(), lambda text: text)
        yield make(Upstream("mock", upstream.base_url, KEY, options=request.param), surroundings)
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
