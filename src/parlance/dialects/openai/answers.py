"""What every answer of this wire shows alike: ids, seconds, finish reasons, token counts and upstream's own fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from parlance.core.runs.run import Run
from parlance.dialects.openai.errors import limit_headers
from parlance.dialects.run_headers import trimmed_headers
from parlance.dialects.table import Headers
from parlance.values import json_door
from parlance.values.events import Finished, Usage
from parlance.values.messages import Foreign
from parlance.values.time import SECOND

REASONS = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})


class PromptDetails(msgspec.Struct, frozen=True):
    """Of the prompt's tokens, those the upstream had kept."""

    cached_tokens: int = 0


class CompletionDetails(msgspec.Struct, frozen=True):
    """Of the answer's tokens, those that were thought."""

    reasoning_tokens: int = 0


class TokenUsage(msgspec.Struct, frozen=True):
    """Tokens as the engine counted them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptDetails | msgspec.UnsetType = msgspec.UNSET
    completion_tokens_details: CompletionDetails | msgspec.UnsetType = msgspec.UNSET


def usage_of(usage: Usage) -> TokenUsage | dict[str, Any]:
    """Token counts as this wire has them, with the upstream's own fields where it gave some."""
    shown = TokenUsage(
        usage.prompt,
        usage.completion,
        usage.prompt + usage.completion,
        msgspec.UNSET if usage.cached is None else PromptDetails(usage.cached),
        msgspec.UNSET if usage.reasoning is None else CompletionDetails(usage.reasoning),
    )
    if not usage.foreign:
        return shown
    return {**usage.foreign, **msgspec.to_builtins(shown)}


def reason_of(reason: str) -> str:
    """A finish reason that typed clients know: an engine's own word for an ordinary end is `stop`."""
    return reason if reason in REASONS else "stop"


def hex_id(run: Run) -> str:
    """The run's id without dashes: what stands behind `chatcmpl-`, `cmpl-` and `resp_`."""
    return run.id.replace("-", "")


def seconds(run: Run) -> int:
    """When the run was made, in whole seconds since 1970."""
    return run.created // SECOND


def run_headers(run: Run) -> Headers:
    """The rate limits, where the run knows them, and what was left out of the prompt."""
    limits = limit_headers(run.allowances) if run.allowances else ()
    return (*limits, *trimmed_headers(run)) if run.trimmed is not None else limits


def finished_choices(run: Run) -> frozenset[int]:
    """The choices that the engine itself ended; of an answer that was cut the others ended at the bound."""
    return frozenset(event.choice for event in run.events() if isinstance(event, Finished))


def unclaimed(foreign: Foreign | None, claimed: Iterable[str]) -> Foreign:
    """The upstream's own fields, without those that we say ourselves."""
    if not foreign:
        return {}
    names = frozenset(claimed)
    return {name: value for name, value in foreign.items() if name not in names}


def spliced(body: bytes, foreign: Foreign) -> bytes:
    """A JSON object with more fields at its end."""
    return body[:-1] + b"," + json_door.encode(foreign)[1:] if foreign else body
