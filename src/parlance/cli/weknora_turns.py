"""Messages of a WeKnora session as turns of a chat: one after the other, with the passages that answers rest on.

A passage keeps its words. Where they stand in the document is not told any more: that is read anew here, and its text
may differ by a blank from what it was there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from parlance.cli.weknora_rows import Row, moment, number, text
from parlance.values.events import Evidence, Exhibit
from parlance.values.knowledge import Scores
from parlance.values.messages import Message

ROLES = ("system", "user", "assistant")
MOST_PASSAGES = 100
BY_VECTOR = 0
"""How something was found: the first of that system's numbers."""


def turns(rows: Iterable[Row], base: str) -> list[dict[str, Any]]:
    """The messages in their order; those of a role that is not known are left out."""
    placed = sorted((row for row in rows if text(row, "role") in ROLES), key=_place)
    asked: dict[str, str] = {}
    told: list[dict[str, Any]] = []
    for row in placed:
        request = text(row, "request_id")
        if text(row, "role") == "user":
            asked[request] = text(row, "id")
        parent = told[-1]["id"] if told else None
        told.append(_turn(row, parent, asked.get(request, text(row, "id")), base))
    return told


def _place(row: Row) -> tuple[int, int]:
    """A question stands before its answer, also where both have the same time."""
    return moment(row, "created_at"), ROLES.index(text(row, "role"))


def _turn(row: Row, parent: str | None, sent: str, base: str) -> dict[str, Any]:
    role, said = text(row, "role"), text(row, "content")
    whole = role != "assistant" or row.get("is_completed") is not False
    item = msgspec.to_builtins(Message(role, said))  # type: ignore[arg-type]  # one of `ROLES`
    found = tuple(_passages(row.get("knowledge_references"), base))
    return {
        "id": text(row, "id"),
        "role": role,
        "state": "complete" if whole else "interrupted",
        "created": moment(row, "created_at"),
        "ended": moment(row, "updated_at") or None,
        "parent": parent,
        "items": [{"id": "message-1", "item": item}] if said else [],
        "sent": sent,
        "foreign": {"weknora": {"request": text(row, "request_id")}},
        **({"evidence": msgspec.to_builtins(Evidence(found))} if found else {}),
    }


def _passages(given: object, base: str) -> Iterator[Exhibit]:
    """What an answer rests on, numbered from 1."""
    listed = [each for each in given if isinstance(each, Mapping)] if isinstance(given, list) else []
    for place, each in enumerate(listed[:MOST_PASSAGES], 1):
        score = each.get("score")
        share = max(0.0, min(1.0, float(score))) if isinstance(score, int | float) else 0.0
        start = max(0, number(each, "start_at"))
        yield Exhibit(
            place,
            base,
            text(each, "knowledge_id"),
            text(each, "id"),
            text(each, "content"),
            start,
            max(start, number(each, "end_at")),
            text(each, "knowledge_title") or text(each, "knowledge_filename"),
            score=share,
            scores=Scores(vector=share) if number(each, "match_type") == BY_VECTOR else Scores(),
            exact=False,
        )
