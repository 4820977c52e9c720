"""The documents of knowledge bases in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, cast

from parlance.ports.knowledge import PAGE
from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.bases import SqlBases
from parlance.stores.sql.rows import listed, piece
from parlance.stores.sql.spelling import decoded, spelled
from parlance.values import json_door
from parlance.values.knowledge import Document, DocumentState, Filter
from parlance.values.remarks import kept_remark

_FIELDS: Mapping[str, str] = {
    **{name: name for name in ("id", "tenant", "base", "name", "source", "created", "state", "title", "place")},
    **{name: name for name in ("media_type", "size", "sha256", "md5", "pages", "done", "chunks", "problem", "words")},
    **{name: name for name in ("remarks", "enabled", "metadata", "language", "generation", "text_size")},
    "user": "user_id",
    "changed": "updated",
    "blob": "blob_id",
    "text": "text_blob",
    "structure": "layout_blob",
    "structure_size": "layout_size",
    "cut": "cut",
    "foreign": "foreign_fields",
}
"""Fields and their columns."""
SCANNED = 5000
"""Ids that are read at once, with what is noted of their documents."""
MOST_IDS, MOST_NOTED = 500, 20
"""Of a filter that are looked for in the database: SQLite finds the place of a parameter by going through all that come
before it, and takes no more than 1,000 conditions. What is left is judged here."""
_LATER = "updated = CASE WHEN updated < :now THEN :now ELSE updated + 1 END"
"""The time of a change: later than that of the one before also where two servers' clocks differ, for it says whether a
document is as it was read."""
_AS_READ = "AND updated = :was_updated"
_COLUMNS = ", ".join(f"documents.{column}" for column in _FIELDS.values())
_ANEW = "(SELECT bases.revision FROM bases WHERE bases.tenant = documents.tenant AND bases.id = documents.base)"


class SqlDocuments:
    """`Documents` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self._database = database
        self._tenant = tenant

    # -- reading ----------------------------------------------------------------------------------------------------

    async def document(self, id: str) -> Document | None:
        """A document by its id, of a base that is there."""
        sql = (
            f"SELECT {_COLUMNS} FROM documents JOIN bases ON bases.tenant = documents.tenant"
            " AND bases.id = documents.base AND bases.leaving = 0"
            " WHERE documents.tenant = :tenant AND documents.id = :id AND documents.leaving = 0"
        )
        rows = await self._database.read(sql, {"tenant": self._tenant, "id": id}, most=1)
        return _document(rows[0]) if rows else None

    async def same(self, base: str, key: str) -> Document | None:
        """The document of a base that has this key."""
        found = await self._read("base = :base AND same_key = :same", {"base": base, "same": key}, 1)
        return found[0] if found else None

    async def page(
        self, base: str, before: str | None, most: int, states: Sequence[DocumentState] = (), *, skip: int = 0
    ) -> Sequence[Document]:
        """Newest first."""
        older = "" if before is None else " AND id < :before"
        more: dict[str, Value] = {} if before is None else {"before": before}
        among, names = _among(states)
        return await self._read(
            f"base = :base{older}{among}", {"base": base, **more, **names}, min(most, PAGE + 1), skip
        )

    async def count(self, base: str, states: Sequence[DocumentState] = ()) -> int:
        """How many there are."""
        among, names = _among(states)
        sql = f"SELECT COUNT(*) FROM documents WHERE tenant = :tenant AND base = :base AND leaving = 0{among}"
        rows = await self._database.read(sql, {"tenant": self._tenant, "base": base, **names}, most=1)
        return int(cast(Any, rows[0][0]))

    async def matching(self, base: str, wanted: Filter) -> frozenset[str]:
        """The database leaves out nearly all that does not match; what is left is read and judged exactly."""
        which, names = _filtered(wanted)
        among = None if wanted.documents is None else frozenset(wanted.documents)
        found: set[str] = set()
        after = ""
        while True:
            sql = (
                "SELECT id, metadata FROM documents WHERE tenant = :tenant AND base = :base AND leaving = 0"
                f" AND state = 'ready'{which} AND id > :after ORDER BY id LIMIT :most"
            )
            place: dict[str, Value] = {"tenant": self._tenant, "base": base, "after": after, "most": SCANNED}
            rows = cast(Any, await self._database.read(sql, {**place, **names}, most=SCANNED))
            found.update(id for id, metadata in rows if wanted.metadata.items() <= decoded(metadata).items())
            if len(rows) < SCANNED:
                return frozenset(found if among is None else found & among)
            after = rows[-1][0]

    async def lagging(self, base: str, generation: int, most: int) -> Sequence[Document]:
        """Some that are ready and have no vectors of this generation."""
        where = "base = :base AND state = 'ready' AND generation < :generation"
        return await self._read(where, {"base": base, "generation": generation}, most)

    async def _read(self, which: str, parameters: dict[str, Value], most: int, skip: int = 0) -> Sequence[Document]:
        sql = (
            f"SELECT {_COLUMNS} FROM documents WHERE tenant = :tenant AND leaving = 0 AND {which} ORDER BY id DESC"
            " LIMIT :most"
        )
        if skip:
            sql, parameters = f"{sql} OFFSET :skip", {**parameters, "skip": skip}
        rows = await self._database.read(sql, {"tenant": self._tenant, "most": most, **parameters}, most=most)
        return [_document(row) for row in rows]

    # -- changes ----------------------------------------------------------------------------------------------------

    def insert(self, document: Document, key: str) -> ChangeSet:
        """A new document. That its base is there is looked up by the statement itself."""
        values: dict[str, Value] = {column: spelled(getattr(document, field)) for field, column in _FIELDS.items()}
        values |= {"tenant": self._tenant, "same_key": key, "revision": 0, "leaving": 0}
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        sql = (
            f"INSERT INTO documents ({names}) SELECT {marks} FROM bases"
            " WHERE bases.tenant = :tenant AND bases.id = :base AND bases.leaving = 0"
        )
        return (Statement(sql, values),)

    def change(
        self,
        id: str,
        fields: Mapping[str, Any],
        now: int | None,
        *,
        among: Sequence[DocumentState] = (),
        cut: int | None = None,
        was: Document | None = None,
    ) -> Statement:
        """Other values of some fields."""
        some, names = listed("in_state", among)
        guard = f"leaving = 0 AND state IN {some}" if among else "leaving = 0"
        values: dict[str, Value] = {_FIELDS[name]: spelled(value) for name, value in fields.items()}
        sets = [f"{column} = :{column}" for column in values]
        values |= {"tenant": self._tenant, "of_id": id, **(names if among else {})}
        if now is not None:
            sets, values = [_LATER, *sets], {**values, "now": now}
        if cut is not None:
            guard, values = f"{guard} AND cut = :was_cut", {**values, "was_cut": cut}
        if was is not None:
            guard, values = f"{guard} {_AS_READ}", {**values, "was_updated": was.changed}
        sql = f"UPDATE documents SET {', '.join(sets)} WHERE tenant = :tenant AND id = :of_id AND {guard}"
        return Statement(sql, values)

    def found_anew(self, id: str, *, fewer: int = 0) -> Statement:
        """It has the revision that its base has now."""
        left = "CASE WHEN chunks > :fewer THEN chunks - :fewer ELSE 0 END"
        sets = f"revision = {_ANEW}" + (f", chunks = {left}" if fewer else "")
        sql = f"UPDATE documents SET {sets} WHERE tenant = :tenant AND id = :id AND leaving = 0"
        return Statement(sql, {"tenant": self._tenant, "id": id, **({"fewer": fewer} if fewer else {})})

    def leave(self, document: Document, now: int, *, as_read: bool = False) -> ChangeSet:
        """Neither seen nor found any more; another one may have its key."""
        sql = (
            f"UPDATE documents SET leaving = 1, same_key = NULL, revision = {_ANEW}, {_LATER}"
            " WHERE tenant = :tenant AND id = :id AND leaving = 0"
        )
        values: dict[str, Value] = {"tenant": self._tenant, "id": document.id, "now": now}
        if as_read:
            sql, values = f"{sql} {_AS_READ}", {**values, "was_updated": document.changed}
        raised = SqlBases(self._database, self._tenant).raise_revision(document.base)
        return raised, Statement(sql, values)


def _among(states: Sequence[DocumentState]) -> tuple[str, dict[str, Value]]:
    """The condition that a document is in one of these states, where there are any."""
    some, names = listed("state", states)
    return (f" AND state IN {some}", names) if states else ("", {})


def _filtered(wanted: Filter) -> tuple[str, dict[str, Value]]:
    """The condition that a document may match a filter: what is noted of it is only looked at as it is written."""
    which, names = "", dict[str, Value]()
    for field, some in (("source", wanted.sources), ("id", wanted.documents)):
        if some is not None and len(once := tuple(dict.fromkeys(some))) <= MOST_IDS:
            among, more = listed(f"some_{field}", once)
            which, names = f"{which} AND {field} IN {among}", {**names, **more}
    for number, (name, value) in enumerate(islice(wanted.metadata.items(), MOST_NOTED)):
        which += f" AND metadata LIKE :noted{number} ESCAPE '!'"
        names[f"noted{number}"] = piece(json_door.encode({name: value}).decode()[1:-1])
    return which, names


def _document(row: Row) -> Document:
    values: dict[str, Any] = dict(zip(_FIELDS, cast(Any, row), strict=True))
    values["remarks"] = tuple(map(kept_remark, decoded(values["remarks"])))
    values["metadata"] = decoded(values["metadata"])
    values["foreign"] = decoded(values["foreign"])
    values["enabled"] = bool(values["enabled"])
    for name in ("blob", "text", "structure"):
        values[name] = values[name] or ""
    return Document(**values)
