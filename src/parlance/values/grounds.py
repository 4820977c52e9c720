"""What an answer is to rest on: bases of documents, how they are searched, and what is said where nothing is found."""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.knowledge import Filter


class Words(msgspec.Struct, frozen=True, tag="words"):
    """Text that stands as it is."""

    text: str


class Slot(msgspec.Struct, frozen=True, tag="slot"):
    """What is put in: the `question`, and within `Each` the `passage` (its text behind the headings that it stands
    under), its `number`, and the `name` and `page` of its document (an empty text where it has no pages). Within
    `Rounds` what was `asked` and how it was `answered`."""

    what: Literal["question", "passage", "number", "name", "page", "asked", "answered"]


class Each(msgspec.Struct, frozen=True, tag="each"):
    """What is said once for every passage, in the order of their numbers."""

    parts: tuple[Words | Slot, ...]


class Rounds(msgspec.Struct, frozen=True, tag="rounds"):
    """What is said once for every round of the conversation before the question, the oldest first."""

    parts: tuple[Words | Slot, ...]


class Rewriting(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a model is asked to complete a question by what was said before it: what it is `told`, and what it is then
    `asked`. Empty ones are in our own words."""

    told: tuple[Words | Slot | Rounds, ...] = ()
    asked: tuple[Words | Slot | Rounds, ...] = ()


Layout = tuple[Words | Slot | Each, ...]
"""The user's message around a question, already cut into what stands and what is put in: whoever has a language of
templates translates it into this, and no code of theirs is needed here."""


class Grounds(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an answer rests on bases.

    How they are searched: `most` passages of all bases together, and the rest as in `bases.retrieve`; `query` is what
    is looked for where that is not the question. With `strict` the model answers from passages only, and where none is
    found it is not asked at all; without, it answers by itself where they do not help. `refusal` is what is said when
    nothing is found, in place of our own words. An answer that begins with `no_match_prefix` is replaced by the
    refusal before anybody sees it. `instructions` stand in place of our own on how to answer; with a `layout` the
    user's message is put together by it. With `rounds` the model that answers first completes the question by so many
    rounds of what was said before it, and that is what is looked for; `rewriting` says how it is asked for that. With
    `earlier` the passages of the latest answer that has any, among those of so many rounds before, are looked at again
    beside what is found.
    """

    most: int = 10
    threshold: float = 0.05
    loosen: bool = False
    words: bool = True
    vectors: bool = True
    rerank: bool = True
    depth: int = 30
    diversity: float = 0.0
    neighbours: int = 0
    parents: bool = True
    graph: bool = True
    filter: Filter = Filter()
    query: str = ""
    strict: bool = True
    refusal: str = ""
    no_match_prefix: str = ""
    instructions: str = ""
    layout: Layout = ()
    rounds: int = 0
    earlier: int = 0
    rewriting: Rewriting = Rewriting()


USUAL_GROUNDS = Grounds()
"""What nobody asked for in particular: nearly every message."""


class NamedBase(msgspec.Struct, frozen=True):
    """A base by its id, and its name as it was then."""

    id: str
    name: str


class Footing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a question is answered from: its bases, and how. A chat's next question stands on the same, unless it says
    otherwise."""

    bases: tuple[NamedBase, ...]
    grounds: Grounds = Grounds()
