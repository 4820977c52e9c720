"""What is sent to a route: a sound request, made from the table and its sample, with one id or another in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from parlance import __version__, dialect_list
from parlance.dialects.table import Row
from parlance.transports.http.guide import guide
from tests.contract.described import GOOD, Caller, Good, good
from tests.contract.described_accounts import ACCOUNTS
from tests.contract.described_chatbot import CHATBOT
from tests.contract.described_chats import CHATS
from tests.contract.described_connections import CONNECTIONS
from tests.contract.described_files import FILES
from tests.contract.described_knowledge import KNOWLEDGE
from tests.contract.described_library import LIBRARY
from tests.contract.described_weknora import WEKNORA
from tests.walk.rules import (
    FOR_ALL_KNOWN,
    GUEST,
    KEY,
    NAMES_TOO,
    NEW_IDS,
    NOBODY,
    NOT_FOUND_SAYS,
    ONLY_OURS,
    PLACES,
    PLAIN,
    PUBLIC,
    RIGHTS,
    SCOPES,
)

UNKNOWN = "01900000-0000-7000-8000-000000000000"
"""An id that nothing has."""


class Spot(NamedTuple):
    """Where a row takes an id: of what `kind`, in `query`, `body` or `path` (`where`), under which name; `many` takes a
    list of them."""

    kind: str
    where: str
    name: str
    many: bool


class Route(NamedTuple):
    """A row with its dialect."""

    dialect: str
    row: Row

    @property
    def name(self) -> str:
        """What the rules call it."""
        return f"{self.dialect} {self.row.name}"

    @property
    def public(self) -> bool:
        """Whether somebody who is nobody is served."""
        return self.row.open or self.row.anyone

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.row.method in ("GET", "HEAD")

    def refuses(self, who: str) -> int | None:
        """The status by which a caller is refused whatever is asked: for what the row needs and they lack."""
        if who == NOBODY:
            return None if self.public else 401
        needed = {operation.scope for operation in self.row.operations}
        lacking = any(who not in SCOPES[scope] for scope in needed if scope)
        personal = any(operation.personal for operation in self.row.operations)
        return 403 if lacking or (personal and who in (KEY, GUEST)) else None

    def lacks(self, who: str, spot: Spot) -> int:
        """What a caller hears who names there what is the user's: 0 where they may."""
        if who in RIGHTS[spot.kind]:
            return 0
        return NOT_FOUND_SAYS.get(self.name, 404)


class Ask(NamedTuple):
    """A request without its sender. `body` is JSON unless it is bytes, a form as its `headers` say; without one none is
    sent."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str] = {}

    def of(self, spot: Spot, id: str) -> Ask:
        """The same with this id there."""
        if spot.where == "path":
            return self._replace(path=self.path.replace(f"{{{spot.name}}}", quote(id, safe="")))
        if spot.where == "query":
            return self._replace(query={**self.query, spot.name: id})
        if isinstance(self.body, bytes):
            return self._replace(body=_field(self.body, spot.name, id))
        value: Any = [id] if spot.many else id
        return self._replace(body={**(self.body or {}), spot.name: value})

    def of_body(self, body: bytes) -> Ask:
        """The same with another body."""
        return self._replace(body=body)

    def sent(self, **headers: str) -> dict[str, Any]:
        """As `requests` takes it, with these headers besides."""
        content = self.body if isinstance(self.body, bytes | None) else json.dumps(self.body).encode()
        return {"params": dict(self.query), "data": content, "headers": {**self.headers, **headers}}


def _field(form: bytes, name: str, text: str) -> bytes:
    """A form with one more field at its end, which counts in place of one before it."""
    boundary = form.partition(b"\r\n")[0]
    field = f'\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
    return form.removesuffix(b"--\r\n") + field + boundary + b"--\r\n"


def routes() -> tuple[Route, ...]:
    """Every row of every dialect, and the pages about them."""
    dialects = dialect_list.documented()
    found = [Route(dialect.name, row) for dialect in dialects for row in dialect.rows]
    pages = guide(dialects, version=__version__)
    return (*found, *(Route(pages.name, row) for row in pages.rows))


def spots(route: Route) -> tuple[Spot, ...]:
    """Every place where a row takes the id of something. Raises AssertionError where nobody said which."""
    return tuple(dict.fromkeys(_spots(route)))


def _spots(route: Route) -> Iterator[Spot]:
    row = route.row
    for operation in row.operations:
        many = {field.name: "tuple" in str(field.type) for field in msgspec.structs.fields(operation)}
        for named in operation.names:
            for where, name in _where(route, operation, named.field):
                yield Spot(named.kind, where, name, many[named.field])


def _where(route: Route, operation: Any, field: str) -> tuple[tuple[str, str], ...]:
    declared = PLACES.get(route.name, {}).get(field)
    if declared is not None:
        return declared
    if field in dict(route.row.queries):
        return (("query", field),)
    if route.row.takes is operation:
        return (("body", field),)
    if field in ONLY_OURS:
        return ()
    raise AssertionError(
        f"{route.name} ({route.row.method} {route.row.path}) names a thing in `{field}` of {operation.__name__}: "
        "say in PLACES of tests/walk/rules.py where a request has that id."
    )


def ask(route: Route, sample: Good, taken: tuple[Spot, ...]) -> Ask:
    """A sound request by a sample; an id in the path is still to be filled in."""
    row = route.row
    under = "" if route.dialect == "guide" else f"/as/{route.dialect}"
    in_path = any(spot.where == "path" for spot in taken)
    path = row.path if in_path else row.path.partition("{")[0] + sample.piece
    headers = sample.headers if row.takes_media.startswith("multipart/") else {}
    return Ask(row.method, under + path, sample.query, sample.body, headers)


def filled(
    asked: Ask, taken: tuple[Spot, ...], ids: Mapping[str, str], *, whole: bool = True, but: Spot | None = None
) -> Ask:
    """The request with an id at every place that takes one (`whole`: also where its sample has none), `but` one."""
    for spot in taken:
        if but is not None and spot.name == but.name:  # the same id at another place would be taken instead
            asked = asked._replace(query={name: id for name, id in asked.query.items() if name != but.name})
            continue
        there = asked.query if spot.where == "query" else asked.body if isinstance(asked.body, dict) else {}
        if whole or spot.where == "path" or spot.name in there:
            asked = asked.of(spot, ids.get(spot.kind, UNKNOWN))
    return asked


def sampled(route: Route) -> bool:
    """Whether somebody said how to call a row, or it needs nothing."""
    row, known = route.row, (GOOD, ACCOUNTS, CHATBOT, CHATS, CONNECTIONS, FILES, KNOWLEDGE, LIBRARY, WEKNORA)
    if any(row.name in samples for samples in known):
        return True
    needs = () if row.takes is None else msgspec.structs.fields(row.takes)
    return not (row.required or "{" in row.path or any(field.required for field in needs))


def sample(route: Route, caller: Caller) -> Good:
    """A call of the row that goes well, for this caller."""
    return good(route.row.name, caller)


def unruled() -> Iterator[str]:
    """A sentence for every row that has no rule or no sample, and for every entry of the rules that no row needs."""
    found = routes()
    for route in found:
        yield from unruled_of(route)
    names = {route.name for route in found}
    for entry in sorted({*PUBLIC, *FOR_ALL_KNOWN, *PLACES, *NOT_FOUND_SAYS} - names):
        yield f"tests/walk/rules.py has a rule for `{entry}`, which no dialect's table has."
    open_ones = {route.name for route in found if route.public}
    for entry in sorted((set(PUBLIC) & names) - open_ones):
        yield f"`{entry}` is in PUBLIC of tests/walk/rules.py, but it is not open: take it out."


def unruled_of(route: Route) -> Iterator[str]:
    """A sentence for all that nobody said of one row."""
    row, at = route.row, f"{route.name} ({route.row.method} {route.row.path})"
    if route.public and not PUBLIC.get(route.name):
        yield f"{at} answers somebody who is nobody: say why in PUBLIC of tests/walk/rules.py, or close it."
    if not route.public and not row.operations and route.name not in FOR_ALL_KNOWN:
        yield f"{at} hands no operation to the core, so it has no rule: say why in FOR_ALL_KNOWN of the rules."
    if not sampled(route):
        yield f"{at} has no call that goes well: add one to tests/contract/described*.py."
    try:
        kinds = {spot.kind for spot in spots(route)}
    except AssertionError as unsaid:
        yield str(unsaid)
        return
    for kind in sorted(kinds - set(RIGHTS)):
        yield f"{at} names a {kind}: say in RIGHTS of tests/walk/rules.py who may name one."


def texts(route: Route, taken: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """The places that take a text which the table does not call an id, but that may be one."""
    row, known = route.row, PLAIN | {spot.name for spot in taken} | {NEW_IDS.get(route.name, "")}
    found = [Spot("", "query", name, False) for name, _ in row.queries if name not in known]
    for field in () if row.takes is None else msgspec.structs.fields(row.takes):
        if "str" in str(field.type) and field.encode_name not in known:
            found.append(Spot("", "body", field.encode_name, "tuple[str" in str(field.type)))
    if route.name in NAMES_TOO:
        (where, name), _ = NAMES_TOO[route.name]
        found.append(Spot("", where, name, False))
    return tuple(found)
