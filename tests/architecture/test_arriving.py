"""No read of chats forgets that some are only on their way in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.sources import Source, package, show

FOLDER = "stores/sql/"
READS = re.compile(r"\b(?:FROM|JOIN|join\?) chats\b")
CHANGES = re.compile(r"^\s*(?:INSERT|UPDATE|DELETE|AND EXISTS)\b|^(?:chat|folder) IN ")
"""What changes chats has been told which, by somebody who has seen them; or is meant for all of a user's."""
NAMED = ("{HERE}", "arriving")


def reads(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """The texts that read from the table of chats, with what is filled in as its name in braces."""
    inner = {id(each) for node in source.nodes if isinstance(node, ast.JoinedStr) for each in node.values}
    for node in source.nodes:
        text = ""
        if isinstance(node, ast.JoinedStr):
            text = "".join(
                str(each.value) if isinstance(each, ast.Constant) else f"{{{ast.unparse(each)}}}"
                for each in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            text = node.value
        if READS.search(re.sub(r"\{join\}", "JOIN", text)) and not CHANGES.search(text):
            yield node, text


def findings(source: Source) -> Iterator[str]:
    """Reads that would show half of a chat."""
    for node, text in reads(source):
        if not any(name in text for name in NAMED):
            yield source.at(node, f"reads chats without {NAMED[0]} (stores/sql/chats.py)")


@pytest.mark.slow
def test_no_read_shows_half_of_a_chat() -> None:
    stores = [source for source in package() if source.inner.startswith(FOLDER) and "/migrations/" not in source.inner]
    assert sum(1 for source in stores for _ in reads(source)) >= 8
    show(finding for source in stores for finding in findings(source))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('SQL = f"SELECT {COLUMNS} FROM chats WHERE tenant = :tenant AND {where}"', 1),
        ('SQL = f"SELECT {COLUMNS} FROM turns JOIN chats ON chats.id = turns.chat WHERE {HERE}"', 0),
        ('SQL = "DELETE FROM turns WHERE chat IN (SELECT id FROM chats WHERE user_id = :user)"', 0),
        ('SQL = "SELECT COUNT(*) FROM chats"', 1),
    ],
)
def test_a_read_that_does_is_found(text: str, found: int) -> None:
    assert len(list(findings(Source("src/parlance/stores/sql/made_up.py", text + "\n")))) == found
