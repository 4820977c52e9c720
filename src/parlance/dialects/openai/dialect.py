"""The openai dialect whole: its rows, and the subtree whose errors it owns."""

from __future__ import annotations

from parlance.dialects.openai import chat, completions, embeddings, models, responses, transcriptions
from parlance.dialects.openai.errors import ErrorEnvelope, fault_reply
from parlance.dialects.table import Dialect

OPENAI = Dialect(
    name="openai",
    title="OpenAI",
    rows=(*models.ROWS, *chat.ROWS, *completions.ROWS, *responses.ROWS, *embeddings.ROWS, *transcriptions.ROWS),
    fault=fault_reply,
    subtrees=("/v1",),
    about="The API of the official OpenAI SDKs: chat completions, text completions, responses, embeddings, "
    "transcripts and models.",
    error=ErrorEnvelope,
    tolerant=True,
)
