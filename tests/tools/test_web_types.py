"""The types that the page is written against are what the server's code says now."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from parlance.core.handlers import HANDLED
from parlance.values.errors import DRAINING, Kind
from tools.web_types import FILE, codes, text, written


def test_the_written_types_are_current() -> None:
    """`python tools/web_types.py` writes them anew."""
    assert FILE.read_text("utf-8") == text()


def test_every_operation_with_a_name_is_there() -> None:
    """With what it takes and gives, and those that only read are named once more."""
    said = text()
    names = {kind.wire_name for kind in HANDLED if kind.wire_name}
    assert names and all(f'"{name}": {{ takes: ' in said for name in names)
    reading = said.partition("export type ReadingName")[2]
    assert '"chats.read"' in reading and '"chats.send"' not in reading


def test_every_kind_and_code_of_a_problem_is_a_word_of_the_page() -> None:
    """A code that is put together on the way has a hole where the rest comes."""
    said = text()
    assert all(f'"{kind.value}"' in said for kind in Kind)
    assert DRAINING in codes() and "model_not_found" in codes() and "`${string}_not_found`" in said


class Thing(msgspec.Struct, tag="thing"):
    name: str


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (str | None, "string | null"),
        (tuple[str, ...], "string[]"),
        (tuple[int | str, ...], "(number | string)[]"),
        (frozenset[bytes], "string[]"),
        (dict[str, Any], "Record<string, unknown>"),
        (Literal["a", "b"], '"a" | "b"'),
        (Thing, "Thing"),
        (Kind, " | ".join(f'"{kind.value}"' for kind in Kind)),
        (None, "null"),
    ],
)
def test_a_type_is_said_in_the_words_of_typescript(kind: Any, words: str) -> None:
    """As JSON has it: bytes are text, sets are lists."""
    assert written(kind) == words


def test_what_has_no_words_is_said() -> None:
    """A new kind of field cannot become a wrong type unseen."""
    with pytest.raises(SystemExit, match="no words"):
        written(complex)
