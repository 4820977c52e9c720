"""The stream of a chat completion: each `data:` frame into events, at about a microsecond for plain text.

A frame that holds nothing but text fits a strict struct; every other one (tools, log probabilities, counts, fields that
we do not know, wrong types) fails that decode and is read freely. An upstream whose frames all fail is read freely
from then on.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from parlance.engines.openai_http.decoding import (
    UNREADABLE,
    NotJson,
    list_of,
    mapping_of,
    rest_of,
    text_of,
    troubled,
    value_of,
)
from parlance.engines.openai_http.mould import Mould
from parlance.engines.openai_http.sse import Alarm
from parlance.engines.openai_http.telling import (
    MAX_CHOICE,
    Telling,
    arguments_of,
    logprobs_of,
    spoken,
    usage_of,
)
from parlance.engines.openai_http.upstream_errors import Errors, ended_early, not_json
from parlance.engines.openai_http.whole import chat_whole, plain_whole
from parlance.ports.engines import Sink
from parlance.values.events import Delta, Lane, Whole
from parlance.values.messages import Foreign

LESSONS = 4
"""Frames that may show the mould of a stream: the first one names the role, some servers never repeat themselves."""
MISSES = 4
"""Frames in a row that may fail the strict decode before it is given up for this stream."""
Index = Annotated[int, msgspec.Meta(ge=0, le=MAX_CHOICE)]

_TOP = frozenset({"id", "object", "created", "model", "choices", "usage", "error", "obfuscation"})
_CHOICE = frozenset({"index", "delta", "message", "text", "finish_reason", "logprobs"})
_DELTA = frozenset(
    {"role", "content", "refusal", "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking"}
)
_CALL = frozenset({"index", "id", "type", "function"})


class PlainDelta(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a frame of plain text adds."""

    content: str | None = None
    role: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: None = None
    tool_calls: None = None
    function_call: None = None


class PlainChoice(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One choice of such a frame; `text` is what text completions have in place of a delta."""

    index: Index = 0
    delta: PlainDelta | None = None
    text: str | None = None
    logprobs: None = None
    finish_reason: str | None = None


class PlainChunk(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Such a frame."""

    choices: list[PlainChoice]
    id: str = ""
    object: str | None = None
    created: int | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    obfuscation: str | None = None
    usage: None = None


_strict = msgspec.json.Decoder(PlainChunk).decode


class ChatReader:
    """Tells the answer of one chat or text completion. `done` once the end was marked; what follows is ignored."""

    __slots__ = ("_errors", "_extras", "_lessons", "_misses", "_model", "_mould", "done", "telling")

    def __init__(self, sink: Sink, errors: Errors, model: str) -> None:
        self.telling = Telling(sink)
        self.done = False
        self._errors = errors
        self._model = model
        self._misses = 0
        self._lessons = LESSONS
        self._mould: Mould | None = None
        self._extras: Foreign = {}
        """Unknown fields of the frames so far, so that what every frame repeats is told once."""

    @property
    def learns(self) -> bool:
        """Whether a single frame may show what those after it have in common."""
        return self._mould is None and self._lessons > 0

    def skim(self, data: bytes) -> bytes:
        """Tell the plain texts that whole frames at the beginning of `data` hold; what is left is to be cut."""
        if self._mould is None:
            return data
        texts, rest = self._mould.take(data)
        texts = [text for text in texts if text] if "" in texts else texts
        if texts:
            self.telling.note_first()
            self.telling.say_all(texts)
        return rest

    def frame(self, data: bytes) -> None:
        """One frame's data. Raises `Fault` for an error inside, for what is no JSON, and what the sink raises."""
        if self._misses < MISSES and not troubled(data):
            try:
                chunk = _strict(data)
            except UNREADABLE:
                self._misses += 1
            else:
                self._misses = 0
                self._plain(chunk)
                if self.learns:
                    self._learn(data, chunk)
                return
        self._free(data)

    def _learn(self, data: bytes, chunk: PlainChunk) -> None:
        self._lessons -= 1
        choice = chunk.choices[0] if len(chunk.choices) == 1 else None
        said = choice.delta.content if choice is not None and choice.delta is not None else None
        if said and choice == PlainChoice(delta=PlainDelta(content=said)):
            self._mould = Mould.of(data, said)

    def block(self, data: bytes) -> None:
        """The text of an answer in one block. Raises `NotJson`, and as `whole` does."""
        found = plain_whole(data)
        if found is None:
            return self.whole(value_of(data))
        plain, whole = found
        self.telling.start(plain.model or self._model, plain.id, None)
        self.telling.push(whole)
        self.done = True

    def whole(self, value: Any) -> None:
        """An answer in one block, although a stream was asked for or because none was."""
        whole = chat_whole(value)
        if whole is None:
            raise self._errors.in_band(value) if mapping_of(value).get("error") else not_json()
        self.tell_whole(whole, value)

    def tell_whole(self, whole: Whole, value: Any) -> None:
        """Tell an answer in one block."""
        fields = mapping_of(value)
        self.telling.start(text_of(fields.get("model")) or self._model, text_of(fields.get("id")), None)
        self.telling.push(whole)
        self.done = True

    def ended(self) -> None:
        """The stream is over. Raises `Fault(upstream)` when the answer is not."""
        if not self.done and not self.telling.is_finished:
            raise ended_early()
        if not self.telling.started:
            self.telling.start(self._model, "", None)
        self.telling.settle()

    # -- plain text -------------------------------------------------------------------------------------------------

    def _plain(self, chunk: PlainChunk) -> None:
        telling = self.telling
        if not telling.started:
            told = {"system_fingerprint": chunk.system_fingerprint, "service_tier": chunk.service_tier}
            self._extras = {name: value for name, value in told.items() if value is not None}
            telling.start(chunk.model or self._model, chunk.id, self._extras)
        for choice in chunk.choices:
            index = choice.index
            delta = choice.delta
            text = choice.text if delta is None else delta.content
            if delta is not None:
                thought = delta.reasoning_content or delta.reasoning
                if thought:
                    telling.say(thought, index, "reasoning")
            if text:
                if index:
                    telling.say(text, index)
                else:
                    # What nearly every frame of nearly every stream is: nothing but this.
                    telling.note_first()
                    telling.push(Delta(text))
            if choice.finish_reason and choice.finish_reason != "null":
                telling.finish(index, choice.finish_reason)

    # -- everything else --------------------------------------------------------------------------------------------

    def _free(self, data: bytes) -> None:
        if data.strip() in (b"[DONE]", b""):
            self.done = bool(data.strip())
            return
        try:
            value = value_of(data)
        except NotJson:
            raise not_json() from None
        if value is None:
            return
        if not isinstance(value, dict):
            raise not_json()
        if value.get("error") or value.get("object") == "error" or type(data) is Alarm:
            raise self._errors.in_band(value)
        if "choices" in value or "usage" in value:
            self._chunk(value)

    def _chunk(self, value: dict[str, Any]) -> None:
        telling = self.telling
        extras = {name: held for name, held in rest_of(value, _TOP).items() if self._extras.get(name) != held}
        self._extras = {**self._extras, **extras}
        if not telling.started:
            telling.start(text_of(value.get("model")) or self._model, text_of(value.get("id")), extras)
            extras = {}
        telling.count(usage_of(value.get("usage")))
        for choice in list_of(value.get("choices")):
            fields = mapping_of(choice)
            index = fields.get("index")
            index = 0 if index is None or isinstance(index, bool) or not isinstance(index, int) else index
            if 0 <= index <= MAX_CHOICE:
                self._choice(index, fields, extras)
                extras = {}

    def _choice(self, index: int, fields: dict[str, Any], extras: Foreign) -> None:
        delta = mapping_of(fields.get("delta")) or mapping_of(fields.get("message"))
        reason = text_of(fields.get("finish_reason"))
        reason = "" if reason == "null" else reason
        extras = {**extras, **rest_of(fields, _CHOICE)}
        logprobs = logprobs_of(fields.get("logprobs"))
        foreign = {**rest_of(delta, _DELTA), **({} if reason else extras)} or None
        for lane, text in self._texts(fields, delta):
            self.telling.say(text, index, lane, logprobs, foreign)
            logprobs = foreign = None
        if foreign or logprobs:
            self.telling.say("", index, "text", logprobs, foreign)
        for place, call in enumerate(list_of(delta.get("tool_calls"))):
            self._call(index, place, mapping_of(call))
        legacy = mapping_of(delta.get("function_call"))
        if legacy:
            self._call(index, 0, {"function": legacy})
        if reason:
            self.telling.finish(index, reason, extras)

    @staticmethod
    def _texts(fields: dict[str, Any], delta: dict[str, Any]) -> list[tuple[Lane, str]]:
        """What was added, by lane; nothing that is empty."""
        said, thought = spoken(delta.get("content", fields.get("text")))
        thought = text_of(delta.get("reasoning_content")) or text_of(delta.get("reasoning")) or thought
        found: list[tuple[Lane, str]] = [("reasoning", thought), ("text", said)]
        found.append(("refusal", text_of(delta.get("refusal"))))
        return [(lane, text) for lane, text in found if text]

    def _call(self, choice: int, place: int, fields: dict[str, Any]) -> None:
        index = fields.get("index")
        index = index if isinstance(index, int) and 0 <= index < 2**31 else place
        function = mapping_of(fields.get("function"))
        name, arguments = text_of(function.get("name")), arguments_of(function.get("arguments"))
        self.telling.call(choice, index, text_of(fields.get("id")), name, arguments, rest_of(fields, _CALL))
