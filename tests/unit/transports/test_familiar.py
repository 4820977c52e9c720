"""What is remembered of a head holds for the same head only, whatever the length of its body."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.dialects.table import Dialect, Reply, Request, Row
from parlance.transports.http import familiar as familiar_module
from parlance.transports.http.familiar import LONGEST, WIDEST, Familiar, Familiars
from parlance.transports.http.gateway import Facts
from parlance.transports.http.headers import folded
from parlance.transports.http.origins import Standing
from parlance.transports.http.router import Target

HEAD = [(b"host", b"h.test"), (b"content-length", b"12"), (b"authorization", b"Bearer one")]
OTHERS = {
    "method": {"method": "GET"},
    "path": {"raw_path": b"/b"},
    "scheme": {"scheme": "https"},
    "peer": {"client": ("198.51.100.7", 1)},
    "nobody": {"client": None},
    "key": {"headers": [*HEAD[:2], (b"authorization", b"Bearer two")]},
    "more": {"headers": [*HEAD, (b"x-forwarded-for", b"198.51.100.7")]},
    "twice": {"headers": [*HEAD, HEAD[0]]},
}


def scope(**changed: Any) -> dict[str, Any]:
    usual = {"method": "POST", "raw_path": b"/a", "scheme": "http", "client": ("127.0.0.1", 5), "headers": HEAD}
    return usual | changed


async def nothing(request: Request, do: Any) -> Reply:
    return Reply()


def known(raw: list[tuple[bytes, bytes]]) -> Familiar:
    row = Row("POST", "/a", "a", nothing, (), "A")
    dialect = Dialect("d", "D", (row,), lambda fault, request: Reply(), ())
    facts = Facts("one", None, "d", "door", False, "127.0.0.1")
    return Familiar(folded(raw), Target(row, dialect, "", ()), Standing(False, True, "127.0.0.1", None), facts)


def test_a_body_of_another_length_makes_no_other_head() -> None:
    familiars = Familiars()
    key = familiars.key(scope())
    familiars.keep(key, known(HEAD))
    longer = [HEAD[0], (b"content-length", b"99"), HEAD[2]]
    found = familiars.find(familiars.key(scope(headers=longer, client=("127.0.0.1", 6))))
    assert found is not None
    assert found.headers(longer) == folded(longer)
    assert found.headers([HEAD[0], HEAD[2]]) == folded([HEAD[0], HEAD[2]])


@pytest.mark.parametrize("changed", OTHERS.values(), ids=OTHERS)
def test_whatever_else_differs_makes_another_head(changed: dict[str, Any]) -> None:
    familiars = Familiars()
    familiars.keep(familiars.key(scope()), known(HEAD))
    assert familiars.find(familiars.key(scope(**changed))) is None


NOT_KEPT: dict[str, list[tuple[bytes, bytes]]] = {
    "named": [(b"x-request-id", b"mine")],
    "traced": [(b"traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")],
    "large": [(b"cookie", b"c" * LONGEST)],
    "many without a value": [(b"x-%d" % number, b"") for number in range(WIDEST)],
    "a long name": [(b"x-" + b"n" * LONGEST, b"")],
    "the same name often": [(b"x-same", b"v" * (LONGEST // 16))] * 17,
}


@pytest.mark.parametrize("headers", NOT_KEPT.values(), ids=NOT_KEPT)
def test_what_never_comes_again_or_is_large_is_not_kept(headers: list[tuple[bytes, bytes]]) -> None:
    familiars, raw = Familiars(), [*HEAD, *headers]
    key = familiars.key(scope(headers=raw))
    familiars.keep(key, known(raw))
    assert familiars.find(key) is None


def test_when_there_are_many_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(familiar_module, "MOST", 2)
    familiars = Familiars()
    keys = [familiars.key(scope(raw_path=b"/%d" % number)) for number in range(3)]
    for key in keys:
        familiars.keep(key, known(HEAD))
    assert [familiars.find(key) is not None for key in keys] == [False, True, True]
