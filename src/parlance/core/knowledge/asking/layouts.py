"""How passages and question stand in the user's message: between fences, or as a layout of somebody's own says.

Each chunk is a part of its own, so that the run's ledger tells its tokens as they are sent. Put together without
anything between, the parts are the text that is meant: engines whose upstreams want one text join them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from parlance.core.knowledge.asking.fencing import head, tail
from parlance.core.knowledge.asking.passages import Numbered
from parlance.values.grounds import Each, Layout, Slot, Words
from parlance.values.messages import Message, Part, Source, Text, text_of


class Laying(Protocol):
    """A way to put passages and question into one message."""

    def passage(self, passage: Numbered) -> list[Text]:
        """The parts of one passage."""
        ...

    def message(self, passages: Sequence[Numbered], question: Message) -> Message:
        """The whole message."""
        ...


class Fenced:
    """The question behind its passages, each between two lines with a `key` that no text can know."""

    def __init__(self, key: str) -> None:
        self._key = key

    def passage(self, passage: Numbered) -> list[Text]:
        """A part for each chunk that adds something, the first with the head, the last with the tail."""
        stretch = passage.stretch
        texts = [piece.text for piece in stretch.pieces]
        texts[0] = head(passage.number, self._key, stretch.name, stretch.span.pages, stretch.context) + texts[0]
        texts[-1] += tail(passage.number, self._key)
        sources = [Source("passage", piece.chunk, stretch.name) for piece in stretch.pieces]
        return [Text(text, source=source) for text, source in zip(texts, sources, strict=True)]

    def message(self, passages: Sequence[Numbered], question: Message) -> Message:
        """The passages, then the question."""
        fenced = [part for passage in passages for part in self.passage(passage)]
        return msgspec.structs.replace(question, content=(*fenced, *_parts(question)))


class LaidOut:
    """As a layout says. What of the question is no text (pictures, files) stands behind it all."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def passage(self, passage: Numbered) -> list[Text]:
        """One part: what the layout says of each."""
        said = "".join(_put_in(each.parts, passage) for each in self._layout if isinstance(each, Each))
        return [self._taken(passage, said)]

    def message(self, passages: Sequence[Numbered], question: Message) -> Message:
        """The parts of the layout in their order."""
        own = [part for part in _parts(question) if not (isinstance(part, Text) and part.source is None)]
        text = text_of(tuple(part for part in _parts(question) if isinstance(part, Text) and part.source is None))
        parts: list[Part] = []
        for each in self._layout:
            if isinstance(each, Each):
                parts += [self._taken(passage, _put_in(each.parts, passage)) for passage in passages]
            elif isinstance(each, Words):
                parts.append(Text(each.text))
            elif each.what == "question":
                parts.append(Text(text))
        return msgspec.structs.replace(question, content=(*parts, *own))

    def _taken(self, passage: Numbered, text: str) -> Text:
        return Text(text, source=Source("passage", passage.stretch.pieces[0].chunk, passage.stretch.name))


def _put_in(parts: Iterable[Words | Slot], passage: Numbered) -> str:
    stretch = passage.stretch
    text = f"{stretch.context}\n{stretch.content}" if stretch.context else stretch.content
    held = {"passage": text, "number": str(passage.number), "name": stretch.name, "page": stretch.span.pages}
    return "".join(each.text if isinstance(each, Words) else held.get(each.what, "") for each in parts)


def _parts(question: Message) -> tuple[Part, ...]:
    return (Text(question.content),) if isinstance(question.content, str) else question.content
