"""The events that a whole answer would have been as a stream: what caches keep and joined readers see."""

from __future__ import annotations

from collections.abc import Iterator

from parlance.core.runs.fold import Answer
from parlance.values.events import Choice, Delta, Event, Finished, Started, ToolCalled, Whole
from parlance.values.messages import Message, Reasoning, ToolCall, text_of

PIECE = 24
"""Code points in one replayed delta: about five words, so that a kept answer still reads as it comes."""


def unfold(whole: Whole) -> Iterator[Event]:
    """The deltas of a whole answer, its texts exact, white space included."""
    for index, choice in enumerate(whole.choices):
        yield from _choice(index, choice)
    if whole.usage is not None:
        yield whole.usage


def kept(answer: Answer) -> list[Event]:
    """A complete answer as the answer cache keeps it."""
    started = answer.started or Started("")
    return [started, *unfold(Whole(answer.choices, answer.usage))]


def _choice(index: int, choice: Choice) -> Iterator[Event]:
    logprobs, calls = choice.logprobs, 0
    for item in choice.items:
        if isinstance(item, Reasoning):
            yield from _pieces(item.text, "reasoning", index)
        elif isinstance(item, Message):
            text = text_of(item.content)
            if logprobs is not None and text:
                yield Delta(text, choice=index, logprobs=logprobs)
                logprobs = None
            else:
                yield from _pieces(text, "text", index)
        elif isinstance(item, ToolCall):
            yield ToolCalled(calls, item.id, item.name, index, item.foreign)
            if item.arguments:
                yield Delta(item.arguments, "arguments", calls, index)
            calls += 1
    if choice.refusal:
        yield Delta(choice.refusal, "refusal", 0, index)
    yield Finished(choice.reason, index, choice.foreign)


def _pieces(text: str, lane: str, index: int) -> Iterator[Event]:
    for at in range(0, len(text), PIECE):
        yield Delta(text[at : at + PIECE], lane, 0, index)  # type: ignore[arg-type]
