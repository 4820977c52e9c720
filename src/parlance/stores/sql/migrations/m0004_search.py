"""The index of words on SQLite knows how words begin, so that a word that is still being typed is found as quickly as
a whole one. Words begin with two letters of ours: 4 to 6 are two to four of theirs, or one letter beyond ASCII.
"""

from __future__ import annotations

_NOTHING = "SELECT 1"


def _sqlite(step: str) -> dict[str, str]:
    return {"sqlite": step, "postgres": _NOTHING, "mysql": _NOTHING}


STEPS = (
    _sqlite("DROP TABLE IF EXISTS turn_words"),
    _sqlite(
        "CREATE VIRTUAL TABLE IF NOT EXISTS turn_words USING fts5"
        "(words, content='turn_texts', content_rowid='number', prefix='4 5 6',"
        " tokenize='unicode61 remove_diacritics 0')"
    ),
    _sqlite("INSERT INTO turn_words (turn_words) VALUES ('rebuild')"),
)
