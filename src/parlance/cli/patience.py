"""A server that says when it wants to be asked again is asked again then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from parlance.cli.exits import Failure

ATTEMPTS = 6
LONGEST_WAIT = 60.0
"""Seconds to wait, at most, whatever the server says."""
T = TypeVar("T")


def patiently(ask: Callable[[], T], wait: Callable[[float], object] = time.sleep) -> T:
    """What `ask` gives, tried up to `ATTEMPTS` times. `wait` takes seconds; where it gives something true, it is not
    tried again. Raises Failure: the last one, or the first that names no time."""
    for left in reversed(range(ATTEMPTS)):
        try:
            return ask()
        except Failure as failure:
            if failure.retry_after is None or not left or wait(min(failure.retry_after, LONGEST_WAIT)):
                raise
    raise AssertionError("the last attempt gives or raises")
