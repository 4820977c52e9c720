"""How a session is answered: what its client said of it, and what that means here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from parlance.dialects.weknora.bases_shown import NOTES, noted
from parlance.dialects.weknora.go_template import layout
from parlance.dialects.weknora.results import our_threshold
from parlance.values.asks import Sampling
from parlance.values.chats import Chat
from parlance.values.grounds import Grounds, Rewriting
from parlance.values.knowledge import Filter
from parlance.values.messages import Foreign
from parlance.values.time import SECOND

MOST_PASSAGES, MOST_ROUNDS = 100, 20
WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
NOTHING_FOUND = Filter(documents=())
"""What is searched where a session wants no passage at all."""


class Summary(msgspec.Struct, frozen=True):
    """How the model is asked. A number that is 0 is the model's own, but for the temperature."""

    max_tokens: int = 0
    repeat_penalty: float = 0.0
    top_k: int = 0
    top_p: float = 0.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    prompt: str = ""
    context_template: str = ""
    no_match_prefix: str = ""
    temperature: float = 0.0
    seed: int = 0
    max_completion_tokens: int = 0


class Strategy(msgspec.Struct, frozen=True):
    """How a session is answered."""

    max_rounds: int = 0
    enable_rewrite: bool = False
    fallback_strategy: str = ""
    fallback_response: str = ""
    embedding_top_k: int = 0
    keyword_threshold: float = 0.0
    vector_threshold: float = 0.0
    rerank_model_id: str = ""
    rerank_top_k: int = 0
    rerank_threshold: float = 0.0
    summary_model_id: str = ""
    summary_parameters: Summary = Summary()


class SummaryBody(msgspec.Struct, frozen=True):
    """`Summary` as a client says it; what is left out or null is nothing."""

    max_tokens: int | None = None
    repeat_penalty: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    prompt: str | None = None
    context_template: str | None = None
    no_match_prefix: str | None = None
    temperature: float | None = None
    seed: int | None = None
    max_completion_tokens: int | None = None


class StrategyBody(msgspec.Struct, frozen=True):
    """`Strategy` as a client says it. `reranking_threshold` is what the Go SDK calls the threshold; a `no_match_prefix`
    that stands here means nothing."""

    max_rounds: int | None = None
    enable_rewrite: bool | None = None
    fallback_strategy: str | None = None
    fallback_response: str | None = None
    embedding_top_k: int | None = None
    keyword_threshold: float | None = None
    vector_threshold: float | None = None
    rerank_model_id: str | None = None
    rerank_top_k: int | None = None
    rerank_threshold: float | None = None
    reranking_threshold: float | None = None
    summary_model_id: str | None = None
    summary_parameters: SummaryBody | None = None
    no_match_prefix: str | None = None


class Notes(msgspec.Struct, frozen=True):
    """What is noted of a session beside its title."""

    base: str = ""
    description: str = ""
    strategy: Strategy = Strategy()


def literal(body: StrategyBody, usual: Strategy | None = None) -> Strategy:
    """What a client said, taken literally. Where it named no prompt, template or prefix, those of `usual` stand in."""
    said = {name: value for name, value in _said(body).items() if name in Strategy.__struct_fields__}
    if body.rerank_threshold is None and body.reranking_threshold is not None:
        said["rerank_threshold"] = body.reranking_threshold
    summary = Summary(**({} if body.summary_parameters is None else _said(body.summary_parameters)))
    if usual is not None:
        names = ("prompt", "context_template", "no_match_prefix")
        stands_in = {n: getattr(usual.summary_parameters, n) for n in names if not getattr(summary, n)}
        summary = msgspec.structs.replace(summary, **stands_in)
    return Strategy(**{**said, "summary_parameters": summary})


def _said(body: msgspec.Struct) -> dict[str, Any]:
    return {name: value for name, value in msgspec.structs.asdict(body).items() if value is not None}


def foreign_of(notes: Notes) -> Foreign:
    """What is kept beside a chat."""
    return {NOTES: msgspec.to_builtins(notes)}


def notes_of(chat: Chat) -> Notes | None:
    """What is kept beside a chat; `None` of one that began elsewhere."""
    known = noted(chat.foreign)
    try:
        return msgspec.convert(known, Notes) if known else None
    except msgspec.ValidationError:  # an import may bring anything
        return None


def grounds_of(strategy: Strategy, now: int, anew: Rewriting = Rewriting()) -> Grounds:  # noqa: B008 - frozen
    """How an answer rests on the session's base. `now` in microseconds; `anew` is how a question is completed. Raises
    `Fault(invalid)` for a template that cannot be used."""
    summary, reranked = strategy.summary_parameters, bool(strategy.rerank_model_id)
    threshold = strategy.rerank_threshold if reranked else strategy.vector_threshold
    most = min(each for each in (strategy.embedding_top_k, strategy.rerank_top_k, MOST_PASSAGES) if each > 0)
    none, rounds = strategy.embedding_top_k <= 0, min(MOST_ROUNDS, max(0, strategy.max_rounds))
    template = summary.context_template
    return Grounds(
        most=most,
        threshold=our_threshold(threshold),
        loosen=True,
        rerank=reranked,
        depth=min(MOST_PASSAGES, max(1, strategy.embedding_top_k)),
        filter=NOTHING_FOUND if none else Filter(),
        strict=strategy.fallback_strategy.lower() != "model",
        refusal=strategy.fallback_response,
        no_match_prefix=summary.no_match_prefix,
        instructions=summary.prompt,
        layout=layout(template, times(now)) if template.strip() else (),
        rounds=rounds if strategy.enable_rewrite else 0,
        earlier=rounds,
        rewriting=anew,
    )


def times(now: int) -> Mapping[str, str]:
    """What a template may say of the time, which is UTC."""
    at = datetime.fromtimestamp(now // SECOND, UTC)
    return {"CurrentTime": at.strftime("%Y-%m-%d %H:%M:%S"), "CurrentWeek": WEEKDAYS[at.weekday()]}


def sampling_of(summary: Summary) -> Sampling:
    """What the model is told of how to choose its words: no `top_k` and no `repeat_penalty`, as ever."""
    return Sampling(
        temperature=summary.temperature,
        top_p=summary.top_p or None,
        max_tokens=max(0, summary.max_completion_tokens or summary.max_tokens) or None,
        seed=summary.seed or None,
        presence_penalty=summary.presence_penalty or None,
        frequency_penalty=summary.frequency_penalty or None,
    )
