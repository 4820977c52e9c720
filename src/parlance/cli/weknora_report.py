"""What became of a WeKnora installation: what came, what was there already, what was left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from parlance.cli.client import printable

KINDS = ("tenants", "users", "keys", "models", "bases", "documents", "sessions", "messages")
SHOWN = 50
"""Lines of one kind that people are shown; `--json` has all."""
ALWAYS = (
    "Never taken: vectors (documents are read and embedded anew), logins (everybody signs in again), and summaries, "
    "entities and relations that models made."
)


class Note(NamedTuple):
    """Something to say of one thing."""

    kind: str
    id: str
    name: str
    said: str


class Report:
    """Filled in as it goes."""

    def __init__(self, dry: bool) -> None:
        self.dry = dry
        self.new: Counter[str] = Counter()
        self.there: Counter[str] = Counter()
        self.left: list[Note] = []
        self.texts: list[Note] = []
        self.remarks: list[Note] = []
        self.deleted: Mapping[str, int] = {}

    def came(self, kind: str, new: bool, count: int = 1) -> None:
        """So many of a kind came, or were there."""
        (self.new if new else self.there)[kind] += count

    def told(self) -> dict[str, Any]:
        """All of it, for programs."""
        return {
            "dry_run": self.dry,
            "new": {kind: self.new[kind] for kind in KINDS},
            "there": {kind: self.there[kind] for kind in KINDS},
            "texts": [each._asdict() for each in self.texts],
            "left": [each._asdict() for each in self.left],
            "remarks": [each._asdict() for each in self.remarks],
            "deleted": dict(self.deleted),
        }

    def lines(self) -> Iterator[str]:
        """All of it, for people."""
        would = "would be new" if self.dry else "new"
        for kind in KINDS:
            also = "" if self.dry or kind == "keys" else f", {self.there[kind]} were there already"
            yield f"{kind:<10}{self.new[kind]} {would}{also}"
        yield from _listed("Taken as the text of their chunks, since the file is not there", self.texts)
        yield from _listed("Different from there", self.remarks)
        yield from _listed("Left out", self.left)
        gone = ", ".join(f"{kind} {count}" for kind, count in self.deleted.items() if count)
        if gone:
            yield f"Deleted there, and left out: {gone}."
        yield ALWAYS


def _listed(head: str, notes: list[Note]) -> Iterator[str]:
    if not notes:
        return
    yield f"{head} ({len(notes)}):"
    for note in notes[:SHOWN]:
        yield f"  {note.kind} {printable(note.name or note.id)} ({note.id}): {printable(note.said)}"
    if len(notes) > SHOWN:
        yield f"  and {len(notes) - SHOWN} more, which --json names"
