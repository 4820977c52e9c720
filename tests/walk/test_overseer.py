"""An operator whom the settings let read what others keep: they read, it is written down, and that is all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.contract.described_accounts import PASSWORD, done
from tests.walk.asks import Route, Spot, ask, filled, routes, sample, spots
from tests.walk.rules import FOREIGN, OPERATOR, READ_FIRST, UNDER_WAY
from tests.walk.town import Person, Town, town

KEPT = ("chat", "turn", "folder", "share", "file")
"""Kinds of what users keep; their runs and the ledgers of these are not among them."""
NAMED = tuple(
    (route, spot)
    for route in routes()
    if route.refuses(OPERATOR) is None and route.name not in UNDER_WAY
    for spot in spots(route)
    if spot.kind in KEPT
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("overseen"), "[accounts]\noperators_read = true\n") as found:
        yield found


@pytest.fixture(scope="module")
def elsewhere(made: Town) -> Iterator[Person]:
    """An operator of the other tenant."""
    tenant = made.people[FOREIGN].tenant
    account = done(made.judge, "users.create", name="far off", password=PASSWORD, operates=True, tenant=tenant)
    person = Person(made.server, "far off", made.sign_in("far off"), account["id"], tenant)
    yield person
    person.session.close()


def overseen(made: Town) -> int:
    """How often it was written down that somebody read what another keeps."""
    with closing(made.database()) as database:
        found: int = database.execute("SELECT count(*) FROM audit_log WHERE act = 'chats_overseen'").fetchone()[0]
    return found


@pytest.mark.parametrize(("route", "spot"), NAMED, ids=[f"{route.name} {spot.name}" for route, spot in NAMED])
def test_an_overseer_reads_and_does_no_more(made: Town, elsewhere: Person, route: Route, spot: Spot) -> None:
    """What reads is served and written down; what changes anything, or puts a thing to a use, finds nothing; and
    nothing of another tenant is overseen."""
    taken, before = spots(route), overseen(made)
    mine = made.things(OPERATOR, *KEPT)
    own = filled(ask(route, sample(route, made.people[OPERATOR]), taken), taken, mine, but=spot, whole=False)
    asked = own.of(spot, made.theirs[spot.kind])
    answer = made.people[OPERATOR].call(asked.method, asked.path, **asked.sent())
    if route.reads:
        assert answer.status_code == 200, answer.text
        assert overseen(made) == before + 1
    else:
        reads = route.name in READ_FIRST
        assert answer.status_code == 404 or (reads and answer.status_code == 200), answer.text
        assert overseen(made) == before + reads
        made.forget(OPERATOR)
    assert elsewhere.call(asked.method, asked.path, **asked.sent()).status_code == 404
