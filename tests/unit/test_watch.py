"""What an operator reads of the requests: those that asked for work, and those that went wrong."""

from __future__ import annotations

import io
import json

import pytest

from parlance.observe.levels import Levels
from parlance.observe.logging import Logging
from parlance.observe.metrics import Metrics
from parlance.observe.redaction import Redactor
from parlance.transports.http.gateway import Answered
from parlance.values.time import SystemClock
from parlance.watch import MOST_LEARNT, Observer


def levels_of(row: str, status: int) -> list[str]:
    """The levels of the lines that one answered request leaves."""
    out = io.BytesIO()
    redactor = Redactor(())
    logging = Logging(out.write, SystemClock(), format="json", levels=Levels.parse("debug"), redactor=redactor)
    Observer(logging, Metrics(redactor.redact), redactor).answered(
        Answered("r", "default", "native", row, "GET", "/", status, 0.1, 2, False, False, "127.0.0.1")
    )
    logging.close()
    return [json.loads(line)["level"] for line in out.getvalue().splitlines()]


@pytest.mark.parametrize("row", ["health", "ready", "metrics", "icon", "face", "guide.index", "guide.native.page"])
def test_what_is_asked_by_machines_or_never_changes_is_for_debugging(row: str) -> None:
    """Unless it failed."""
    assert levels_of(row, 200) == ["debug"]
    assert levels_of(row, 503) == ["info"]


@pytest.mark.parametrize("row", ["documents.read", "evaluations.read"])
def test_what_is_asked_until_something_is_done_is_for_debugging(row: str) -> None:
    """A folder of documents would fill the log with it, and say nothing. What went wrong is told."""
    assert levels_of(row, 200) == ["debug"]
    assert levels_of(row, 404) == ["info"]


def test_work_and_what_was_not_found_are_told() -> None:
    """One line each."""
    assert levels_of("openai.chat", 200) == ["info"]
    assert levels_of("", 404) == ["info"]


def test_a_secret_that_comes_later_is_seen_nowhere_from_then_on() -> None:
    """Beside those of the settings, and also when another came after it; words that only stand in for a key stay."""
    out = io.BytesIO()
    redactor = Redactor(["configured-secret"])
    logging = Logging(out.write, SystemClock(), format="json", levels=Levels.parse("debug"), redactor=redactor)
    watcher = Observer(logging, Metrics(redactor.redact), redactor)
    watcher.learn(["added-later-0123", "none"])
    watcher.learn(["added-later-0123"])
    watcher.learn(["added-last-4567"])
    said = "The keys configured-secret, added-later-0123 and added-last-4567 are none of yours."
    watcher.log("test").info(said)
    logging.close()
    for told in (out.getvalue().decode(), watcher.clean(said) or ""):
        assert told.count("[redacted]") == 3 and "none of yours" in told
        assert "secret," not in told and "0123" not in told and "4567" not in told


@pytest.mark.slow
def test_secrets_that_come_and_go_do_not_pile_up() -> None:
    """The oldest are forgotten."""
    redactor = Redactor()
    logging = Logging(io.BytesIO().write, SystemClock(), format="json", levels=Levels.parse("debug"), redactor=redactor)
    watcher = Observer(logging, Metrics(redactor.redact), redactor)
    watcher.learn(f"secret-number-{number}-of-many" for number in range(MOST_LEARNT + 1))
    logging.close()
    assert "number-0-of" in (watcher.clean("It is secret-number-0-of-many it says") or "")
    assert "number-1-of" not in (watcher.clean("It is secret-number-1-of-many it says") or "")
