"""A watched folder: what changed is brought over when it has come to rest, and trouble removes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parlance.cli.exits import Exit, Failure
from parlance.cli.folder import Found, Look
from parlance.cli.watching import LEAST_SECONDS, MOST_SECONDS, PATIENCE, Watch

AWAY = Failure("No server answers.", Exit.UNREACHABLE)


class Rig:
    """A folder and a server that the test moves by hand."""

    def __init__(self) -> None:
        self.files: dict[str, int] = {}
        self.gone = False
        self.device = 1
        self.answers: list[Any] = []
        self.rounds: list[tuple[list[str], bool, list[str]]] = []
        self.said: list[str] = []
        self.waits: list[float] = []
        self.furthers = 0
        self.now = 0.0
        self.takes = 0.0
        self.watch = Watch(self.look, self.sync, self.further, self.wait, self.said.append, lambda: self.now)

    def look(self) -> Look:
        """The files as they are now: a number is when each was written."""
        if self.gone:
            raise FileNotFoundError(2, "No such file or directory")
        found = [Found(Path(name), name, 1, (stamp, 1, 1)) for name, stamp in sorted(self.files.items())]
        return Look(found, {}, frozenset(), (self.device, 7))

    def sync(self, look: Look, prune: bool, restless: frozenset[str]) -> bool:
        """Note it, and answer as was laid out."""
        self.now += self.takes
        self.rounds.append(([file.name for file in look.files], prune, sorted(restless)))
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Failure):
            raise answer
        return bool(answer)

    def further(self) -> bool:
        """As with a round."""
        self.furthers += 1
        answer = self.answers.pop(0) if self.answers else True
        if isinstance(answer, Failure):
            raise answer
        return bool(answer)

    def wait(self, seconds: float) -> None:
        """Do not."""
        self.waits.append(seconds)
        if len(self.waits) == 3:
            raise KeyboardInterrupt

    def turns(self, count: int, prune: bool = True) -> list[tuple[list[str], bool, list[str]]]:
        """So many looks; gives the rounds that came of them."""
        before = len(self.rounds)
        for _ in range(count):
            self.watch.turn(prune)
        return self.rounds[before:]


def test_a_folder_at_rest_is_brought_over_once() -> None:
    """After two looks that saw the same."""
    rig = Rig()
    rig.files = {"a": 1}
    assert rig.turns(1) == []
    assert rig.turns(5) == [(["a"], True, [])]


def test_a_file_is_sent_when_it_was_written() -> None:
    """One that comes, and one that changes."""
    rig = Rig()
    rig.turns(3)
    for stamp in (1, 2, 3):
        rig.files["a"] = stamp
        assert rig.turns(1) == []
    assert rig.turns(3) == [(["a"], True, [])]


def test_a_file_that_is_always_written_holds_up_no_other() -> None:
    """It is left alone itself."""
    rig = Rig()
    rig.files = {"a": 1, "log": 0}
    seen = []
    for stamp in range(1, 3 * PATIENCE):
        rig.files["log"] = stamp
        seen += rig.turns(1)
    assert seen == [(["a", "log"], True, ["log"])]


def test_a_file_that_is_replaced_is_not_removed_in_between() -> None:
    """An editor takes it away and puts another there."""
    rig = Rig()
    rig.files = {"a": 1, "b": 1}
    rig.turns(3)
    del rig.files["a"]
    assert rig.turns(1) == []
    rig.files["a"] = 2
    assert rig.turns(3) == [(["a", "b"], True, [])]


def test_a_file_that_stays_away_is_told_as_gone() -> None:
    """From the second look without it on."""
    rig = Rig()
    rig.files = {"a": 1, "b": 1}
    rig.turns(3)
    del rig.files["a"]
    assert rig.turns(4) == [(["b"], True, [])]


def test_a_folder_that_vanishes_removes_nothing() -> None:
    """It is said once, and what changed meanwhile is brought over when it is back."""
    rig = Rig()
    rig.files = {"a": 1}
    rig.turns(3)
    rig.gone = True
    assert rig.turns(5) == [] and len(rig.said) == 1 and "Nothing is removed" in rig.said[0]
    rig.gone, rig.files = False, {"a": 2}
    assert rig.turns(4) == [(["a"], True, [])] and rig.said[1:] == ["The folder is there again."]
    rig.gone = True
    assert rig.turns(2) == [] and len(rig.said) == 3


def test_another_disk_in_its_place_removes_nothing() -> None:
    """New files are brought over all the same."""
    rig = Rig()
    rig.files = {"a": 1}
    rig.turns(3)
    rig.device, rig.files = 2, {"b": 1}
    assert rig.turns(4) == [(["b"], False, [])] and "nothing is removed" in rig.said[0]


def test_a_server_that_is_away_is_asked_again() -> None:
    """Less and less often, said once, until all is there."""
    rig = Rig()
    rig.files = {"a": 1}
    rig.turns(1)
    rig.answers = [AWAY, AWAY, False, *[AWAY] * 10]
    delays = [rig.watch.turn(False) for _ in range(13)]
    assert delays[:3] == [2 * LEAST_SECONDS, 4 * LEAST_SECONDS, 8 * LEAST_SECONDS] and delays[-1] == MOST_SECONDS
    assert len(rig.said) == 1
    assert rig.turns(3, prune=False) == [(["a"], False, [])]


@pytest.mark.parametrize("code", [Exit.NOT_PERMITTED, Exit.MISSING])
def test_what_no_later_attempt_mends_ends_it(code: Exit) -> None:
    rig = Rig()
    rig.turns(1)
    rig.answers = [Failure("It is gone.", code)]
    with pytest.raises(Failure, match="gone"):
        rig.turns(2)


def test_it_waits_between_looks_until_it_is_interrupted() -> None:
    rig = Rig()
    with pytest.raises(KeyboardInterrupt):
        rig.watch.run(False)
    assert all(each >= LEAST_SECONDS for each in rig.waits)


def test_a_long_round_holds_up_no_look() -> None:
    """What is looked at seldom is a folder that takes long to look at."""
    rig = Rig()
    rig.files, rig.takes = {"a": 1}, 600.0
    with pytest.raises(KeyboardInterrupt):
        rig.watch.run(False)
    assert len(rig.rounds) == 1 and set(rig.waits) == {LEAST_SECONDS}


def test_what_is_read_is_asked_after_at_every_look() -> None:
    """Where the server is away then, all is compared anew when it is back."""
    rig = Rig()
    rig.files = {"a": 1}
    assert len(rig.turns(2)) == 1 and rig.furthers == 0
    assert rig.turns(3) == [] and rig.furthers == 3
    rig.answers = [AWAY]
    assert rig.watch.turn(True) == 2 * LEAST_SECONDS and len(rig.said) == 1
    assert len(rig.turns(3)) == 1
