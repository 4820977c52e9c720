"""What an engine is asked for, free of any wire: a chat or text completion, embeddings, or a transcript."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from parlance.values.messages import Foreign, Item

MAX_DIMENSIONS = 8192
"""Of one vector: twice what today's models have."""
MAX_NUMBERS = 2**22
"""Of all vectors that one ask wants together: a hundred megabytes as text, and more than 2,048 texts usually give."""


class Sampling(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tuning knobs. An engine ignores those it does not have; `None` leaves the choice to the engine."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] | None = None
    seed: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    repeat_penalty: float | None = None
    logit_bias: dict[str, float] | None = None


class Tool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A function the model may call: `parameters` is a JSON schema."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None
    foreign: Foreign | None = None


class Format(msgspec.Struct, frozen=True, omit_defaults=True):
    """The shape an answer must have: any JSON, or JSON that fits `schema`."""

    kind: Literal["json", "schema"]
    schema: dict[str, Any] | None = None
    name: str | None = None
    strict: bool | None = None
    description: str | None = None


class ChatAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """One question to a chat engine.

    `model` is the engine's own name of the model. `items` is the conversation, oldest first. `prompt` is set instead
    for a raw text completion (with `suffix` to fill in the middle). `stream` is a hint: an engine that is told `False`
    may push one `Whole`. `foreign` holds unknown fields of the dialect `wire`: only an engine of that wire sends them.
    """

    model: str
    items: tuple[Item, ...] = ()
    prompt: str | None = None
    suffix: str | None = None
    sampling: Sampling = Sampling()
    tools: tuple[Tool, ...] = ()
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    format: Format | None = None
    n: int = 1
    logprobs: bool = False
    top_logprobs: int | None = None
    think: bool | str | None = None
    keep_alive: str | float | None = None
    stream: bool = True
    usage: bool = True
    wire: str = ""
    foreign: Foreign | None = None


class EmbedAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """Texts to embed with one model, in order; `dimensions` asks for shorter vectors where the model can. `query` says
    whether they are questions or the passages that answer them, for models of this machine that tell the two apart."""

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    truncate: bool | None = None
    keep_alive: str | float | None = None
    wire: str = ""
    foreign: Foreign | None = None
    query: bool | None = None


class Embedded(msgspec.Struct, frozen=True):
    """One vector per text, in the order of the texts, and the tokens that were read."""

    vectors: tuple[tuple[float, ...], ...]
    prompt_tokens: int = 0


class RerankAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """Texts that a model should order by how well they answer a query."""

    model: str
    query: str
    texts: tuple[str, ...]


class Reranked(msgspec.Struct, frozen=True):
    """One score per text, in the order of the texts: as the engine gives them, chances or logits; and the tokens that
    were read, 0 where the engine does not count. `logits` says that they are known to be logits, also where all lie
    between 0 and 1."""

    scores: tuple[float, ...]
    prompt_tokens: int = 0
    logits: bool = False


class TranscribeAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of sound that a model should write down. `language` is that of the sound (ISO 639-1), `prompt` holds words
    that may come in it, `times` wants to know when each piece was said, where the model can tell. `english` wants it
    in English, whatever is spoken. `foreign` are further fields of the dialect `wire`."""

    model: str
    content: bytes
    language: str | None = None
    prompt: str | None = None
    temperature: float | None = None
    times: bool = False
    english: bool = False
    wire: str = ""
    foreign: tuple[tuple[str, str], ...] = ()


class Segment(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was said from `start` to `end`, in seconds from the beginning. `foreign` are the engine's own fields."""

    start: float
    end: float
    text: str
    foreign: Foreign | None = None


class Transcript(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was said. `segments` are its pieces in order, `None` where the model told no times. `language` is what the
    model heard, `duration` the length of the sound in seconds; tokens are 0 where the engine does not count."""

    text: str
    segments: tuple[Segment, ...] | None = None
    language: str = ""
    duration: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
