"""A base whose graph a fake model draws: it says what it reads, so what is read is the drawing."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence

from tests.browser.people import Person

LAMPS = "Lamps and where they come from"
PATIENCE = 60.0


def _said(names: Sequence[str], *relations: tuple[str, str, str]) -> str:
    entities = [{"name": name, "kind": "thing"} for name in names]
    related = [{"source": one, "target": other, "kind": kind, "strength": 8} for one, kind, other in relations]
    return json.dumps({"entities": entities, "relations": related}, ensure_ascii=False)


DRAWN: Mapping[str, str] = {
    "lamp.txt": _said(
        ["Lantern X2", "Acme Works", "brass"], ("Lantern X2", "built by", "Acme Works"), ("Lantern X2", "of", "brass")
    ),
    "maker.txt": _said(
        ["Acme Works", "Lyon", "灯具"], ("Acme Works", "comes from", "Lyon"), ("Acme Works", "makes", "灯具")
    ),
    "a rival with a name that is much longer than others.txt": _said(
        ["The Lumière Brothers' Society for Lamps of Every Kind", "Lyon", "Paris"],
        ("The Lumière Brothers' Society for Lamps of Every Kind", "sits in", "Lyon"),
        ("Lyon", "is not", "Paris"),
    ),
}
"""Documents by their names, each of one passage."""


def grown(me: Person, base: str, passages: int) -> None:
    """Await that so many passages of a base are drawn."""
    end = time.monotonic() + PATIENCE
    while me.do("graphs.read", base=base).get("drawn", 0) < passages:
        if time.monotonic() > end:
            raise TimeoutError(base)
        time.sleep(0.05)
