"""Downloads show as bars on a terminal and as plain lines elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from parlance.cli.exits import Failure
from parlance.cli.progress import SECOND, Progress, follow

LAYER: dict[str, Any] = {"status": "pulling 6a0746a1ec1a", "digest": "sha256:6a07", "total": 4_000_000_000}


class Screen:
    """What was written, and a clock that only the test moves."""

    def __init__(self) -> None:
        self.text = ""
        self.now = 0

    def write(self, text: str) -> None:
        """Take text."""
        self.text += text

    def clock(self) -> int:
        """Nanoseconds."""
        return self.now

    @property
    def bars(self) -> list[str]:
        """Every state of the line that is drawn over and over."""
        return self.text.split("\r\x1b[K")


def test_of_things_the_rest_is_guessed_at_only_when_enough_are_done() -> None:
    """Eighteen documents never tell a time: one of them may take as long as all others. No bytes stand there."""
    screen = Screen()
    progress = Progress(screen.write, screen.clock, terminal=True, columns=60)
    few: dict[str, Any] = {"status": "reading", "counted": True, "completed": 0, "total": 18}
    for done in range(19):
        screen.now += 3 * SECOND
        progress.step(few | {"completed": done})
    bars = screen.bars[1:]
    assert [bar.rpartition("▏")[2].strip() for bar in bars] == [f"{done}/18" for done in range(19)]
    many = few | {"status": "more", "total": 300}
    for done in (0, 19, 29, 30):
        progress.step(many | {"completed": done})
        screen.now += 10 * SECOND
    assert [bar.rpartition("▏")[2].strip() for bar in screen.bars[-4:]] == [
        "0/300",
        "19/300",
        "29/300",
        "30/300  4m30s",
    ]


def test_a_file_gets_one_line_for_each_step() -> None:
    """However often the bytes grow, and nothing that commands a terminal."""
    screen = Screen()
    progress = Progress(screen.write, screen.clock, terminal=False)
    for step in ({"status": "pulling manifest"}, LAYER, LAYER | {"completed": 7}, {"status": "success"}, {}):
        progress.step(step)
    progress.close()
    assert screen.text == "pulling manifest\npulling 6a0746a1ec1a\nsuccess\n"


def test_a_terminal_gets_a_bar_with_rate_and_rest() -> None:
    """It fills the width, is drawn at most twenty times a second, and stays when the next step begins."""
    screen = Screen()
    progress = Progress(screen.write, screen.clock, terminal=True, columns=80)
    progress.step(LAYER)
    progress.step(LAYER | {"completed": 1})
    screen.now = 2 * SECOND
    progress.step(LAYER | {"completed": 1_000_000_000})
    progress.step(LAYER | {"completed": 4_000_000_000})
    progress.step({"status": "success"})
    _, first, second, last = screen.bars
    assert first.startswith("pulling 6a0746a1ec1a:   0% ▕ ")
    assert second.startswith("pulling 6a0746a1ec1a:  25% ▕█") and second.endswith("▏ 1 GB/4 GB  500 MB/s  6s")
    assert last.endswith("█▏ 4 GB\nsuccess\n")
    assert {len(first), len(second), len(last.partition("\n")[0])} == {79}


def test_a_narrow_terminal_gets_figures_without_a_bar() -> None:
    """No line is longer than the terminal."""
    screen = Screen()
    progress = Progress(screen.write, screen.clock, terminal=True, columns=30)
    progress.step(LAYER | {"completed": 1_000_000_000})
    assert screen.bars[1] == "pulling 6a0746a1ec1a:  25% 1 "
    progress.close()
    assert screen.text.endswith("\n")


def test_a_download_that_never_says_success_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    """A stream that ends early looks like any other end."""
    with pytest.raises(Failure, match="broke off"):
        follow(iter([{"status": "pulling manifest"}]), lambda: 0)
    assert capsys.readouterr().err == "pulling manifest\n"


def test_json_hands_the_steps_on(capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line, and nothing else."""
    follow(iter([LAYER, {"status": "success"}]), lambda: 0, as_json=True)
    written = capsys.readouterr()
    assert [json.loads(line)["status"] for line in written.out.splitlines()] == [LAYER["status"], "success"]
    assert written.err == ""
