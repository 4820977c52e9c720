"""`parlance import weknora`: from that system's database and files to a running server, piece by piece.

Each piece is taken whole or not at all, and what comes again changes nothing: what was broken off is begun again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from parlance.cli import weknora_rows as rows
from parlance.cli.client import Client, printable
from parlance.cli.exits import Exit, Failure
from parlance.cli.patience import patiently
from parlance.cli.weknora_files import Files, content, whole
from parlance.cli.weknora_report import DELETED, Note, Report
from parlance.cli.weknora_tables import Tables
from parlance.cli.weknora_turns import turns

API = "/parlance/v1/weknora"
MOST_NAME, MOST_ENTRIES, MOST_KEY, MOST_VALUE, MOST_METADATA = 255, 64, 100, 2000, 4000
"""Characters of a name; entries of what is noted of a document, and characters of one and of all."""
TOLD = 20
"""Documents between two lines that say how far it is."""
FATAL = (Exit.UNREACHABLE, Exit.NOT_PERMITTED)
KINDS = ("file", "url", "passage")
HERE = "(SELECT 1 FROM tenants n WHERE n.id = t.tenant_id AND n.deleted_at IS NULL)"
BASE_HERE = "(SELECT 1 FROM knowledge_bases b WHERE b.id = t.knowledge_base_id AND b.deleted_at IS NULL)"
COMPLETED_FIRST = "(t.parse_status = 'completed') DESC, created_at, id"
"""Of two documents with the same bytes that comes which was read."""
Answer = dict[str, Any]


class Hands(Protocol):
    """Who takes the pieces. Raises Failure."""

    def give(self, what: str, body: Answer) -> Answer:
        """One of `tenants`, `models`, `bases`, `sessions`."""
        ...

    def send(self, about: Answer, pieces: Callable[[], Iterable[bytes]], size: int) -> Answer:
        """A document."""
        ...


class ServerHands:
    """A running server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def give(self, what: str, body: Answer) -> Answer:
        """One piece; again where the server asks for it."""
        return patiently(lambda: self._client.ask("POST", f"{API}.{what}.import", body))

    def send(self, about: Answer, pieces: Callable[[], Iterable[bytes]], size: int) -> Answer:
        """The bytes of a document."""
        path = f"{API}.documents.import?{urlencode(about)}"
        return patiently(lambda: self._client.send(path, pieces(), size))


class NoHands:
    """Nobody: it is only counted what would come."""

    def give(self, what: str, body: Answer) -> Answer:
        """It would be new."""
        moved = body.get("moved", {})
        return {"tenant": str(moved.get("number", "")), "new": True, "users": len(moved.get("users", ())), "key": True}

    def send(self, about: Answer, pieces: Callable[[], Iterable[bytes]], size: int) -> Answer:
        """It would be new."""
        return {"new": True}


class Move:
    """One installation on its way. `tell` hears how far it is."""

    def __init__(
        self, tables: Tables, files: Files, hands: Hands, report: Report, tell: Callable[[str], None], aes_key: str = ""
    ) -> None:
        self._tables, self._files, self._hands, self._report = tables, files, hands, report
        self._tell, self._aes_key = tell, aes_key
        self._has_users = tables.has("users")

    def all(self) -> None:
        """Every tenant with all that is its own. Raises Failure."""
        for row in list(self._tables.rows("tenants", "TRUE", order="id")):
            self._tenant(row)
        for table, lost in (("users", HERE), ("knowledge_bases", HERE), ("sessions", HERE), ("knowledges", BASE_HERE)):
            if table != "users" or self._has_users:
                for row in self._tables.rows(table, f"NOT EXISTS {lost}"):
                    what = "base" if lost is BASE_HERE else "tenant"
                    self._leave(DELETED[table][:-1], row, f"its {what} is deleted")
        self._report.deleted = {
            name: self._tables.deleted(table) for table, name in DELETED.items() if table != "users" or self._has_users
        }

    def _tenant(self, row: rows.Row) -> None:
        number = rows.number(row, "id")
        self._tell(f"tenant {number}")
        people = list(self._tables.rows("users", "t.tenant_id = $1", number)) if self._has_users else []
        arrived = self._given("tenant", row, "tenants", {"moved": rows.tenant(row, people), "aes_key": self._aes_key})
        if arrived is None:
            return
        self._report.came("users", True, arrived["users"])
        refused = {each["id"]: each["reason"] for each in arrived.get("refused", ())}
        self._report.came("users", False, len(people) - arrived["users"] - len(refused))
        self._report.came("keys", True, int(arrived.get("key", False)))
        for each in people:
            if rows.text(each, "id") in refused:
                self._leave("user", each, refused[rows.text(each, "id")])
        into = arrived["tenant"]
        for each in self._tables.rows("models", "t.tenant_id IN ($1, 0)", number):
            self._model(each, into)
        for each in self._tables.rows("knowledge_bases", "t.tenant_id = $1", number):
            self._base(each, into)
        for each in self._tables.rows("sessions", "t.tenant_id = $1", number):
            self._session(each, into)

    def _model(self, row: rows.Row, into: str) -> None:
        strange = rows.strange_model(row)
        if strange:
            return self._leave("model", row, strange)
        self._given("model", row, "models", rows.model(row, into))

    def _base(self, row: rows.Row, into: str) -> None:
        if self._given("base", row, "bases", rows.base(row, into)) is None:
            return
        id = rows.text(row, "id")
        name = printable(rows.text(row, "name")) or id
        found = self._tables.rows("knowledges", "t.knowledge_base_id = $1", id, order=COMPLETED_FIRST)
        for count, each in enumerate(found):
            if count % TOLD == 0:
                self._tell(f"base {name}, document {count + 1}")
            self._document(each, into)

    def _session(self, row: rows.Row, into: str) -> None:
        messages = self._tables.rows("messages", "t.session_id = $1", rows.text(row, "id"))
        told = turns(messages, rows.text(row, "knowledge_base_id"))
        arrived = self._given("session", row, "sessions", rows.session(row, told, into))
        if arrived is not None:
            self._report.came("messages", arrived["new"], len(told))

    # -- documents ----------------------------------------------------------------------------------------------------

    def _document(self, row: rows.Row, into: str) -> None:
        """The file, where it is there; else what its chunks say."""
        kind = rows.text(row, "type")
        if kind not in KINDS:
            return self._leave("document", row, f"documents of the type {kind!r} are not known here")
        kept = self._files.of(row)
        about = {"tenant": into, "base": rows.text(row, "knowledge_base_id"), **_about(row, kind)}
        if kind == "file" and kept.path is not None:
            path, size = kept.path, kept.size
            self._sent(row, about, lambda: content(path, size), size)
            return
        said = whole(self._tables.rows("chunks", "t.knowledge_id = $1", rows.text(row, "id"))).encode()
        if not said:
            why = kept.reason if kind == "file" else "nothing was ever read of it"
            return self._leave("document", row, f"{why}, and it has no chunks" if kind == "file" else why)
        name = about["name"] if kind == "file" else about["title"] or urlsplit(about["place"]).hostname or "passage"
        about |= {"name": f"{name[: MOST_NAME - 3]}.md", "title": about["title"] or name}
        if self._sent(row, about, lambda: [said], len(said)) and kind == "file":
            self._note(self._report.texts, "document", row, kept.reason)

    def _sent(self, row: rows.Row, about: Answer, pieces: Callable[[], Iterable[bytes]], size: int) -> bool:
        try:
            arrived = self._hands.send(about, pieces, size)
        except Failure as failure:
            self._refused("document", row, failure)
            return False
        self._report.came("documents", arrived["new"])
        return bool(arrived["new"])

    # -- what becomes of it -------------------------------------------------------------------------------------------

    def _given(self, kind: str, row: rows.Row, what: str, body: Answer) -> Answer | None:
        """The answer to a piece; none where it was refused."""
        try:
            arrived = self._hands.give(what, body)
        except Failure as failure:
            self._refused(kind, row, failure)
            return None
        self._report.came(what, arrived["new"])
        for said in arrived.get("remarks", ()):
            self._note(self._report.remarks, kind, row, said)
        return arrived

    def _refused(self, kind: str, row: rows.Row, failure: Failure) -> None:
        if failure.exit_code in FATAL:
            raise failure
        self._leave(kind, row, str(failure))

    def _leave(self, kind: str, row: rows.Row, reason: str) -> None:
        self._note(self._report.left, kind, row, reason)

    def _note(self, into: list[Note], kind: str, row: rows.Row, said: str) -> None:
        names = ("file_name", "title", "email", "name")
        name = next((found for each in names if (found := rows.text(row, each))), "")
        into.append(Note(kind, str(row.get("id", "")), name, said))


def _about(row: rows.Row, kind: str) -> Answer:
    """What is said of a document besides its bytes."""
    title, file = rows.text(row, "title"), rows.text(row, "file_name")
    noted = dict(_metadata(row))
    return {
        "id": rows.text(row, "id"),
        "kind": kind,
        "name": (file or title or "document")[:MOST_NAME],
        "title": "" if title == file else title,
        "place": rows.text(row, "source") if kind == "url" else "",
        "metadata": json.dumps(noted, ensure_ascii=False),
        **rows.times(row),
    }


def _metadata(row: rows.Row) -> Iterator[tuple[str, str]]:
    """What is noted of a document, as far as it can be."""
    size = 0
    for key, value in list(rows.table(row, "metadata").items())[:MOST_ENTRIES]:
        size += len(key) + len(value) if isinstance(value, str) else 0
        if isinstance(value, str) and 1 <= len(key) <= MOST_KEY and len(value) <= MOST_VALUE and size <= MOST_METADATA:
            yield key, value
