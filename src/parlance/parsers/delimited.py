"""Tables as text (CSV, TSV): whole rows, the first as the head."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from parlance.parsers.draft import Draft
from parlance.parsers.encodings import words_of
from parlance.parsers.problems import problem
from parlance.ports.parsing import MOST_TEXT, ParseHints, Progress
from parlance.values.knowledge import Parsed

_DELIMITERS = ",;\t|"
SAMPLE_LINES = 20


class Delimited:
    """Reads tables whose cells are parted by a comma, a semicolon, a tab or a bar."""

    media_types = frozenset({"text/csv", "text/tab-separated-values"})
    suffixes = frozenset({".csv", ".tsv", ".tab"})

    def parse(self, content: Path, *, hints: ParseHints, progress: Progress) -> Parsed:
        """One table."""
        if content.stat().st_size > MOST_TEXT * 4:
            raise problem("text_too_long")
        text, remark = words_of(content.read_bytes())
        draft = Draft()
        draft.remark(remark)
        try:
            draft.table(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text)))
        except csv.Error:
            raise problem("damaged_file", "A cell of this table is never closed.") from None
        progress(1, 1)
        return draft.finish()


def delimiter(text: str) -> str:
    """What parts the cells: what stands equally often in the first lines, and most often."""
    lines = text.split("\n", SAMPLE_LINES)[:SAMPLE_LINES]
    lines = [line for line in lines if line.strip()]

    def fitness(mark: str) -> tuple[bool, int]:
        counts = [line.count(mark) for line in lines]
        return (bool(counts) and min(counts) == max(counts) > 0, sum(counts))

    return max(_DELIMITERS, key=fitness)
