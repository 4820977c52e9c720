"""The ollama dialect whole: its rows, and the subtree whose errors it owns."""

from __future__ import annotations

from parlance.dialects.ollama import blobs, changes, models, status
from parlance.dialects.ollama.chat import Asks
from parlance.dialects.ollama.embeddings import Embeddings
from parlance.dialects.ollama.errors import ErrorBody, fault_reply
from parlance.dialects.table import Dialect
from parlance.values.time import Clock


def ollama(clock: Clock, deployment: str) -> Dialect:
    """The dialect. `clock` dates and times what no run measures; `deployment` is what `/api/version` says of us."""
    return Dialect(
        name="ollama",
        title="Ollama",
        rows=(
            *status.rows(deployment),
            *models.ROWS,
            *Asks(clock).rows(),
            *Embeddings(clock).rows(),
            *changes.ROWS,
            *blobs.ROWS,
        ),
        fault=fault_reply,
        subtrees=("/api",),
        about="The API of Ollama and its official SDKs: chats, prompts, embeddings, and the verbs on models.",
        tolerant=True,
        error=ErrorBody,
    )
