"""What every answer has to tell, streamed or whole: a beginning, words, calls, ends and counts, each at most once."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.engines.openai_http.decoding import (
    cleaned,
    count_of,
    mapping_of,
    rest_of,
    text_of,
)
from parlance.ports.engines import Sink
from parlance.values.events import Delta, Finished, Lane, Started, ToolCalled, Usage
from parlance.values.messages import Foreign

MAX_CHOICE = 127
"""The highest index of a choice: OpenAI gives 128 at most."""
MAX_CALLS = 256
"""Tool calls of one choice that are taken."""

_COUNTED = frozenset(
    {
        *("prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"),
        *("input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details"),
    }
)
_PLAIN_COUNTS = {"prompt_tokens", "completion_tokens", "total_tokens"}
_encode = msgspec.json.encode
_REASONS = {"function_call": "tool_calls", "max_tokens": "length", "max_output_tokens": "length"}


class Telling:
    """Pushes the events of one answer. `begun`: more than its beginning was told."""

    __slots__ = ("_calls", "_finished", "_seen", "_usage", "begun", "id", "push", "say_all", "started")

    def __init__(self, sink: Sink) -> None:
        self.push = sink.push
        self.say_all = sink.say
        self.started = False
        self.begun = False
        self.id = ""
        self._seen: set[int] = set()
        self._finished: set[int] = set()
        self._calls: dict[tuple[int, int], _Call] = {}
        self._usage: Usage | None = None

    def start(self, model: str, id: str, foreign: Foreign | None) -> None:
        """The upstream began to answer."""
        if not self.started:
            self.started = True
            self.id = id
            self.push(Started(model, id or None, foreign or None))

    def say(
        self, text: str, choice: int, lane: Lane = "text", logprobs: Any = None, foreign: Foreign | None = None
    ) -> None:
        """More text."""
        self.begun = True
        self._seen.add(choice)
        self.push(Delta(text, lane, 0, choice, logprobs, foreign))

    def note_first(self) -> None:
        """The first choice said something: for whoever pushes its deltas directly."""
        if not self.begun:
            self.begun = True
        self._seen.add(0)

    def finish(self, choice: int, reason: str, foreign: Foreign | None = None) -> None:
        """One choice is whole."""
        self.begun = True
        self._seen.add(choice)
        if choice not in self._finished:
            self._finished.add(choice)
            self.push(Finished(reason_of(reason), choice, foreign or None))

    def count(self, usage: Usage | None) -> None:
        """The latest counts; they are told when the answer is over, since some upstreams repeat them in every frame."""
        self._usage = usage or self._usage

    def settle(self) -> None:
        """Tell what was kept back. May be said again."""
        usage, self._usage = self._usage, None
        if usage is not None:
            self.push(usage)

    @property
    def is_finished(self) -> bool:
        """Whether every choice that was begun has ended."""
        return bool(self._finished) and self._finished >= self._seen

    @property
    def called(self) -> bool:
        """Whether a tool was called."""
        return bool(self._calls)

    # -- tool calls -------------------------------------------------------------------------------------------------

    def call(self, choice: int, index: int, id: str, name: str, arguments: str, foreign: Foreign | None = None) -> None:
        """A fragment of a tool call.

        Upstreams leave out the id, repeat id and name in every fragment, or give several calls the same index: a new
        call is one with a new index, or with another id and a name.
        """
        self._seen.add(choice)
        key = self._newest((choice, index))
        found = self._calls.get(key)
        if found is not None and id and name and found.id and id != found.id:
            if len(self._calls) >= MAX_CALLS:
                return
            # Later fragments with this index belong to the newer call.
            found.moved = 1 + max(place for of, place in self._calls if of == choice)
            key, found = (choice, found.moved), None
        if found is None:
            if len(self._calls) >= MAX_CALLS:
                return
            found = self._calls[key] = _Call(id)
        self._tell(choice, key[1], found, id, name, arguments, foreign)

    def _newest(self, key: tuple[int, int]) -> tuple[int, int]:
        """Where the call is that took over this index last; each step leads to a higher place."""
        found = self._calls.get(key)
        while found is not None and found.moved is not None:
            key = (key[0], found.moved)
            found = self._calls.get(key)
        return key

    def _tell(
        self, choice: int, item: int, call: _Call, id: str, name: str, arguments: str, foreign: Foreign | None
    ) -> None:
        if call.told:
            if arguments:
                self.push(Delta(arguments, "arguments", item, choice))
            return
        call.id = call.id or id
        call.waiting += arguments
        if name:
            call.told = self.begun = True
            self.push(ToolCalled(item, call.id or made_id(self.id, item), name, choice, foreign or None))
            if call.waiting:
                self.push(Delta(call.waiting, "arguments", item, choice))


class _Call:
    """A tool call as it grows. `waiting` is what came before its name."""

    __slots__ = ("id", "moved", "told", "waiting")

    def __init__(self, id: str) -> None:
        self.id = id
        self.told = False
        self.waiting = ""
        self.moved: int | None = None


def made_id(answer: str, index: int) -> str:
    """An id for a call that came without one, under the 40 characters that OpenAI takes; other answers have others."""
    tail = "".join(letter for letter in answer if letter.isascii() and letter.isalnum())[-24:]
    return f"call_{index}_{tail}" if tail else f"call_{index}"


def reason_of(reason: str) -> str:
    """The upstream's reason in the word for it that everybody here knows."""
    return _REASONS.get(reason, reason)


def usage_of(value: Any) -> Usage | None:
    """Token counts, in the names of chat completions or of responses."""
    fields = mapping_of(value)
    if not fields:
        return None
    if fields.keys() == _PLAIN_COUNTS:
        return Usage(count_of(fields["prompt_tokens"]), count_of(fields["completion_tokens"]))
    prompt = fields.get("prompt_tokens", fields.get("input_tokens"))
    completion = fields.get("completion_tokens", fields.get("output_tokens"))
    before = mapping_of(fields.get("prompt_tokens_details", fields.get("input_tokens_details")))
    after = mapping_of(fields.get("completion_tokens_details", fields.get("output_tokens_details")))
    return Usage(
        count_of(prompt),
        count_of(completion),
        cached=count_of(before["cached_tokens"]) if before.get("cached_tokens") is not None else None,
        reasoning=count_of(after["reasoning_tokens"]) if after.get("reasoning_tokens") is not None else None,
        foreign=rest_of(fields, _COUNTED) or None,
    )


def logprobs_of(value: Any) -> Any:
    """Log probabilities as lists by name, whose entries readers may rely on; `None` when there are none."""
    if not isinstance(value, dict):
        return None
    kept: dict[str, Any] = {}
    for name, held in value.items():
        if name in ("content", "refusal"):
            entries = held if isinstance(held, list) else []
            held = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("token"), str)]
            held = [entry | {"top_logprobs": _tops(entry)} if "top_logprobs" in entry else entry for entry in held]
        if isinstance(held, list) and held:
            kept[name] = cleaned(held)
    return kept or None


def _tops(entry: dict[str, Any]) -> list[Any]:
    tops = entry["top_logprobs"]
    return [top for top in tops if isinstance(top, dict)] if isinstance(tops, list) else []


def arguments_of(value: Any) -> str:
    """Arguments as JSON text; some upstreams give the object itself."""
    if isinstance(value, dict | list):
        return _encode(cleaned(value)).decode()
    return text_of(value)


def spoken(content: Any) -> tuple[str, str]:
    """(text, thoughts) of a content: a text, or parts (some upstreams put what was thought among them)."""
    if isinstance(content, str):
        return content, ""
    said: list[str] = []
    thought: list[str] = []
    for part in content if isinstance(content, list) else ():
        fields = mapping_of(part)
        if "thinking" in fields:
            inner = fields["thinking"]
            thought.append(inner if isinstance(inner, str) else spoken(inner)[0])
        else:
            said.append(part if isinstance(part, str) else text_of(fields.get("text")))
    return "".join(said), "".join(thought)
