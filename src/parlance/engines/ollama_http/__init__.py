"""`ollama_http`: an Ollama as an engine: chat, prompts, embeddings, and every verb on its models.

Reading order: `wire` (how it is called), `lines` (how it answers), `requests` and `messages` (what it is asked),
`reading` (what it says), `faults` (what goes wrong), `embedding`, `catalogue` with `cards`, `store`.
"""

from __future__ import annotations

from parlance.engines.ollama_http.engine import engine

__all__ = ["engine"]
