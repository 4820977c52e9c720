"""The graph of a base: things that its documents speak of (entities), and how they are related.

An entity has no row of its own: it is all its mentions, each of which rests on one chunk. So it is gone when the last
of them is, and no count of it can be wrong (decision 0030).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from parlance.values.letters import MARKS, UNSPACED, searched

MOST_NAME = 120
"""Code points of an entity's name or kind, or of a relation's."""
MOST_KEY = 255
"""Of a key: what all databases have in an index."""
_ATOM = re.compile(rf"[{UNSPACED}]|(?:[^\W_{UNSPACED}]|[{MARKS}])+")


class GraphNode(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entity in an example, and what is said of it."""

    name: str
    attributes: tuple[str, ...] = ()


class GraphRelation(msgspec.Struct, frozen=True, omit_defaults=True):
    """How two entities of an example are related."""

    node1: str
    node2: str
    type: str


class GraphOptions(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether a base has a graph, and how it is drawn: by `model` (empty: the default one), which is shown `text` with
    its `nodes` and `relations` as an example where there is one, and keeps to the kinds of relations in `tags`. With
    `asking` that model says which entities a question is about; without, their names are looked for in it."""

    enabled: bool = False
    model: str = ""
    asking: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""
    nodes: tuple[GraphNode, ...] = ()
    relations: tuple[GraphRelation, ...] = ()


class Entity(msgspec.Struct, frozen=True, omit_defaults=True):
    """A thing that a chunk speaks of, by the name that it has there."""

    name: str
    kind: str = ""
    description: str = ""

    @property
    def key(self) -> str:
        """What makes it the same entity as another."""
        return key_of(self.name)


class Relation(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a chunk relates two of its entities, which are named by their keys; `strength` from 1 to 10."""

    source: str
    target: str
    kind: str
    description: str = ""
    strength: int = 5


class Drawing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a model drew out of one chunk; where it gave nothing that could be read, `nonsense`."""

    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    nonsense: bool = False


class EntityNode(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entity as the whole base has it: its key, one of its names, and how many chunks speak of it."""

    key: str
    name: str
    chunks: int
    kind: str = ""


class Mention(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entity in one chunk."""

    key: str
    chunk: str
    document: str
    description: str = ""


class Tie(msgspec.Struct, frozen=True, omit_defaults=True):
    """A relation in one chunk."""

    source: str
    target: str
    kind: str
    strength: int
    chunk: str
    document: str


class EntityLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """A relation as the whole base has it: how many chunks say so, and the most that one makes of it."""

    source: str
    target: str
    kind: str
    chunks: int
    strength: int


class Extent(msgspec.Struct, frozen=True, omit_defaults=True):
    """How large a graph is; `drawn` counts the chunks that were read for it."""

    entities: int
    relations: int
    drawn: int


def atoms(text: str) -> list[str]:
    """The words of a text without case and accents; each letter of a script without spaces is one."""
    return _ATOM.findall(searched(text))


def key_of(name: str) -> str:
    """What makes two names one entity's; empty for a name without letters."""
    return " ".join(atoms(name))[:MOST_KEY].rstrip()


def keys_in(text: str, longest: int, most: int) -> Sequence[str]:
    """The keys of all names of up to `longest` atoms that could stand in the first `most` atoms of a text, each once.
    One letter is no name."""
    words = atoms(text)[:most]
    found = (" ".join(words[at:end]) for at in range(len(words)) for end in range(at + 1, min(at + longest, most) + 1))
    return list(dict.fromkeys(key for key in found if 1 < len(key) <= MOST_KEY))
