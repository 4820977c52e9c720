"""The page's benchmark without a browser: its chat, its table, and the section that it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import page_chat, table
from benchmarks.page import BUDGETS, Figures
from benchmarks.page_measures import Grown, pace


def test_the_long_chat_is_one_line_of_questions_and_answers() -> None:
    (chat,) = json.loads(page_chat.export(2_000))
    mapping = chat["mapping"]
    at, seen = chat["current_node"], []
    while mapping[at]["message"]:
        seen.append(mapping[at]["message"]["author"]["role"])
        at = mapping[at]["parent"]
    assert seen == ["assistant", "user"] * 1_000


def test_the_long_answer_is_as_long_as_it_is_asked_for_and_of_all_kinds() -> None:
    answer = page_chat.answer(100_000)
    assert 100_000 <= len(answer) < 101_000
    assert all(sign in answer for sign in ("```python", "| leaf |", "\n- ", "## ", "> "))


def test_the_best_of_the_rounds_is_judged() -> None:
    figures = Figures()
    for value in (400.0, 280.0, 350.0):
        figures.put("open", value)
    figures.put("scroll", 51.0)
    head, opened, scrolled = list(figures.lines())
    assert head[-1] == "Parlance"
    assert opened[2:] == ["≤ 300 ms", "met (93%)", "280"]
    assert scrolled[2:] == ["≤ 50 ms", "missed (102%)", "51"]
    assert figures.missed() == [each.what for each in BUDGETS if each.key == "scroll"]


def test_the_sections_of_the_page_of_figures_are_written_apart(tmp_path: Path) -> None:
    """Each run leaves what the other one wrote."""
    file = tmp_path / "benchmarks.md"
    assert table.kept(file) == ""
    file.write_text("# What it costs\n\nOne table.\n")
    table.write_page(file, "a machine", "| one |")
    table.write_page(file, "another machine", "| two |")
    text = file.read_text()
    assert text.startswith("# What it costs\n\nOne table.\n")
    assert "Machine: another machine." in text and "| two |" in text
    assert "| one |" not in text
    assert "# What it costs\n\nOne table.\n" + table.kept(file) == text


def test_the_pace_of_an_answer_is_work_over_frames() -> None:
    looks = [Grown(at * 100, at * 10, at * 50.0 + max(0, at - 79) * 20, at * 200.0, at == 100) for at in range(101)]
    found = pace(looks)
    assert (found.first_work, found.first_frame) == (5.0, 20.0)
    assert found.last_work == 7.0
    with pytest.raises(ValueError, match="too fast"):
        pace(looks[-1:])
