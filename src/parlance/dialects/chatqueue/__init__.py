"""The API of the chatqueue system: cached chat, a queue with places, and the statistics of both."""

from __future__ import annotations

from parlance.dialects.chatqueue.asks import Options
from parlance.dialects.chatqueue.dialect import dialect

__all__ = ["Options", "dialect"]
