"""`parlance import weknora`: from that system's database and files to a running server, piece by piece.

Each piece is taken whole or not at all, and what comes again changes nothing: what was broken off is begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from parlance.cli import weknora_bodies as bodies
from parlance.cli.client import Client, printable
from parlance.cli.exits import Exit, Failure
from parlance.cli.form import Form
from parlance.cli.patience import patiently
from parlance.cli.weknora_files import Files, content, whole
from parlance.cli.weknora_report import Note, Report
from parlance.cli.weknora_turns import turns
from parlance.ports.weknora_original import (
    OriginalBase,
    OriginalDocument,
    OriginalModel,
    OriginalPerson,
    Originals,
    OriginalSession,
    OriginalTenant,
    Orphan,
)

API = "/parlance/v1/weknora"
TOLD = 20
"""Documents between two lines that say how far it is."""
FATAL = (Exit.UNREACHABLE, Exit.NOT_PERMITTED)
NAMED = ("tenant", "base", "id", "name")
"""What the address itself says of a document."""
KINDS = ("file", "url", "passage")
NAMES = ("file", "title", "email", "name")
"""What a thing is called by, the first that it has."""
Answer = dict[str, Any]
Thing = OriginalTenant | OriginalPerson | OriginalModel | OriginalBase | OriginalDocument | OriginalSession | Orphan


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
        """The bytes of a document, behind what is said of it: a query has no room for all that may be."""
        path = f"{API}.documents.import?{urlencode({name: about[name] for name in NAMED})}"
        fields = {**{name: value for name, value in about.items() if name not in NAMED}, "size": size}
        form = Form(fields, about["id"])
        return patiently(lambda: self._client.send(path, form.around(pieces()), form.size(size), form.media_type))


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
        self,
        there: Originals,
        files: Files,
        hands: Hands,
        report: Report,
        tell: Callable[[str], None],
        aes_key: str = "",
    ) -> None:
        self._there, self._files, self._hands, self._report = there, files, hands, report
        self._tell, self._aes_key = tell, aes_key

    def all(self) -> None:
        """Every tenant with all that is its own. Raises Failure, and Unreadable."""
        for each in list(self._there.tenants()):
            self._tenant(each)
        for orphan in self._there.orphans():
            self._leave(orphan.kind, orphan, f"its {orphan.of} is deleted")
        self._report.deleted = self._there.deleted()

    def _tenant(self, tenant: OriginalTenant) -> None:
        self._tell(f"tenant {tenant.number}")
        people = list(self._there.people(tenant.number))
        moved = {"moved": bodies.tenant(tenant, people), "aes_key": self._aes_key}
        arrived = self._given("tenant", tenant, "tenants", moved)
        if arrived is None:
            return
        self._report.came("users", True, arrived["users"])
        refused = {each["id"]: each["reason"] for each in arrived.get("refused", ())}
        self._report.came("users", False, len(people) - arrived["users"] - len(refused))
        self._report.came("keys", True, int(arrived.get("key", False)))
        for each in people:
            if each.id in refused:
                self._leave("user", each, refused[each.id])
        self._belongings(tenant.number, arrived["tenant"])

    def _belongings(self, number: int, into: str) -> None:
        """What is a tenant's own."""
        for model in self._there.models(number):
            self._model(model, into)
        for base in self._there.bases(number):
            self._base(base, into)
        for session in self._there.sessions(number):
            self._session(session, into)

    def _model(self, model: OriginalModel, into: str) -> None:
        strange = bodies.strange_model(model)
        if strange:
            return self._leave("model", model, strange)
        self._given("model", model, "models", bodies.model(model, into))

    def _base(self, base: OriginalBase, into: str) -> None:
        if self._given("base", base, "bases", bodies.base(base, into)) is None:
            return
        name = printable(base.name) or base.id
        for count, each in enumerate(self._there.documents(base.id)):
            if count % TOLD == 0:
                self._tell(f"base {name}, document {count + 1}")
            self._document(each, into)

    def _session(self, session: OriginalSession, into: str) -> None:
        told = turns(self._there.messages(session.id), session.base)
        arrived = self._given("session", session, "sessions", bodies.session(session, told, into))
        if arrived is not None:
            self._report.came("messages", arrived["new"], len(told))

    # -- documents ----------------------------------------------------------------------------------------------------

    def _document(self, document: OriginalDocument, into: str) -> None:
        """The file, where it is there; else what its chunks say."""
        is_file = document.type == "file"
        if document.type not in KINDS:
            return self._leave("document", document, f"documents of the type {document.type!r} are not known here")
        kept = self._files.of(document)
        about = bodies.document(document, into)
        if is_file and kept.path is not None:
            path, size = kept.path, kept.size
            self._sent(document, about, lambda: content(path, size), size)
            return
        said = whole(self._there.chunks(document.id)).encode()
        if not said:
            why = f"{kept.reason}, and it has no chunks" if is_file else "nothing was ever read of it"
            return self._leave("document", document, why)
        name = about["name"] if is_file else about["title"] or urlsplit(about["place"]).hostname or "passage"
        about |= {"name": f"{name[: bodies.MOST_NAME - 3]}.md", "title": about["title"] or name}
        if self._sent(document, about, lambda: [said], len(said)) and is_file:
            self._note(self._report.texts, "document", document, kept.reason)

    def _sent(
        self, document: OriginalDocument, about: Answer, pieces: Callable[[], Iterable[bytes]], size: int
    ) -> bool:
        try:
            arrived = self._hands.send(about, pieces, size)
        except Failure as failure:
            self._refused("document", document, failure)
            return False
        self._report.came("documents", arrived["new"])
        for told in arrived.get("remarks", ()):
            self._note(self._report.remarks, "document", document, told)
        return bool(arrived["new"])

    # -- what becomes of it -------------------------------------------------------------------------------------------

    def _given(self, kind: str, thing: Thing, what: str, body: Answer) -> Answer | None:
        """The answer to a piece; none where it was refused."""
        try:
            arrived = self._hands.give(what, body)
        except Failure as failure:
            self._refused(kind, thing, failure)
            return None
        self._report.came(what, arrived["new"])
        for said in arrived.get("remarks", ()):
            self._note(self._report.remarks, kind, thing, said)
        return arrived

    def _refused(self, kind: str, thing: Thing, failure: Failure) -> None:
        if failure.exit_code in FATAL:
            raise failure
        self._leave(kind, thing, str(failure))

    def _leave(self, kind: str, thing: Thing, reason: str) -> None:
        self._note(self._report.left, kind, thing, reason)

    def _note(self, into: list[Note], kind: str, thing: Thing, said: str) -> None:
        name = next((found for each in NAMES if (found := getattr(thing, each, ""))), "")
        into.append(Note(kind, thing.id, name, said))
