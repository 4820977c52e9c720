"""Fake upstreams for tests and plugin authors: an OpenAI-compatible one, an Ollama, and all that goes wrong with both.

Reading order: `scripts` (what they say), `behaviours` (what goes wrong), `server` (their life and what they record),
`mock_openai`, `mock_ollama`. `wire` is the HTTP underneath.
"""

from __future__ import annotations

from parlance.testing.upstreams.behaviours import (
    RETRY_AFTER,
    SECRETS,
    SOCKET_BEHAVIOURS,
    SPOKEN,
    Behaviour,
)
from parlance.testing.upstreams.calls import Bounds, Call
from parlance.testing.upstreams.mock_oidc import MockOidc
from parlance.testing.upstreams.mock_ollama import MockOllama
from parlance.testing.upstreams.mock_openai import MockOpenAI
from parlance.testing.upstreams.mock_reranker import MockReranker
from parlance.testing.upstreams.samples import vector_of
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream, in_thread

__all__ = [
    "RETRY_AFTER",
    "SECRETS",
    "SOCKET_BEHAVIOURS",
    "SPOKEN",
    "Behaviour",
    "Bounds",
    "Call",
    "MockOidc",
    "MockOllama",
    "MockOpenAI",
    "MockReranker",
    "Script",
    "Upstream",
    "in_thread",
    "vector_of",
]
