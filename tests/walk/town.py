"""Two tenants on one server, whoever is in them, and all that one user of them has."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import requests

from parlance.stores.sql.snapshot import tables
from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOllama, MockOpenAI
from parlance.testing.upstreams.server import Upstream
from tests.contract.described import ITEMS, PATIENCE, TOML, Caller
from tests.contract.described_accounts import PASSWORD, done, user
from tests.contract.described_chatbot import app
from tests.contract.described_connections import connection
from tests.contract.described_knowledge import base, document, evaluation
from tests.dialects.judges.parties import served
from tests.flows.callers import table
from tests.walk.rules import ADMIN, FOREIGN, FOREIGN_ADMIN, GUEST, KEY, NOBODY, OPERATOR, PENDING, SEATED, USER

MARK = "quagga"
"""Stands in all that the user has written: what nobody else may read anywhere."""
WRITTEN_BESIDE = frozenset({"audit_log"})
"""Tables that a refused request may well write into."""
NOTED = frozenset({"last_seen", "last_used", "seen"})
"""Columns that are kept current in the background."""
Things = dict[str, str]


class Person(Caller):
    """Somebody, by their token (nobody: without one), at the door that they come to."""

    def __init__(
        self, server: Server, name: str, token: str | None, id: str = "", tenant: str = "default", door: str = "default"
    ) -> None:
        super().__init__(server)
        self._url = server.addresses[door]
        self.name, self.id, self.tenant = name, id, tenant
        self.mark = MARK if name == USER else "zebra"
        """Stands in all that they write."""
        del self.session.headers["authorization"]
        if token is not None:
            self.session.headers["authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One answer, whole."""
        return self.session.request(method, self._url + path, timeout=PATIENCE, allow_redirects=False, **more)


class Town:
    """Everybody by name, what the user has by kind (`theirs`), and what each other has who was asked (`things`)."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.judge = Caller(server)
        self.nobody = Person(server, NOBODY, None)
        user(self.judge)  # the first account becomes the machine's owner, and is none of those below
        elsewhere = done(self.judge, "tenants.create", name="Elsewhere")["id"]
        self.people = {name: self._settled(name, elsewhere) for name in SEATED}
        self.people[KEY] = Person(server, KEY, done(self.people[USER], "keys.create", name="a program")["key"])
        self.people[GUEST] = Person(server, GUEST, None, door="guests")
        self._things: dict[str, Things] = {}
        self.began = time.monotonic()
        """Before anybody had anything."""
        self.models: dict[str, str] = {}
        """The model that was last made for each."""
        self.theirs = self._have()
        self.over = self.sign_in(f"the {USER}")
        """The token of a session that is over."""
        Person(server, USER, self.over).call("POST", "/parlance/v1/accounts.sign_out", json={})

    def _settled(self, name: str, elsewhere: str) -> Person:
        roles = {PENDING: "pending", ADMIN: "admin", FOREIGN_ADMIN: "admin"}
        where = {"tenant": elsewhere} if name in (FOREIGN, FOREIGN_ADMIN) else {}
        more = {"role": roles.get(name, "user"), "operates": name == OPERATOR, **where}
        made = done(self.judge, "users.create", name=f"the {name}", password=PASSWORD, **more)
        return Person(self.server, name, self.sign_in(f"the {name}"), made["id"], made["tenant"])

    def sign_in(self, account: str) -> str:
        """The token of a new session."""
        token: str = done(self.nobody, "accounts.sign_in", account=account, password=PASSWORD)["token"]
        return token

    def _have(self) -> Things:
        """All that the user has; of the tenant's things its admin makes one."""
        found = self.things(USER, *(kind for kind in MAKERS if kind not in _OF_THE_TENANT))
        found |= self.things(ADMIN, "group", "budget") | self.things(OPERATOR, "connection")
        done(self.people[USER], "chats.tag", chat=found["chat"], add=[MARK])
        sent = done(
            self.people[USER], "chats.send", text=MARK, chat=found["chat"], files=[found["file"]], models=["mock"]
        )
        follow(self.people[USER], sent["run"])
        done(self.people[ADMIN], "groups.members", group=found["group"], add=[self.people[USER].id])
        answer = self.people[USER].call("POST", "/v1/responses", json={"model": "mock", "input": MARK})
        return {**found, "user": self.people[USER].id, "tenant": "default", "response": answer.json()["id"]}

    def things(self, who: str, *kinds: str) -> Things:
        """What somebody has of these kinds, made where they have none."""
        mine = self._things.setdefault(who, {})
        for kind in kinds:
            if kind not in mine:
                mine |= MAKERS[kind](self, self.people[who])
        return {kind: mine[kind] for kind in kinds}

    def of(self, who: str) -> Things:
        """What somebody has by now."""
        return self._things.get(who, {})

    def forget(self, who: str) -> None:
        """What somebody has may be gone: they make anew what is asked for."""
        self._things.pop(who, None)

    def settle(self) -> None:
        """Wait until all that was said so far is written: ledgers are, in their order, after what was used."""
        sent = done(self.judge, "chats.send", text="The last word", models=["mock"])
        follow(self.judge, sent["run"])
        written = "SELECT 1 FROM ledgers WHERE run = ? AND NOT EXISTS (SELECT 1 FROM turns WHERE state = 'running')"
        deadline = time.monotonic() + PATIENCE
        with closing(self.database()) as database:
            while not database.execute(written, (sent["run"],)).fetchone():
                assert time.monotonic() < deadline, "what was said is not written"
                time.sleep(0.01)

    def database(self) -> sqlite3.Connection:
        """A connection of our own to the server's database."""
        [path] = (self.server.folder / "data").glob("*.db")
        return sqlite3.connect(path)

    def blobs(self) -> list[Path]:
        """All files below the data folder but the database's."""
        found = (self.server.folder / "data").rglob("*")
        return sorted(path for path in found if ".db" not in path.name and path.is_file())


def follow(person: Caller, run: str) -> None:
    """Wait for the end of a run."""
    person.call("GET", f"/parlance/v1/runs.read?run={run}", headers={"accept": "text/event-stream"})


def _talk(town: Town, person: Person) -> Things:
    sent = done(person, "chats.send", text=f"Hello {person.mark}", models=["mock"])
    follow(person, sent["run"])
    done(person, "chats.update", chat=sent["chat"], title=f"About a {person.mark}")
    return {"chat": sent["chat"], "turn": sent["answer"], "ledger": sent["run"]}


def _share(town: Town, person: Person) -> Things:
    made = done(person, "shares.create", chat=town.things(person.name, "chat")["chat"])
    return {"share": made["share"]["id"]}


def _file(town: Town, person: Person) -> Things:
    answer = person.call(
        "POST", "/parlance/v1/files.upload", params={"name": f"{person.mark}.txt"}, data=person.mark.encode()
    )
    return {"file": answer.json()["id"]}


def _knowledge(town: Town, person: Person) -> Things:
    """A base with a document that was read, a chunk of it, and an evaluation."""
    of = base(person, person.mark)
    read = document(person, f"About a {person.mark}.".encode(), of, mark=person.mark)
    chunks = person.call("GET", "/parlance/v1/chunks.list", params={"document": read}).json()["chunks"]
    return {"base": of, "document": read, "chunk": chunks[0]["id"], "evaluation": evaluation(person, of, read)}


def _session(town: Town, person: Person) -> Things:
    town.sign_in(f"the {person.name}")
    listed = person.call("GET", "/parlance/v1/sessions.list").json()["sessions"]
    return {"session": listed[0]["id"]}  # the newest one, which is not the one that this asks with


def _user(town: Town, person: Person) -> Things:
    if person.name not in (ADMIN, FOREIGN_ADMIN):
        return {"user": person.id}
    more = {"name": f"somebody {time.monotonic_ns()}", "tenant": person.tenant}
    return {"user": done(town.judge, "users.create", **more)["id"]}


def _budget(town: Town, person: Person) -> Things:
    wanted = {"subject": "user", "name": person.id, "unit": "requests", "period": "month", "limit": 1_000_000}
    return {"budget": done(person, "budgets.set", **wanted)["id"]}


_ASK = {"model": "mock", "items": ITEMS}


def _workspace(town: Town, person: Person) -> Things:
    """One's own tenant by its number; whoever sees several takes that of the user."""
    return {"workspace": "10000" if person.tenant == "default" else "10001"}


def _tenant_model(town: Town, person: Person) -> Things:
    """A model of one's tenant, which its admin makes: there is room for two hundred, so one that is still there serves
    again."""
    admin = town.people[ADMIN if person.tenant == "default" else FOREIGN_ADMIN]
    made = town.models.get(person.name)
    if made is None or not admin.call("GET", f"/api/v1/models/{made}").ok:
        body = {"name": "shelved", "type": "KnowledgeQA", "source": "local", "parameters": {}}
        made = town.models[person.name] = admin.call("POST", "/api/v1/models", json=body).json()["data"]["id"]
    return {"tenant_model": made}


MAKERS: Mapping[str, Callable[[Town, Person], Things]] = {
    "chat": _talk,
    "turn": _talk,
    "ledger": _talk,
    "share": _share,
    "file": _file,
    "base": _knowledge,
    "document": _knowledge,
    "chunk": _knowledge,
    "evaluation": _knowledge,
    "session": _session,
    "user": _user,
    "budget": _budget,
    "run": lambda town, person: {"run": done(person, "messages.send", ask=_ASK, keep=True)["run"]},
    "folder": lambda town, person: {"folder": done(person, "folders.create", name=f"A {person.mark}")["id"]},
    "key": lambda town, person: {"key": done(person, "keys.create", name="a key")["about"]["id"]},
    "group": lambda town, person: {"group": done(person, "groups.create", name="a group")["id"]},
    "workspace": _workspace,
    "tenant_model": _tenant_model,
    "tenant": lambda town, person: {"tenant": person.tenant},
    "connection": lambda town, person: {"connection": connection(person)},
}
"""How somebody comes by a thing of each kind."""
_OF_THE_TENANT = ("user", "group", "budget", "tenant", "connection")


class Frozen:
    """The database and the files while nothing may be written: says whether anything was, and what."""

    def __init__(self, town: Town, database: sqlite3.Connection) -> None:
        self._town = town
        self._database = database
        self._around = self._beside()
        self._before = self._content()
        self._version = self._now()

    def _now(self) -> int:
        """Changes whenever another connection has committed."""
        version: int = self._database.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _content(self) -> dict[str, list[tuple[Any, ...]]]:
        return {table: list(self._rows(table)) for table in tables() if table not in WRITTEN_BESIDE}

    def _rows(self, table: str) -> Iterator[tuple[Any, ...]]:
        cursor = self._database.execute(f"SELECT * FROM {table}")
        kept = [at for at, column in enumerate(cursor.description) if column[0] not in NOTED]
        return iter(sorted((tuple(row[at] for at in kept) for row in cursor), key=repr))

    def _beside(self) -> tuple[list[Path], str]:
        """The files, and what the user's pages were told."""
        told = self._town.people[USER].call("GET", "/parlance/v1/feeds.read")
        return self._town.blobs(), told.text

    def left(self) -> bool:
        """Whether files have come or gone, or the user's pages heard of something."""
        return self._beside() != self._around

    def changed(self) -> list[str]:
        """The tables that have changed since it was asked last."""
        version = self._now()
        if version == self._version:
            return []
        before, self._before, self._version = self._before, self._content(), version
        return [table for table, rows in self._before.items() if rows != before[table]]


@contextmanager
def town(folder: Path, toml: str = "") -> Iterator[Town]:
    """The server, with these settings, and with everybody in it."""
    upstreams: tuple[tuple[Upstream, Mapping[str, object]], ...] = (
        (MockOpenAI(models=("mock", "mock-embed", "mock-rerank", "mock-whisper")), {}),
        (MockOllama(models=("shelved", "shelved-embed")), {"name": "shelf", "kind": "ollama"}),
    )
    guests = table("doors", {"name": "guests", "address": "127.0.0.1:0", "anonymous": "visitor"})
    with app() as chatbot, served(folder, *upstreams, toml=toml + TOML + guests + chatbot) as server:
        made = Town(server)
        yield made
        for caller in (made.judge, made.nobody, *made.people.values()):
            caller.session.close()
