"""Sessions of the chatbot app are bounded, in number and in what guests keep."""

from __future__ import annotations

import itertools

import pytest

from parlance.core.chatbot import visits as module
from parlance.core.chatbot.visits import Visits, shortened
from parlance.testing.clocks import HandClock
from parlance.values.chatbot import Contents
from parlance.values.errors import Fault


def made(clock: HandClock | None = None) -> Visits:
    """Sessions with names that can be told apart."""
    numbers = itertools.count()
    return Visits(clock or HandClock(), lambda size: f"{next(numbers)}-{size}", 3600.0)


def test_whoever_was_here_longest_ago_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Guests do not push out those who are signed in."""
    monkeypatch.setattr(module, "MOST_GUESTS", 3)
    visits = made()
    person = visits.signed_in(visits.open(), "ada", b"k")
    first, second, third = (visits.open() for _ in range(3))
    assert visits.find(first.token) is first
    fourth = visits.open()
    assert visits.find(second.token) is None
    assert [visits.find(each.token) for each in (first, third, fourth, person)] == [first, third, fourth, person]
    assert len(visits) == 4


def test_a_sign_in_is_forgotten_with_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """When there are too many, when it is idle, and when it ends."""
    monkeypatch.setattr(module, "MOST_SIGNED_IN", 1)
    clock = HandClock()
    visits = made(clock)
    ada = visits.signed_in(visits.open(), "ada", b"k")
    bob = visits.signed_in(visits.open(), "bob", b"k")
    assert ada.key is None and visits.find(ada.token) is None and bob.key == b"k"
    clock.move(3601)
    assert visits.find(bob.token) is None and bob.key is None and len(visits) == 0
    eve = visits.signed_in(visits.open(), "eve", b"k")
    visits.close(eve.token)
    assert eve.key is None and visits.find(eve.token) is None
    visits.close("unknown")


def test_what_guests_keep_is_bounded_for_one_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest pairs go, then other sets, then what another guest has; nothing is counted twice or for ever."""
    monkeypatch.setattr(module, "MOST_OF_ONE", 100)
    monkeypatch.setattr(module, "MOST_OF_ALL", 150)
    visits = made()
    one, two = visits.open(), visits.open()
    visits.keep(one, "a", Contents("", None, tuple((f"{at:02}", "x" * 18) for at in range(50))))
    assert [pair[0] for pair in one.sets["a"].history] == ["45", "46", "47", "48", "49"] and visits.kept == 100
    visits.keep(one, "b", Contents("m" * 10))
    assert list(one.sets) == ["b"] and visits.kept == 10
    visits.keep(one, "b", Contents("m" * 90))
    visits.keep(two, "c", Contents("m" * 80))
    assert not one.sets and visits.kept == 80
    visits.close(two.token)
    assert visits.kept == 0
    visits.keep(two, "c", Contents("m"))
    assert visits.kept == 0 and not two.sets, "who was forgotten stays so"
    for at in range(40):
        visits.keep(one, f"s{at}", Contents("m"))
    assert len(one.sets) == module.MOST_GUEST_SETS


def test_the_newest_pair_is_always_kept() -> None:
    """However long it is."""
    assert shortened(Contents("", None, (("a", "b"), ("x" * 50, "y"))), 10).history == (("x" * 50, "y"),)


@pytest.mark.parametrize(("csrf", "code"), [(None, "csrf_missing"), ("", "csrf_invalid"), ("ünï", "csrf_invalid")])
def test_a_token_that_is_not_the_sessions_proves_nothing(csrf: str | None, code: str) -> None:
    """Nor does any without a session."""
    visits = made()
    visit = visits.open()
    for token in (visit.token, None, "unknown"):
        with pytest.raises(Fault) as refused:
            visits.proved(token, csrf)
        assert refused.value.code == code
    assert visits.proved(visit.token, visit.csrf) is visit
