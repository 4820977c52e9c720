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
from parlance.watch import Observer


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


def test_work_and_what_was_not_found_are_told() -> None:
    """One line each."""
    assert levels_of("openai.chat", 200) == ["info"]
    assert levels_of("", 404) == ["info"]
