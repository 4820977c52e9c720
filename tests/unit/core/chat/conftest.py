"""Saved chats of two users, on every database."""

from __future__ import annotations

import pytest

from parlance.ports.stores import Database
from parlance.testing.chats import ChatBench, chat_bench


@pytest.fixture
async def b(database: Database) -> ChatBench:
    """Saved chats with everything that they need."""
    return await chat_bench(database)
