"""Text completions out of runs: whole, and as frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from parlance.core.runs.fold import Answer
from parlance.core.runs.run import Run
from parlance.core.runs.unfold import unfold
from parlance.dialects.openai.answers import (
    finished_choices,
    hex_id,
    reason_of,
    seconds,
    spliced,
    unclaimed,
    usage_of,
)
from parlance.dialects.openai.completions_wire import TextChoice, TextCompletion
from parlance.dialects.openai.errors import error_frame
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.events import Choice, Delta, Ended, Event, Finished, Started, Usage, Whole
from parlance.values.messages import Foreign, Message, text_of

_CLAIMED = frozenset(TextCompletion.__struct_fields__)


def text_completion(answers: Sequence[Answer], runs: Sequence[Run], echoes: Sequence[str], n: int) -> bytes:
    """One body for the answers to all prompts; `echoes` stand before each text."""
    choices = [
        _choice(place * n + index, choice, echo, _whole(answer, run, index))
        for place, (answer, run, echo) in enumerate(zip(answers, runs, echoes, strict=True))
        for index, choice in enumerate(answer.choices)
    ]
    usage = added_usage([answer.usage for answer in answers])
    shown = TextCompletion(
        f"cmpl-{hex_id(runs[0])}",
        seconds(runs[0]),
        runs[0].model,
        choices,
        usage=msgspec.UNSET if usage is None else usage_of(usage),
    )
    started = answers[0].started
    foreign = answers[0].foreign or (started.foreign if started is not None else None)
    return spliced(json_door.encode(shown), unclaimed(foreign, _CLAIMED))


def _whole(answer: Answer, run: Run, index: int) -> bool:
    cut = answer.ended is not None and answer.ended.outcome == "cut"
    return not cut or index in finished_choices(run)


def _choice(index: int, choice: Choice, echo: str, whole: bool) -> TextChoice:
    text = "".join(text_of(item.content) for item in choice.items if isinstance(item, Message))
    reason = reason_of(choice.reason) if whole else "length"
    return TextChoice(index, echo + text, legacy_logprobs(choice.logprobs), reason)


def added_usage(usages: Sequence[Usage | None]) -> Usage | None:
    """The token counts of several answers as one; nothing when nobody counted."""
    told = [usage for usage in usages if usage is not None]
    if len(told) == 1:
        return told[0]
    return Usage(sum(u.prompt for u in told), sum(u.completion for u in told)) if told else None


def legacy_logprobs(logprobs: Any, offset: int = 0) -> Any:
    """Log probabilities in the four parallel lists of this route; those that have this shape already stay."""
    if not isinstance(logprobs, dict) or not isinstance(logprobs.get("content"), list):
        return logprobs
    shown: dict[str, list[Any]] = {"tokens": [], "token_logprobs": [], "top_logprobs": [], "text_offset": []}
    for entry in logprobs["content"]:
        token = entry.get("token", "")
        shown["tokens"].append(token)
        shown["token_logprobs"].append(entry.get("logprob"))
        shown["top_logprobs"].append({top.get("token"): top.get("logprob") for top in entry.get("top_logprobs") or ()})
        shown["text_offset"].append(offset)
        offset += len(token)
    return shown


class TextFrames:
    """Renders the run of one prompt. The last prompt's frames say the counts of all and the end of the stream."""

    def __init__(self, run: Run, *, head: Run, first: int, echo: str, counts: list[Usage] | None, last: bool) -> None:
        self._run = run
        self._head_run = head
        self._first = first
        self._echo = echo
        self._counts = counts
        """The token counts so far, shared by the frames of all prompts; `None` when they were not asked for."""
        self._last = last
        self._head = self._headed(None)
        self._begun: dict[int, int] = {}
        """Code points said of each choice so far, for the offsets of log probabilities."""
        self._ended: set[int] = set()
        self.broken = False
        """Whether an error frame, which ends the whole stream, has been said."""

    def _headed(self, foreign: Foreign | None) -> bytes:
        head: dict[str, Any] = {
            "id": f"cmpl-{hex_id(self._head_run)}",
            "object": "text_completion",
            "created": seconds(self._head_run),
            "model": self._run.model,
            **unclaimed(foreign, _CLAIMED),
        }
        return b"data: " + json_door.encode(head)[:-1]

    def render(self, events: Iterable[Event]) -> bytes:
        """The frames of these events; may be empty."""
        out: list[bytes] = []
        for event in events:
            if isinstance(event, Delta):
                if event.lane == "text":
                    self._text(event.choice, event.text, event.logprobs, out)
            elif isinstance(event, Finished):
                self._finish(event.choice, event.reason, out)
            elif isinstance(event, Usage):
                if self._counts is not None:
                    self._counts.append(event)
            elif isinstance(event, Started):
                self._head = self._headed(event.foreign)
            elif isinstance(event, Whole):
                out.append(self.render(unfold(event)))
            elif isinstance(event, Ended):
                self._end(event, out)
        return b"".join(out)

    def failed(self, fault: Fault) -> bytes:
        """The frames that end a stream that went wrong."""
        self.broken = True
        return error_frame(fault)

    def _text(self, choice: int, text: str, logprobs: Any, out: list[bytes]) -> None:
        said = self._begun.get(choice)
        if said is None:
            said = 0
            if self._echo:
                self._chunk(TextChoice(self._first + choice, self._echo), out)
        self._begun[choice] = said + len(text)
        self._chunk(TextChoice(self._first + choice, text, legacy_logprobs(logprobs, said)), out)

    def _chunk(self, choice: TextChoice, out: list[bytes]) -> None:
        usage = b"" if self._counts is None else b',"usage":null'
        out += (self._head, usage, b',"choices":[', json_door.encode(choice), b"]}\n\n")

    def _finish(self, choice: int, reason: str, out: list[bytes]) -> None:
        if choice in self._ended:
            return
        if choice not in self._begun and self._echo:
            self._text(choice, "", None, out)
        self._begun.setdefault(choice, 0)
        self._ended.add(choice)
        self._chunk(TextChoice(self._first + choice, "", None, reason_of(reason)), out)

    def _end(self, ended: Ended, out: list[bytes]) -> None:
        if ended.outcome not in ("complete", "cut"):
            out.append(self.failed(self._run.fault(ended)))
            return
        for choice in sorted(self._begun) or [0]:
            self._finish(choice, "length" if ended.outcome == "cut" else "stop", out)
        if not self._last:
            return
        usage = added_usage(self._counts or [])
        if usage is not None:
            out += (self._head, b',"choices":[],"usage":', json_door.encode(usage_of(usage)), b"}\n\n")
        out.append(b"data: [DONE]\n\n")
