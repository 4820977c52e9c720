"""A server that says when it wants to be asked again is asked again then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from parlance.cli.exits import Failure, ServerAway

ATTEMPTS = 6
LONGEST_WAIT = 60.0
"""Seconds to wait, at most, whatever the server says."""
WAITS = 10
FIRST_WAIT = 2.0
"""Seconds; each next one is twice as long, up to the longest: six minutes in all, as long as a server takes to be
brought up to date and started again."""
AWAY = frozenset({502, 503, 504})
"""What is answered in place of a server that is not there, or ends."""
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


def is_away(failure: Failure) -> bool:
    """Whether the server itself is not there just now."""
    return isinstance(failure, ServerAway) or failure.status in AWAY


def lasting(
    act: Callable[[], T],
    say: Callable[[str], object],
    wait: Callable[[float], object] = time.sleep,
    progress: Callable[[], int] = lambda: 0,
) -> T:
    """What `act` gives, begun anew when a server that was there has gone away, up to `WAITS` times in a row without
    `progress`, a number that grows with what has been done. Raises Failure: the last one, or the first of another
    kind."""
    number, done = 0, progress()
    while True:
        try:
            return act()
        except Failure as failure:
            before, done = done, progress()
            number = number if done == before else 0
            if number == WAITS or not is_away(failure):
                raise
        say("The server went away, and is waited for. Ctrl-C ends that; the same command goes on later.")
        wait(min(FIRST_WAIT * 2.0**number, LONGEST_WAIT))
        number += 1
