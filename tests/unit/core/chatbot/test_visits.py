"""Sessions of the chatbot app: what they are sealed with, what proves them, and how much a guest keeps."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from parlance.core.chatbot import visits as module
from parlance.core.chatbot.visits import Decide, Visit, Visits, shortened, with_set
from parlance.stores.volatile.visits import MemoryVisits
from parlance.testing.clocks import HandClock
from parlance.values.chatbot import Contents
from parlance.values.errors import Fault
from parlance.vault.fernet import FernetCipher


def made(records: MemoryVisits | None = None) -> Visits:
    """Sessions with names that can be told apart."""
    numbers = itertools.count()
    return Visits(records or MemoryVisits(HandClock(), 3600.0), FernetCipher(), lambda size: f"{next(numbers)}-{size}")


def always(contents: Contents) -> Decide:
    """These, whatever there was."""
    return lambda _: contents


async def test_who_has_all_records_has_nothing_of_anybody() -> None:
    """Neither cookie nor token nor key nor a word stands in a record or its name; another cookie opens none."""
    records = MemoryVisits(HandClock(), 3600.0)
    visits = made(records)
    ada = await visits.signed_in(await visits.open(), "ada", b"the key to all")
    guest = await visits.open()
    await visits.change(guest, "s", always(Contents("a guest's memory")))
    names = [*records._people, *records._guests]
    held = "".join(names).encode() + b"".join([(await records.get(name)).sealed for name in names])  # type: ignore[union-attr]
    for secret in (ada.token, ada.csrf, "ada", "the key to all", guest.token, guest.csrf, "a guest's memory"):
        assert secret.encode() not in held
    other, hers = list(records._guests), list(records._people)
    records._people[hers[0]], records._guests[other[0]] = records._guests[other[0]], records._people[hers[0]]
    assert await visits.find(ada.token) is None and await visits.find(guest.token) is None


async def test_a_sign_in_has_another_cookie_and_token_and_ends_what_was_before() -> None:
    """Whoever knew those of the guest's session has nothing of the one that is signed in."""
    visits = made()
    before = await visits.open()
    ada = await visits.signed_in(before, "ada", b"k")
    assert not {ada.token, ada.csrf, ada.guest} & {before.token, before.csrf, before.guest}
    assert await visits.find(before.token) is None
    assert await visits.find(ada.token) == Visit(ada.token, ada.csrf, ada.guest, "ada", b"k", {}, 1)
    await visits.close(ada.token)
    assert await visits.find(ada.token) is None
    await visits.close("unknown")
    await visits.close(None)


async def test_what_a_guest_does_at_once_is_all_kept() -> None:
    """Each change is decided on what the one before left, however old the session is that it began with."""
    visits = made()
    guest = await visits.open()

    def added(at: int, before: Contents) -> Contents:
        return Contents(history=(*before.history, (str(at), "a")))

    for at in range(5):
        await visits.change(guest, "s", partial(added, at))
    now = await visits.find(guest.token)
    assert now is not None and [said for said, _ in now.sets["s"].history] == list("01234")


async def test_what_is_decided_after_the_session_ended_is_kept_nowhere() -> None:
    """It is answered all the same, and the session stays ended."""
    visits = made()
    guest = await visits.open()
    await visits.close(guest.token)
    assert await visits.change(guest, "s", always(Contents("m"))) == Contents("m")
    assert await visits.find(guest.token) is None


async def test_a_guest_who_is_always_too_late_is_told() -> None:
    """Another request of theirs was quicker, twenty times."""

    class Late(MemoryVisits):
        async def put(self, name: str, sealed: bytes, *, guest: bool, version: int = 0) -> bool:
            return version == 0 and await super().put(name, sealed, guest=guest)

    visits = made(Late(HandClock(), 3600.0))
    with pytest.raises(Fault, match="keeps changing"):
        await visits.change(await visits.open(), "s", always(Contents("m")))


def test_what_a_guest_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest pairs of the set go, then the other sets, those that were changed longest ago first."""
    monkeypatch.setattr(module, "MOST_OF_ONE", 100)
    sets = with_set({}, "a", Contents("", None, tuple((f"{at:02}", "x" * 18) for at in range(50))))
    assert [pair[0] for pair in sets["a"].history] == ["45", "46", "47", "48", "49"]
    sets = with_set(with_set(sets, "b", Contents("m" * 10)), "c", Contents("m" * 80))
    assert list(sets) == ["b", "c"]
    sets = with_set(with_set(sets, "b", Contents("m" * 11)), "d", Contents("m" * 50))
    assert list(sets) == ["b", "d"]
    for at in range(40):
        sets = with_set(sets, f"s{at}", Contents("m"))
    assert list(sets) == [f"s{at}" for at in range(40 - module.MOST_GUEST_SETS, 40)]


def test_the_newest_pair_is_always_kept() -> None:
    """However long it is."""
    assert shortened(Contents("", None, (("a", "b"), ("x" * 50, "y"))), 10).history == (("x" * 50, "y"),)


@pytest.mark.parametrize(("csrf", "code"), [(None, "csrf_missing"), ("", "csrf_invalid"), ("ünï", "csrf_invalid")])
async def test_a_token_that_is_not_the_sessions_proves_nothing(csrf: str | None, code: str) -> None:
    """Nor does any without a session."""
    visits = made()
    visit = await visits.open()
    for token in (visit.token, None, "unknown", "\udc80"):
        with pytest.raises(Fault) as refused:
            await visits.proved(token, csrf)
        assert refused.value.code == code
    assert (await visits.proved(visit.token, visit.csrf)).guest == visit.guest
