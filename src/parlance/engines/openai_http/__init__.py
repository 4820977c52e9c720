"""Any OpenAI-compatible upstream: chat, text completions, responses, embeddings and the list of models.

Reading order: `factory` (what is put together), `requests` (what is sent), `intake` (what the bytes of an answer turn
out to be), `sse`, `chat_stream` and `whole` (what is made of them), `upstream_errors` (what went wrong).
"""

from __future__ import annotations

from parlance.engines.openai_http.factory import engine

__all__ = ["engine"]
