"""The chatqueue dialect whole: its rows, and the subtrees whose errors it owns."""

from __future__ import annotations

from parlance.dialects.chatqueue import chat, health, queue, statistics
from parlance.dialects.chatqueue.asks import Options
from parlance.dialects.chatqueue.errors import ErrorBody, fault_reply
from parlance.dialects.table import Dialect


def dialect(options: Options) -> Dialect:
    """The dialect as configured."""
    return Dialect(
        name="chatqueue",
        title="Chat queue",
        rows=(*chat.rows(options), *queue.rows(options), *statistics.rows(options), *health.ROWS),
        fault=fault_reply,
        subtrees=("/api/chat-optimized", "/api/chat-queue", "/api/cache-stats"),
        about="Cached chat with streaming, a queue of asks that can be followed by id, and the statistics of both.",
        error=ErrorBody,
    )
