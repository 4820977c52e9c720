"""The role walk: every route of every dialect as everybody, with one's own ids, another's, and such as there are not.

A route that is added is walked by itself: what is sent comes from the dialects' tables and from the samples of
`tests/contract/described*.py`, what must come back from `tests/walk/rules.py`.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

import pytest

from parlance.core.accounts.operations import SignIn
from parlance.core.chat.chat_operations import ReadChat
from parlance.core.operation import Named, Operation
from parlance.core.runs.registry import KEEP_SECONDS
from parlance.dialects.table import Do, Reply, Request, Row
from tests.contract.described import PATIENCE, Good
from tests.contract.described_accounts import ACCOUNTS
from tests.walk.asks import UNKNOWN, Ask, Route, Spot, ask, filled, routes, sample, spots, texts, unruled, unruled_of
from tests.walk.rules import (
    ADMIN,
    FIRST_ONLY,
    FOREIGN,
    FOREIGN_ADMIN,
    GUEST,
    KEY,
    KNOWN,
    NAMES_TOO,
    OPERATOR,
    OTHER,
    PRIVATE,
    RIGHTS,
    SOUGHT,
    UNDER_WAY,
    USER,
)
from tests.walk.town import MAKERS, MARK, Frozen, Person, Town, town

NO_ID = "none"
CLOSED = tuple(route for route in routes() if not route.public)
OPEN = tuple(route for route in routes() if route.row.open)
BROKEN = (b"", b"{", b"[]", b'"x"', b"\xff\xfe", b'{"a":' * 100, b'{"limit": "many", "chat": 7, "items": {}}')
"""Bodies that no route takes."""
MOST = str(10**13)
"""Bytes that no route takes."""
OF_ADMINS = {*ACCOUNTS, "storage.read"}
"""What a tenant's admins do, and its other people do not."""
NO_SECRETS = ("tenant", "workspace")
"""Kinds whose ids are guessed at once: a tenant's is a name of the settings, or a small number."""
OWNERS = (OTHER, FOREIGN, ADMIN, FOREIGN_ADMIN, OPERATOR)
"""Who has things of their own beside the user."""

walked = pytest.mark.parametrize("route", CLOSED, ids=[route.name for route in CLOSED])
Heard = tuple[int, tuple[tuple[str, str], ...], str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("walk")) as found:
        yield found


@pytest.fixture(scope="module")
def samples(made: Town) -> Mapping[str, Good]:
    """A sound call of every route, made by somebody who may do everything."""
    return {route.name: sample(route, made.judge) for route in CLOSED}


@pytest.fixture(scope="module")
def frozen(made: Town, samples: Mapping[str, Good]) -> Iterator[Frozen]:
    """The database when all that is needed is there, and nobody writes any more."""
    for who in OWNERS:
        made.things(who, *kinds_of(who))
    made.settle()
    with closing(made.database()) as database:
        yield Frozen(made, database)


async def unanswered(request: Request, do: Do) -> Reply:
    """What a row of nobody's answers."""
    return Reply()


class ReadSecret(Operation[None], frozen=True):
    """Names a thing of a kind that no rule knows."""

    names = (Named("secret", "secret"),)

    secret: str


def kinds_of(who: str) -> tuple[str, ...]:
    """The kinds of things that somebody can have."""
    administers, operates = who in (ADMIN, FOREIGN_ADMIN), who == OPERATOR
    return tuple(
        kind
        for kind, whose in RIGHTS.items()
        if USER in whose or (administers and kind != "connection") or (operates and who in whose)
    )


def heard(person: Person, asked: Ask, *ids: str, **headers: str) -> Heard:
    """What somebody hears, without what differs between any two answers and without the ids that were asked for."""
    answer = person.call(asked.method, asked.path, **asked.sent(**{"x-request-id": "walk", **headers}))
    kept = {name.lower(): value for name, value in answer.headers.items()}
    for differs in ("date", "content-length"):  # the length of an id that is said back; the text is compared whole
        kept.pop(differs, None)
    text = answer.text
    for id in ids:
        text = text.replace(id, "…")
    return answer.status_code, tuple(sorted(kept.items())), text


def test_every_route_has_a_rule() -> None:
    """Each row says who may call it, and how it is called well; a new one that does not is named here."""
    sentences = list(unruled())
    for kind in sorted(set(RIGHTS) ^ set(MAKERS)):
        sentences.append(f"A {kind} lacks a maker in tests/walk/town.py, or a rule in RIGHTS of tests/walk/rules.py.")
    assert not sentences, "\n" + "\n".join(sentences)


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (Row("GET", "/new", "new", unanswered, (), "", open=True), "PUBLIC"),
        (Row("POST", "/new", "new", unanswered, (SignIn,), "", takes=SignIn, anyone=True), "described"),
        (Row("GET", "/new", "new", unanswered, (), ""), "FOR_ALL_KNOWN"),
        (Row("GET", "/new/{id}", "new", unanswered, (ReadChat,), ""), "PLACES"),
        (Row("GET", "/new", "new", unanswered, (ReadSecret,), "", queries=(("secret", ""),)), "RIGHTS"),
    ],
    ids=["open", "without a sample", "without an operation", "id of no place", "unknown kind"],
)
def test_a_new_route_without_a_rule_is_named(row: Row, word: str) -> None:
    """The sentence says which row it is, and where its rule belongs."""
    sentences = list(unruled_of(Route("native", row)))
    assert any("native new" in sentence and word in sentence for sentence in sentences), sentences


@walked
def test_nobody_is_refused_before_anything_is_read(
    made: Town, samples: Mapping[str, Good], frozen: Frozen, route: Route
) -> None:
    """401 for a sound request, a foreign id, a broken body and one that is too large; always in the same bytes."""
    taken = spots(route)
    sound = ask(route, samples[route.name], taken)
    unknown = filled(sound, taken, {})
    asks = [sound, unknown, filled(sound, taken, made.theirs), unknown._replace(query={"limit": "x", "after": "\x00"})]
    if route.row.body != "none":
        asks += [unknown.of_body(body) for body in BROKEN]
    shown: tuple[dict[str, str], ...] = (
        {},
        {"authorization": "Bearer sk-nobody"},
        {"authorization": f"Bearer {made.over}"},
    )
    for credential in (*shown, {"cookie": f"parlance_session={made.over}"}):
        answers = {heard(made.nobody, each, **credential) for each in asks}
        assert {answer[0] for answer in answers} == {401} and len(answers) == 1, (credential, answers)
    at_the_door = unknown._replace(path=unknown.path.removeprefix(f"/as/{route.dialect}"))
    assert heard(made.nobody, at_the_door)[0] == status_of_a_huge_one(made, unknown) == 401
    assert frozen.changed() == []


def status_of_a_huge_one(made: Town, asked: Ask) -> int:
    """The status by which a head is answered that announces more than anybody takes."""
    with closing(http.client.HTTPConnection("127.0.0.1", made.server.port, timeout=PATIENCE)) as connection:
        connection.putrequest(asked.method, asked.path)
        connection.putheader("content-length", MOST)
        connection.endheaders()
        return connection.getresponse().status


@walked
def test_a_stranger_learns_and_changes_nothing(
    made: Town, samples: Mapping[str, Good], frozen: Frozen, route: Route
) -> None:
    """403 for whoever lacks the role, whatever is named; else for each id that is another's the very answer that an id
    of nothing gets, whatever else the request names."""
    taken = spots(route)
    sound = ask(route, samples[route.name], taken)
    for who in KNOWN:
        person = made.people[who]
        if refusal := route.refuses(who):
            answers = {heard(person, filled(sound, taken, ids)) for ids in (made.theirs, {})}
            assert {answer[0] for answer in answers} == {refusal} and len(answers) == 1, (who, answers)
        for spot in () if refusal else taken:
            own = filled(sound, taken, made.of(who), whole=False, but=spot)
            if status := route.lacks(who, spot):
                stranger_at(made, who, own, spot, status)
            if spot.kind == "run" and who not in (USER, KEY):  # that of an answer in a chat, which is found in its turn
                stranger_at(made, who, own, spot._replace(kind="ledger"), status or 404)
        assert frozen.changed() == [], who


def stranger_at(made: Town, who: str, own: Ask, spot: Spot, status: int) -> None:
    """Hold what somebody hears who puts an id of the user's into a request that otherwise names only what is theirs."""
    theirs = made.theirs[spot.kind]
    for accept in ("*/*", "text/event-stream"):
        ids = (theirs, UNKNOWN, NO_ID)
        answers = {id: heard(made.people[who], own.of(spot, id), id, accept=accept) for id in ids}
        assert answers[theirs] == answers[UNKNOWN] == answers[NO_ID], (who, spot, answers)
        assert answers[theirs][0] == status, (who, spot, answers)
    if spot.many:
        mixed = own._replace(body={**own.body, spot.name: [made.of(who).get(spot.kind, UNKNOWN), theirs]})
        assert heard(made.people[who], mixed, accept=accept) == answers[UNKNOWN], (who, spot)


@pytest.mark.parametrize("route", OPEN, ids=[route.name for route in OPEN])
def test_what_is_open_shows_nobody_anything(made: Town, frozen: Frozen, route: Route) -> None:
    """Rows that anybody may read: the same for everybody, and nothing of the user's."""
    for person in (made.nobody, *(made.people[who] for who in OWNERS)):
        answer = person.call("GET", ask(route, Good(piece="sh_nothing"), ()).path)
        assert answer.status_code < 500, answer.text
        shows_nothing(made, FOREIGN, answer.text)
    assert frozen.changed() == []


def test_what_was_refused_has_left_nothing_behind(made: Town, frozen: Frozen) -> None:
    """After all of it no file has come or gone, and the user's pages have heard of nothing."""
    assert not frozen.left()


@walked
def test_reading_shows_nobody_what_the_user_has(made: Town, samples: Mapping[str, Good], route: Route) -> None:
    """Lists, searches and whatever else only reads: nothing that the user wrote, and no id of what is theirs alone."""
    if not route.reads:
        return
    taken = spots(route)
    for who in (*OWNERS, GUEST):
        if route.refuses(who) is None:
            own = filled(ask(route, samples[route.name], taken), taken, made.of(who), whole=False)
            for asked in (
                own,
                *(own._replace(query={**own.query, name: MARK}) for name, _ in route.row.queries if name in SOUGHT),
            ):
                answer = made.people[who].call(asked.method, asked.path, **asked.sent())
                kept = "guests_keep_nothing" in answer.text or "Guests keep no" in answer.text
                assert answer.status_code not in (401, 403) or kept, (who, answer.text)
                shows_nothing(made, who, answer.text)


def shows_nothing(made: Town, who: str, text: str) -> None:
    """Nothing of the user's is in an answer to somebody else; to another tenant's not even what their admin may see."""
    others = tuple(kind for kind in made.theirs if kind not in ("tenant", "workspace"))
    kinds = PRIVATE if who in (ADMIN, OPERATOR, OTHER) else others
    for secret in (MARK, *(made.theirs[kind] for kind in kinds)):
        assert secret not in text, (who, secret, text)


@walked
def test_who_may_is_served(made: Town, route: Route) -> None:
    """With one's own ids the same requests go well: what was refused was refused for whose it was."""
    who = OTHER if route.refuses(OTHER) is None and route.row.name not in OF_ADMINS else ADMIN
    who = OPERATOR if route.refuses(who) else who
    person, taken = made.people[who], spots(route)
    call = sample(route, person)
    headers = {**call.headers, **({"authorization": f"Bearer {call.token}"} if call.token else {})}
    sound = ask(route, call, ())
    answer = person.call(sound.method, sound.path, **sound.sent(**headers))
    assert answer.status_code in call.statuses, (who, answer.text)
    shows_nothing(made, who, answer.text)
    who = OTHER if route.refuses(OTHER) is None else who
    for spot in taken:
        if who in RIGHTS[spot.kind] or USER in RIGHTS[spot.kind]:
            mine = made.things(who, *kinds_of(who))
            own = filled(ask(route, sample(route, made.judge), taken), taken, mine, whole=False, but=spot)
            own = own.of(spot, mine[spot.kind])
            served = made.people[who].call(own.method, own.path, **own.sent())
            assert served.status_code not in (401, 403, 404), (who, spot, served.text)
            if not route.reads:
                made.forget(who)


def test_a_file_of_chats_brings_nothing_of_whose_they_were(made: Town) -> None:
    """No id in a file that comes in is believed: it is a copy without the files, and what was copied stays as it is."""
    MAKERS["chat"](made, made.people[USER])  # where this is run once more, the others have been brought already
    before = exported(made, USER)
    assert made.theirs["file"] in before and made.theirs["turn"] in before
    for who in (OTHER, FOREIGN):
        brought = made.people[who].call("POST", "/parlance/v1/chats.import", data=before.encode()).json()
        assert brought["imported"] > 0, brought
        for kind in ("turn", "file", "folder"):
            found = exported(made, who)
            assert (at := found.find(made.theirs[kind])) < 0, (who, kind, found[max(0, at - 200) : at + 100])
    assert exported(made, USER) == before


def exported(made: Town, who: str) -> str:
    """All chats of somebody, as they leave, without the moment when they do."""
    text = made.people[who].call("GET", "/parlance/v1/chats.export", params={"format": "json"}).text
    return re.sub(r'"exported":\d+', "", text)


@walked
def test_an_id_in_any_other_field_tells_nothing(made: Town, samples: Mapping[str, Good], route: Route) -> None:
    """Whatever of the user's is named in a field that the table calls no id: the answer is as for an id of nothing."""
    taken = spots(route)
    sound = ask(route, samples[route.name], taken)
    if route.name in NAMES_TOO:
        sound = sound._replace(body={**sound.body, **NAMES_TOO[route.name][1]})
    for who in (OTHER, FOREIGN_ADMIN):
        for spot in () if route.refuses(who) else texts(route, taken):
            own = filled(sound, taken, made.things(who, *kinds_of(who)), whole=False)
            without = shape(made.people[who], own.of(spot, UNKNOWN))
            for kind, id in made.theirs.items():
                if kind in NO_SECRETS or who in RIGHTS.get(kind, ()):
                    continue
                found = shape(made.people[who], own.of(spot, id))
                assert found == without, (who, spot, kind, found, without)


def shape(person: Person, asked: Ask) -> tuple[int, Any]:
    """The status of an answer, and how it is built: names of fields and numbers of entries, without the values."""
    answer = person.call(asked.method, asked.path, **asked.sent())
    if "json" not in answer.headers.get("content-type", "") or not answer.content:
        return answer.status_code, None
    return answer.status_code, built(answer.json())


def built(value: Any) -> Any:
    """How a value is built."""
    if isinstance(value, dict):
        return {name: built(held) for name, held in value.items() if name not in FIRST_ONLY}
    return [built(each) for each in value] if isinstance(value, list) else type(value).__name__


UNPICTURED = {f"native {name}": "no_page_pictures" for name in ("documents.page", "documents.pages.read")}
"""What says of a thing that is there that it is of another kind: the town's documents are texts."""


def test_the_user_still_has_everything(made: Town) -> None:
    """After the whole walk, all that was named in vain is there for whose it is; but for a run, where the walk took
    longer than one that is over is told of."""
    for route in CLOSED:
        for spot in spots(route) if route.reads and route.refuses(USER) is None else ():
            if USER not in RIGHTS[spot.kind] or route.name in UNDER_WAY:
                continue
            own = ask(route, sample(route, made.judge), spots(route)).of(spot, made.theirs[spot.kind])
            answer = made.people[USER].call(own.method, own.path, **own.sent())
            there = answer.status_code == 200 or answer.json().get("code") == UNPICTURED.get(route.name, "")
            over = spot.kind == "run" and time.monotonic() - made.began > KEEP_SECONDS
            assert over or (there and "not_found" not in answer.text), (route.name, answer.text)
