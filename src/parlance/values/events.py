"""What a flight can say, in order. The log gives each event its number `n` (from 1) and its time `at`.

`Started`, then any of `Delta`, `ToolCalled`, `Finished`, `Usage`, `Trimmed`, `Stepped`, `Cited`, or one `Whole` in
their place, then exactly one `Ended`; before all of them one `Retrieved` where the answer rests on documents. An event
with a tag that a reader does not know is skipped. Events are folded into the stored turn and the reply alike
(`core/runs/fold.py`), so that a live and a reloaded view cannot differ.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from parlance.values.grounds import NamedBase
from parlance.values.knowledge import ChunkKind, Scores
from parlance.values.messages import Foreign, Item

Outcome = Literal["complete", "cut", "stopped", "failed", "interrupted"]
Lane = Literal["text", "reasoning", "refusal", "arguments"]
"""Which part of an answer a delta adds to; `arguments` are those of the tool call with the same `item`."""


class Started(msgspec.Struct, frozen=True, tag="started", tag_field="t", omit_defaults=True):
    """The engine began to answer. `id` and `foreign` are the upstream's own."""

    model: str
    id: str | None = None
    foreign: Foreign | None = None


class Delta(msgspec.Struct, frozen=True, tag="delta", tag_field="t", omit_defaults=True, gc=False):
    """More text. `item` numbers the tool call for `arguments`; `choice` is the index among several answers."""

    text: str
    lane: Lane = "text"
    item: int = 0
    choice: int = 0
    logprobs: Any = None
    foreign: Foreign | None = None


class ToolCalled(msgspec.Struct, frozen=True, tag="tool_called", tag_field="t", omit_defaults=True):
    """The model began to call a tool; its arguments follow as deltas of the lane `arguments` with the same `item`."""

    item: int
    id: str
    name: str
    choice: int = 0
    foreign: Foreign | None = None


class Finished(msgspec.Struct, frozen=True, tag="finished", tag_field="t", omit_defaults=True):
    """One choice is whole. `reason` is `stop`, `length`, `tool_calls`, `content_filter` or the engine's own word."""

    reason: str
    choice: int = 0
    foreign: Foreign | None = None


class Usage(msgspec.Struct, frozen=True, tag="usage", tag_field="t", omit_defaults=True):
    """Tokens as the engine counted them, and nanoseconds where the engine measures them (Ollama)."""

    prompt: int = 0
    completion: int = 0
    cached: int | None = None
    reasoning: int | None = None
    total_ns: int | None = None
    load_ns: int | None = None
    prompt_ns: int | None = None
    completion_ns: int | None = None
    foreign: Foreign | None = None


CutReason = Literal["context"]
"""Why something was left out of a prompt: `context` where the conversation is longer than the model's."""


class Trimmed(msgspec.Struct, frozen=True, tag="trimmed", tag_field="t", omit_defaults=True):
    """Something was left out of the prompt, and why: `what` and `why` are words for people, `reason` and `count`, how
    many turns or messages it is, say the same to programs."""

    what: str
    why: str
    tokens: int = 0
    reason: CutReason | None = None
    count: int = 0


class Stepped(msgspec.Struct, frozen=True, tag="stepped", tag_field="t", omit_defaults=True):
    """A download or another long task entered a new step."""

    label: str
    foreign: Foreign | None = None


class ExhibitPiece(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one chunk adds to a passage that is made of several: it `begins` before `start` where it overlaps with the
    one before."""

    chunk: str
    begins: int
    start: int
    stop: int
    page: int | None = None


class Exhibit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A passage as it went into the prompt, under its `number`: the words of `document` from code point `start` up to
    and without `stop`, which lie on `page` at first and begin in `chunk`; `page_starts` are the places in it where
    further pages begin. `name` is the document's, `context` the headings that it stands under. `score` and `scores` are
    those of its best chunk. `pieces` are told where it is made of several chunks. One that is not `exact` says other
    words than the document there: nothing in it can be placed. An `earlier` one was not found by this question, but an
    answer before rested on it. `kind` is that of `chunk`."""

    number: int
    base: str
    document: str
    chunk: str
    content: str
    start: int
    stop: int
    name: str = ""
    page: int | None = None
    context: str = ""
    score: float = 0.0
    scores: Scores = Scores()
    pieces: tuple[ExhibitPiece, ...] = ()
    exact: bool = True
    earlier: bool = False
    page_starts: tuple[int, ...] = ()
    kind: ChunkKind = "text"


class Retrieved(msgspec.Struct, frozen=True, tag="retrieved", tag_field="t", omit_defaults=True):
    """What was found in the bases, and went into the prompt. `threshold` is the one that was applied at last; `remarks`
    say what did not go as asked, in the words of `bases.retrieve`, and `base_gone` of a base that is not there any
    more. Without passages nothing was found."""

    passages: tuple[Exhibit, ...] = ()
    bases: tuple[NamedBase, ...] = ()
    threshold: float = 0.0
    remarks: tuple[str, ...] = ()


class Citation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one sentence of an answer rests on: the stretch of a document, in code points of its text, from `start` up
    to and without `stop`. `number` is the passage's in the prompt, `page` that where the stretch begins, and
    `last_page` the one where it ends, if that is another. `sure` says that the stretch holds the words; else it is the
    whole passage, and nothing in it is to be marked."""

    number: int
    document: str
    chunk: str
    start: int
    stop: int
    name: str = ""
    page: int | None = None
    sure: bool = False
    last_page: int | None = None


class Cited(msgspec.Struct, frozen=True, tag="cited", tag_field="t", omit_defaults=True):
    """A sentence of the answer cites passages. It lies in the answer's text from code point `start` up to and without
    `stop`, with the marks behind it. One that cites a number again comes in parts, each with what it says itself.
    `missing` are numbers that no passage has: they are no citations."""

    start: int
    stop: int
    citations: tuple[Citation, ...] = ()
    missing: tuple[int, ...] = ()
    choice: int = 0


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an answer rests on, as it is kept with it: what was found, and which of its sentences cite what."""

    passages: tuple[Exhibit, ...] = ()
    bases: tuple[NamedBase, ...] = ()
    threshold: float = 0.0
    remarks: tuple[str, ...] = ()
    cited: tuple[Cited, ...] = ()


class Choice(msgspec.Struct, frozen=True, omit_defaults=True):
    """One whole answer: its items in order and why it stopped."""

    items: tuple[Item, ...]
    reason: str = "stop"
    refusal: str | None = None
    logprobs: Any = None
    foreign: Foreign | None = None


class Whole(msgspec.Struct, frozen=True, tag="whole", tag_field="t", omit_defaults=True):
    """A whole answer at once, from an engine that was told that nobody streams."""

    choices: tuple[Choice, ...]
    usage: Usage | None = None
    foreign: Foreign | None = None


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """A `Fault` as it is kept in a log: kind and safe sentences only."""

    kind: str
    message: str
    hint: str | None = None
    code: str | None = None
    retry_after: float | None = None
    status: int | None = None


class Ended(msgspec.Struct, frozen=True, tag="ended", tag_field="t", omit_defaults=True):
    """The last event of every log. `error` says why an answer is `cut`, `failed` or `interrupted`."""

    outcome: Outcome
    error: Failure | None = None


Event = Started | Delta | ToolCalled | Finished | Usage | Trimmed | Stepped | Retrieved | Cited | Whole | Ended
