"""Asking again when the server says when."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parlance.cli.exits import Exit, Failure, ServerAway
from parlance.cli.patience import ATTEMPTS, FIRST_WAIT, LONGEST_WAIT, WAITS, lasting, patiently


class Server:
    """Refuses some times, then gives a word; notes how long it was waited for."""

    def __init__(self, refusals: int, retry_after: float | None, stops: bool = False) -> None:
        self._refusals: Iterator[int] = iter(range(refusals))
        self._retry_after, self._stops = retry_after, stops
        self.waits: list[float] = []

    def ask(self) -> str:
        if next(self._refusals, None) is not None:
            raise Failure("Too many requests.", status=429, retry_after=self._retry_after)
        return "word"

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        return self._stops


def test_a_server_that_names_a_time_is_asked_again_after_it() -> None:
    """Never later than somebody in front of it would bear."""
    soon, late = Server(2, 1.5), Server(1, 1e6)
    assert patiently(soon.ask, soon.wait) == patiently(late.ask, late.wait) == "word"
    assert soon.waits == [1.5, 1.5] and late.waits == [LONGEST_WAIT]


@pytest.mark.parametrize(
    ("server", "waited"),
    [(Server(1, None), 0), (Server(ATTEMPTS, 1.0), ATTEMPTS - 1), (Server(9, 1.0, stops=True), 1)],
    ids=["no time", "again and again", "stopped"],
)
def test_it_is_given_up_where_asking_again_is_of_no_use(server: Server, waited: int) -> None:
    with pytest.raises(Failure, match="Too many requests"):
        patiently(server.ask, server.wait)
    assert len(server.waits) == waited


@pytest.mark.parametrize("failure", [ServerAway("It broke off."), Failure("Bad gateway.", status=502)])
def test_a_server_that_went_away_is_waited_for(failure: Failure) -> None:
    """Some minutes in all; what it refuses is not asked again."""
    said, waits, left = list[str](), list[float](), [failure] * 2

    def act() -> str:
        if left:
            raise left.pop()
        return "word"

    assert lasting(act, said.append, waits.append) == "word" and len(said) == len(waits) == 2
    left += [failure] * (WAITS + 1)
    with pytest.raises(Failure) as caught:
        lasting(act, said.append, waits.append)
    assert caught.value is failure and max(waits) == LONGEST_WAIT and sum(waits) < 600
    left += [Failure("No.", Exit.NOT_PERMITTED, 403)]
    with pytest.raises(Failure, match="No"):
        lasting(act, said.append, waits.append)
    assert len(said) == 2 + WAITS


def test_what_goes_on_between_outages_is_waited_for_without_end() -> None:
    """The waits begin anew with what was done; those in a row without it are counted."""
    waits, attempts = list[float](), list[int]()

    def act() -> str:
        attempts.append(len(attempts))
        if len(attempts) <= 5 * WAITS:
            raise ServerAway("It broke off.")
        return "word"

    assert lasting(act, str, waits.append, lambda: len(attempts)) == "word" and max(waits) == FIRST_WAIT
    attempts.clear()
    with pytest.raises(ServerAway):
        lasting(act, str, waits.append, lambda: min(len(attempts), 3))
    assert len(attempts) == 3 + WAITS
