"""What `parlance index` says of a folder that is watched."""

from __future__ import annotations

from parlance.cli.folder_outcome import Told
from parlance.cli.index_told import HALF_READ, Retelling

BROKEN = Told("broken.docx", "failed", "It cannot be read.", "d1")


def test_what_cannot_be_read_is_named_once_while_a_folder_is_watched() -> None:
    """And again where another reason is told, or after it was well; what was done is always told."""
    rounds = Retelling()
    counts, *lines = rounds.new([BROKEN, Told("a.md", "unchanged")], 0)
    assert "1 failed" in counts and lines == ["failed    broken.docx (document d1): It cannot be read."]
    assert rounds.new([BROKEN, Told("a.md", "unchanged")], 0) == []
    counts, *lines = rounds.new([BROKEN, Told("b.md", "added")], 0)
    assert counts.startswith("1 added") and lines == []
    assert rounds.new([BROKEN, Told("c.md", "added")], 0) == [counts]
    assert len(rounds.new([BROKEN._replace(reason="It is empty.")], 0)) == 2
    assert len(rounds.new([Told("broken.docx", "unchanged")], 0)) == 1
    assert len(rounds.new([BROKEN], 0)) == 2


def test_what_is_still_being_read_is_told_when_its_number_changes() -> None:
    rounds = Retelling()
    assert rounds.new([], 2)[0].endswith("2 being read")
    assert rounds.new([], 2) == [] and rounds.new([], 1)[0].endswith("1 being read")


def test_many_that_were_read_in_part_are_counted_once() -> None:
    """Also those that no line names."""
    rounds, half = Retelling(), [Told(f"{n}.pdf", "unchanged", "No OCR.", partly=True) for n in range(HALF_READ + 1)]
    assert len(rounds.new(half, 0)) == 1 + HALF_READ + 1 and rounds.new(half, 0) == []
    [_, line] = rounds.new([*half, Told("new.pdf", "unchanged", "No OCR.", partly=True)], 0)
    assert "new.pdf" in line
