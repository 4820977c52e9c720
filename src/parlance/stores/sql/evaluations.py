"""Evaluations in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert, listed, update
from parlance.stores.sql.spelling import decoded, spelled
from parlance.values import json_door
from parlance.values.evaluations import (
    Evaluation,
    EvaluationState,
    Measured,
    Outcome,
    Piece,
    Question,
    SearchSetting,
)

_FIELDS: Mapping[str, str] = {
    **{name: name for name in ("id", "tenant", "base", "name", "created", "total", "state", "settings", "model")},
    **{name: name for name in ("skip_own", "done", "outcome", "problem", "words")},
    "user": "user_id",
    "changed": "updated",
    "foreign": "foreign_fields",
}
"""Fields and their columns."""
_COLUMNS = ", ".join(_FIELDS.values())
_THERE = (
    "EXISTS (SELECT 1 FROM bases WHERE bases.tenant = evaluations.tenant AND bases.id = evaluations.base"
    " AND bases.leaving = 0)"
)


class SqlEvaluations:
    """`Evaluations` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def evaluation(self, id: str) -> Evaluation | None:
        """An evaluation by its id."""
        found = await self._read("id = :id", {"id": id}, 1)
        return found[0] if found else None

    async def page(self, base: str, before: str | None, most: int) -> Sequence[Evaluation]:
        """Those of a base, newest first."""
        older = "" if before is None else " AND id < :before"
        more: dict[str, Value] = {} if before is None else {"before": before}
        return await self._read(f"base = :base{older}", {"base": base, **more}, min(most, PAGE + 1))

    async def count(self, base: str) -> int:
        """How many a base has."""
        sql = "SELECT COUNT(*) FROM evaluations WHERE tenant = :tenant AND base = :base"
        rows = await self._database.read(sql, {"tenant": self._tenant, "base": base}, most=1)
        return int(cast(Any, rows[0][0]))

    async def pieces(self, evaluation: str, after: int, most: int) -> Sequence[Piece]:
        """The pieces of its set by their places."""
        return await self._pieces("place > :after", {"evaluation": evaluation, "after": after}, most)

    async def unmeasured(self, evaluation: str) -> Piece | None:
        """The first piece that is to be measured."""
        found = await self._pieces("measured IS NULL", {"evaluation": evaluation}, 1)
        return found[0] if found else None

    async def _read(self, which: str, parameters: dict[str, Value], most: int) -> Sequence[Evaluation]:
        sql = f"SELECT {_COLUMNS} FROM evaluations WHERE tenant = :tenant AND {which} AND {_THERE} ORDER BY id DESC"
        where: dict[str, Value] = {"tenant": self._tenant, "most": most, **parameters}
        return [_evaluation(row) for row in await self._database.read(f"{sql} LIMIT :most", where, most=most)]

    async def _pieces(self, which: str, parameters: dict[str, Value], most: int) -> Sequence[Piece]:
        sql = (
            "SELECT place, questions, measured FROM evaluation_pieces"
            f" WHERE tenant = :tenant AND evaluation = :evaluation AND {which} ORDER BY place LIMIT :most"
        )
        where: dict[str, Value] = {"tenant": self._tenant, "most": most, **parameters}
        return [_piece(row) for row in await self._database.read(sql, where, most=most)]

    # -- changes ----------------------------------------------------------------------------------------------------

    def insert(self, evaluation: Evaluation, pieces: Sequence[Piece]) -> ChangeSet:
        """A new one with its set. That its base is there is looked up by the statement itself."""
        values: dict[str, Value] = {column: spelled(getattr(evaluation, field)) for field, column in _FIELDS.items()}
        values["tenant"] = self._tenant
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        sql = (
            f"INSERT INTO evaluations ({names}) SELECT {marks} FROM bases"
            " WHERE bases.tenant = :tenant AND bases.id = :base AND bases.leaving = 0"
        )
        place: dict[str, Value] = {"tenant": self._tenant, "evaluation": evaluation.id}
        rows = (
            insert("evaluation_pieces", {**place, "place": each.place, "questions": spelled(each.questions)})
            for each in pieces
        )
        return (Statement(sql, values), *rows)

    def change(
        self, id: str, fields: Mapping[str, Any], now: int, *, among: Sequence[EvaluationState] = ()
    ) -> Statement:
        """Other values of some fields."""
        some, names = listed("in_state", among)
        row = {_FIELDS[name]: spelled(value) for name, value in fields.items()}
        guard = (f"AND state IN {some}" if among else "", names if among else {})
        return update("evaluations", self._tenant, id, {**row, "updated": now}, guard)

    def measured(self, evaluation: str, place: int, found: Sequence[Sequence[Measured]]) -> Statement:
        """What was measured of the questions of a piece."""
        sql = (
            "UPDATE evaluation_pieces SET measured = :measured"
            " WHERE tenant = :tenant AND evaluation = :evaluation AND place = :place"
        )
        said = json_door.encode(found).decode()
        return Statement(sql, {"tenant": self._tenant, "evaluation": evaluation, "place": place, "measured": said})

    def remove(self, id: str) -> ChangeSet:
        """Its set first: that hangs on it."""
        where: dict[str, Value] = {"tenant": self._tenant, "id": id}
        pieces = "DELETE FROM evaluation_pieces WHERE tenant = :tenant AND evaluation = :id"
        return (
            Statement(pieces, where, None),
            Statement("DELETE FROM evaluations WHERE tenant = :tenant AND id = :id", where),
        )


def evaluations_of(tenant: str, base: str) -> ChangeSet:
    """What removes all evaluations of a base."""
    where: dict[str, Value] = {"tenant": tenant, "base": base}
    pieces = (
        "DELETE FROM evaluation_pieces WHERE tenant = :tenant AND evaluation IN"
        " (SELECT id FROM evaluations WHERE tenant = :tenant AND base = :base)"
    )
    rows = "DELETE FROM evaluations WHERE tenant = :tenant AND base = :base"
    return Statement(pieces, where, None), Statement(rows, where, None)


def _evaluation(row: Row) -> Evaluation:
    values: dict[str, Any] = dict(zip(_FIELDS, cast(Any, row), strict=True))
    values["settings"] = msgspec.json.decode(values["settings"], type=tuple[SearchSetting, ...])
    values["outcome"] = msgspec.json.decode(values["outcome"], type=Outcome)
    values["skip_own"] = bool(values["skip_own"])
    values["foreign"] = decoded(values["foreign"])
    return Evaluation(**values)


def _piece(row: Row) -> Piece:
    place, asked, measured = cast(Any, row)
    questions = msgspec.json.decode(asked, type=tuple[Question, ...])
    if measured is None:
        return Piece(place, questions)
    return Piece(place, questions, msgspec.json.decode(measured, type=tuple[tuple[Measured, ...], ...]))
