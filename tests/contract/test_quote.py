"""The built-in quote engine holds what every chat engine must."""

from __future__ import annotations

import pytest

from parlance.engines.quote import NAME, QuoteEngine
from parlance.ports.engines import ChatEngine
from parlance.testing.engines import ChatEngineContract


class TestQuote(ChatEngineContract):
    model = NAME

    @pytest.fixture
    def engine(self) -> ChatEngine:
        return QuoteEngine("quote")
