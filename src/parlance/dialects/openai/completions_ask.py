"""A text completion request into asks, one for each prompt."""

from __future__ import annotations

from parlance.dialects.openai.bodies import Kept
from parlance.dialects.openai.chat_ask import WIRE
from parlance.dialects.openai.completions_wire import CompletionRequest
from parlance.dialects.openai.limits import (
    MAX_N,
    MAX_PROMPTS,
    at_most,
    count,
    invalid,
    refuse,
    sampling,
    unsupported,
    within,
)
from parlance.values.asks import ChatAsk

MAX_LOGPROBS = 20


def prompts_of(given: str | list[str | int | list[int]] | None) -> tuple[str, ...]:
    """The prompts; `null` is the empty text, as OpenAI has it. Token numbers are refused."""
    if given is None or isinstance(given, str):
        return (given or "",)
    at_most("prompt", given, MAX_PROMPTS)
    if not given:
        raise invalid("prompt", "`prompt` must hold at least one text.")
    prompts = tuple(prompt for prompt in given if isinstance(prompt, str))
    if len(prompts) != len(given):
        raise unsupported("prompt", "Token arrays are not supported.", "Send the texts themselves.")
    return prompts


def completion_asks(asked: CompletionRequest, kept: Kept) -> tuple[ChatAsk, ...]:
    """One ask for each prompt. Raises `Fault` (invalid, unsupported) naming the parameter."""
    n = count(asked.n)
    _check_best_of(asked.best_of, n)
    within("logprobs", asked.logprobs, 0, MAX_LOGPROBS)
    if asked.echo and asked.logprobs is not None:
        refuse("echo", "`echo` together with `logprobs` is not supported.")
    prompts = prompts_of(asked.prompt)
    if len(prompts) * n > MAX_PROMPTS:
        raise invalid("n", f"`n` times the number of prompts may be at most {MAX_PROMPTS}.")
    knobs = sampling(asked, asked.max_tokens, "max_tokens")
    foreign = {**kept.get((), {}), **({"user": asked.user} if asked.user is not None else {})}
    return tuple(
        ChatAsk(
            model=asked.model or "",
            prompt=prompt,
            suffix=asked.suffix,
            sampling=knobs,
            n=n,
            logprobs=asked.logprobs is not None,
            top_logprobs=asked.logprobs,
            stream=bool(asked.stream),
            wire=WIRE,
            foreign=foreign or None,
        )
        for prompt in prompts
    )


def _check_best_of(best_of: int | None, n: int) -> None:
    within("best_of", best_of, 1, MAX_N)
    if best_of is not None and best_of < n:
        raise invalid("best_of", "`best_of` must not be smaller than `n`.")
    if best_of is not None and best_of > n:
        refuse("best_of", "`best_of` greater than `n` is not supported.", "Ask for `n` answers and choose among them.")
