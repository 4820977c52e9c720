"""Output items of a streamed response while they grow."""

from __future__ import annotations

from typing import Any

from parlance.dialects.openai.responses_reply import (
    Object,
    call_item,
    message_item,
    reasoning_item,
    refusal_part,
    text_part,
)

Said = tuple[str, Object]
"""An event of the wire: its type, and its fields but for the sequence number."""


class OpenReasoning:
    """What the model thinks, growing."""

    def __init__(self, hex: str, index: int) -> None:
        self.at = f"{hex}_{index}"
        self.place: Object = {"item_id": f"rs_{self.at}", "output_index": index, "content_index": 0}
        self.index = index
        self.text: list[str] = []

    def begin(self) -> list[Said]:
        """The events before the first piece."""
        item = reasoning_item(self.at, None, "in_progress")
        return [
            ("response.output_item.added", {"output_index": self.index, "item": item}),
            ("response.content_part.added", {**self.place, "part": {"type": "reasoning_text", "text": ""}}),
        ]

    def add(self, text: str) -> Said:
        """One piece."""
        self.text.append(text)
        return "response.reasoning_text.delta", {**self.place, "delta": text}

    def close(self, status: str) -> tuple[list[Said], Object]:
        """The events after the last piece, and the whole item."""
        text = "".join(self.text)
        item = reasoning_item(self.at, text, status)
        return [
            ("response.reasoning_text.done", {**self.place, "text": text}),
            ("response.content_part.done", {**self.place, "part": {"type": "reasoning_text", "text": text}}),
            ("response.output_item.done", {"output_index": self.index, "item": item}),
        ], item


class OpenCall:
    """A function call, growing."""

    def __init__(self, hex: str, index: int, call: str, name: str) -> None:
        self.at = f"{hex}_{index}"
        self.place: Object = {"item_id": f"fc_{self.at}", "output_index": index}
        self.index = index
        self.call = call
        self.name = name
        self.text: list[str] = []

    def begin(self) -> list[Said]:
        """The event before the first piece."""
        item = call_item(self.at, self.call, self.name, "", "in_progress")
        return [("response.output_item.added", {"output_index": self.index, "item": item})]

    def add(self, text: str) -> Said:
        """One piece of the arguments."""
        self.text.append(text)
        return "response.function_call_arguments.delta", {**self.place, "delta": text}

    def close(self, status: str) -> tuple[list[Said], Object]:
        """The events after the last piece, and the whole item."""
        arguments = "".join(self.text)
        item = call_item(self.at, self.call, self.name, arguments, status)
        return [
            ("response.function_call_arguments.done", {**self.place, "name": self.name, "arguments": arguments}),
            ("response.output_item.done", {"output_index": self.index, "item": item}),
        ], item


class OpenMessage:
    """What the model says, growing: parts of text or of refusal, one after another."""

    def __init__(self, hex: str, index: int) -> None:
        self.at = f"{hex}_{index}"
        self.index = index
        self.parts: list[Object] = []
        self.lane = ""
        self.text: list[str] = []
        self.logprobs: list[Any] = []

    @property
    def place(self) -> Object:
        """Where the open part stands."""
        return {"item_id": f"msg_{self.at}", "output_index": self.index, "content_index": len(self.parts)}

    def begin(self) -> list[Said]:
        """The event before the first part."""
        item = message_item(self.at, [], "in_progress")
        return [("response.output_item.added", {"output_index": self.index, "item": item})]

    def turn(self, lane: str) -> list[Said]:
        """The events that close the part of another lane and open one of this."""
        if lane == self.lane:
            return []
        said = self.close_part()
        self.lane = lane
        return [*said, ("response.content_part.added", {**self.place, "part": self._part("", [])})]

    def _part(self, text: str, logprobs: list[Any]) -> Object:
        return text_part(text, logprobs) if self.lane == "text" else refusal_part(text)

    def add(self, text: str, logprobs: list[Any]) -> Said:
        """One piece of the open part."""
        self.text.append(text)
        if self.lane == "refusal":
            return "response.refusal.delta", {**self.place, "delta": text}
        self.logprobs += logprobs
        return "response.output_text.delta", {**self.place, "delta": text, "logprobs": logprobs}

    def close_part(self) -> list[Said]:
        """The events that close the open part."""
        if not self.lane:
            return []
        text, place = "".join(self.text), self.place
        part = self._part(text, self.logprobs)
        whole: Said = ("response.refusal.done", {**place, "refusal": text})
        if self.lane == "text":
            whole = ("response.output_text.done", {**place, "text": text, "logprobs": self.logprobs})
        self.parts.append(part)
        self.lane, self.text, self.logprobs = "", [], []
        return [whole, ("response.content_part.done", {**place, "part": part})]

    def close(self, status: str) -> tuple[list[Said], Object]:
        """The events after the last piece, and the whole item."""
        said = self.close_part()
        item = message_item(self.at, self.parts, status)
        return [*said, ("response.output_item.done", {"output_index": self.index, "item": item})], item
