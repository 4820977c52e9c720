"""What may be in what people say about bases and documents."""

from __future__ import annotations

import re
from collections.abc import Mapping

from parlance.core.chat.titles import clean
from parlance.core.knowledge.retrieval_operations import RetrievePassages
from parlance.values.errors import Fault, Kind, out_of_range
from parlance.values.knowledge import ChunkOptions

MOST_NAME = 255
MOST_DESCRIPTION = 10_000
MOST_METADATA, MOST_KEY, MOST_VALUE = 64, 100, 2000
LEAST_SIZE, MOST_SIZE = 50, 20_000
"""Code points of a chunk."""
MOST_SEPARATORS, MOST_SEPARATOR = 20, 40
MOST_CHUNK = 20_000
"""Code points of a chunk that somebody writes."""
MOST_ADDRESS = 4096
MOST_QUERY, MOST_PASSAGES, MOST_NEIGHBOURS, MOST_DEPTH = 4000, 100, 5, 100
MOST_HISTORY, MOST_TALK = 100, 200_000
"""Of a conversation that goes along with a query; of it the last few turns are read."""
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
"""What no database's text can hold: each is replaced by one other character, so that spans stay right."""


def base_name(given: str) -> str:
    """A base's name in one line. Raises `Fault(invalid)`."""
    name = clean(given)
    if not 1 <= len(name) <= MOST_NAME:
        raise Fault(Kind.invalid, f"A name has between 1 and {MOST_NAME} characters.", field="name", code="bad_name")
    return name


def description(given: str) -> str:
    """A base's description. Raises `Fault(invalid)`."""
    if len(given) > MOST_DESCRIPTION:
        raise out_of_range("description", f"at most {MOST_DESCRIPTION} characters")
    return given


def judged_options(options: ChunkOptions) -> ChunkOptions:
    """How documents are cut. Raises `Fault(invalid)` for what would cut nothing, or all to pieces."""
    if not LEAST_SIZE <= options.size <= MOST_SIZE:
        raise out_of_range("options.size", f"a number from {LEAST_SIZE} to {MOST_SIZE}")
    if not 0 <= options.overlap <= options.size // 2:
        raise out_of_range("options.overlap", "a number from 0 to half the size")
    if options.parent_size and not options.size <= options.parent_size <= 10 * MOST_SIZE:
        raise out_of_range("options.parent_size", f"0, or a number from the size to {10 * MOST_SIZE}")
    if len(options.separators) > MOST_SEPARATORS:
        raise out_of_range("options.separators", f"at most {MOST_SEPARATORS}")
    if not all(1 <= len(each) <= MOST_SEPARATOR for each in options.separators):
        raise out_of_range("options.separators", f"texts of 1 to {MOST_SEPARATOR} characters")
    for name, model in (("vision", options.vision), ("transcriber", options.transcriber)):
        if len(model or "") > MOST_NAME:
            raise out_of_range(f"options.{name}", f"a model's id of at most {MOST_NAME} characters")
    return options


def judged_query(op: RetrievePassages) -> None:
    """What is looked for, and how. Raises `Fault(invalid)`."""
    if not op.query.strip() or len(op.query) > MOST_QUERY:
        raise out_of_range("query", f"a text of 1 to {MOST_QUERY} characters")
    ranges = {"most": (1, MOST_PASSAGES), "depth": (1, MOST_DEPTH), "neighbours": (0, MOST_NEIGHBOURS)}
    for name, (least, most) in ranges.items():
        if not least <= getattr(op, name) <= most:
            raise out_of_range(name, f"a number from {least} to {most}")
    for name, share in (("threshold", op.threshold), ("diversity", op.diversity)):
        if not 0.0 <= share <= 1.0:
            raise out_of_range(name, "a number from 0 to 1")
    if len(op.history) > MOST_HISTORY or sum(len(said.text) for said in op.history) > MOST_TALK:
        raise out_of_range("history", f"at most {MOST_HISTORY} turns, and {MOST_TALK} characters in all")
    if not (op.words or op.vectors):
        raise out_of_range("words", "true where `vectors` is false: something has to be looked for")


def judged_metadata(given: Mapping[str, str]) -> dict[str, str]:
    """What somebody notes of a document. Raises `Fault(invalid)`."""
    if len(given) > MOST_METADATA:
        raise out_of_range("metadata", f"at most {MOST_METADATA} entries")
    if not all(1 <= len(key) <= MOST_KEY and len(value) <= MOST_VALUE for key, value in given.items()):
        raise out_of_range("metadata", f"keys of 1 to {MOST_KEY} characters, and values of at most {MOST_VALUE}")
    return dict(given)


def judged_content(given: str) -> str:
    """What a chunk is to say. Raises `Fault(invalid)`."""
    if not given.strip() or len(given) > MOST_CHUNK:
        raise out_of_range("content", f"between 1 and {MOST_CHUNK} characters")
    return storable(given)


def storable(text: str) -> str:
    """The text with what cannot be stored replaced, one code point by one."""
    return _UNSTORABLE.sub("�", text)
