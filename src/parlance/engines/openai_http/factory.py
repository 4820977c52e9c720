"""Puts a connection together. Nothing is asked of the upstream before the first call."""

from __future__ import annotations

from parlance.engines.openai_http.catalogue import OpenAICatalogue
from parlance.engines.openai_http.chat import OpenAIChat
from parlance.engines.openai_http.embeddings import OpenAIEmbedder
from parlance.engines.openai_http.requests import Habits
from parlance.engines.openai_http.reranking import HttpReranker
from parlance.engines.openai_http.target import OPENAI_HOST, Target
from parlance.engines.openai_http.transcripts import OpenAITranscriber
from parlance.engines.openai_http.upstream_errors import Errors
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.values.errors import Fault, Kind

WORDS = {
    "wire": ("chat", "responses"),
    "max_tokens_field": ("max_tokens", "max_completion_tokens"),
    "reasoning_field": ("reasoning_content", "reasoning", ""),
    "embedding_format": ("float", "base64"),
    "rerank_form": ("documents", "objects", "texts", "dashscope"),
}
"""Options that are one of a few words. `wire = "responses"` sends chats to `/responses`; `max_tokens_field` and
`reasoning_field` are the names the upstream has for the bound on an answer and for earlier reasoning (empty: not sent
back); `embedding_format` is how it should write vectors; `rerank_form` how texts to be
judged are sent (`texts`: as text-embeddings-inference takes them)."""
SWITCHES = ("extended_sampling", "stream_usage")
"""Options that are true or false: whether it takes `top_k`, `min_p` and `repetition_penalty`, and `stream_options`."""


def engine(upstream: Upstream, surroundings: Surroundings) -> Engine:
    """The engine of one OpenAI-compatible upstream. Raises `Fault(invalid)` for an address or option it cannot use."""
    _check(upstream)
    target = Target(upstream)
    errors = Errors(surroundings.redact, surroundings.clock)
    client, options = surroundings.client, upstream.options
    return Engine(
        OpenAICatalogue(client, target, errors, upstream),
        chat=OpenAIChat(client, target, errors, habits(upstream, target), responses=options.get("wire") == "responses"),
        embed=OpenAIEmbedder(client, target, errors, options.get("embedding_format")),
        rerank=HttpReranker(client, target, errors, options.get("rerank_form")),
        transcribe=OpenAITranscriber(client, target, errors),
    )


def habits(upstream: Upstream, target: Target) -> Habits:
    """What the connection's options say; OpenAI itself has replaced `max_tokens` and refuses what it does not know."""
    options = upstream.options
    original = target.origin.host == OPENAI_HOST
    return Habits(
        options.get("max_tokens_field", "max_completion_tokens" if original else "max_tokens"),
        options.get("reasoning_field", "" if original else "reasoning_content"),
        options.get("extended_sampling", not original),
        options.get("stream_usage", True),
    )


def _check(upstream: Upstream) -> None:
    for name, value in upstream.options.items():
        if name in WORDS:
            fits = value in WORDS[name]
            wanted = ", ".join(repr(word) for word in WORDS[name])
        elif name in SWITCHES:
            fits, wanted = isinstance(value, bool), "true, false"
        else:
            fits, wanted = False, ""
        if not fits:
            hint = f"It may be {wanted}." if wanted else f"There are {', '.join((*WORDS, *SWITCHES))}."
            raise Fault(
                Kind.invalid,
                f"The option '{name}' of the connection '{upstream.name}' cannot be used.",
                hint=hint,
                field=f"options.{name}",
            )
