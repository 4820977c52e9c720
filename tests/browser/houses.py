"""Servers as people have them after a while: what the views of the page are drawn at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.mock_ollama import MockOllama
from tests.browser.conftest import Serving
from tests.browser.graphs import DRAWN, LAMPS, grown
from tests.browser.people import PASSWORD, Person, another, first
from tests.browser.samples import ANSWERS, file_of, thread
from tests.browser.views_of_knowledge import GARDEN
from tests.flows.callers import table

COLD, WARM = "mock-d90000-cold", "mock-d90000-warm"
"""Models of an Ollama that is silent for longer than anybody looks: one is loaded, one is not."""
LINE = "mock-p90000-n2-line"
"""A model that answers one at a time."""
SLOW = "mock-p300-n60-slow"
LATE = "mock-d90000-late"
OLD = (
    "Soup for six",
    "茶叶的种类",
    "Why the sky is blue, and why it is red in the evening",
    "Letters",
    "Tax",
    "Trains",
)
BUDGET = '[[budgets]]\nsubject = "user"\nname = "*"\nunit = "requests"\nperiod = "day"\nlimit = 5000\n'


@contextmanager
def houses(serving: Serving, upstream: MockOpenAI) -> Iterator[dict[str, Server]]:
    """`lived`: one person's machine, with threads; `several`: with accounts; `fresh`: nothing was done there yet."""
    with ExitStack() as life:
        ollama = life.enter_context(in_thread(MockOllama(models=(COLD, WARM))))
        ollama.shelf.loaded = _Loaded({f"{WARM}:latest"})
        yield _Houses(serving, _lived_toml(upstream.base_url, ollama.base_url))


class _Loaded(set[str]):
    """What an Ollama holds in memory that never ends to load anything more."""

    def add(self, name: str) -> None:
        """Not even then."""


class _Houses(dict[str, Server]):
    """Each is built when it is asked for the first time."""

    def __init__(self, serving: Serving, toml: str) -> None:
        super().__init__()
        self._builders = {
            "lived": lambda: _lived(serving(toml=toml)),
            "several": lambda: _several(serving(toml=f'[models]\ndefault = "quote"\n{BUDGET}')),
            "fresh": lambda: serving(toml='[models]\ndefault = "quote"\n'),
        }

    def __missing__(self, name: str) -> Server:
        self[name] = self._builders[name]()
        return self[name]


def _lived_toml(openai: str, ollama: str) -> str:
    tables = [
        table("connections", {"name": "line", "base_url": openai, "models": [LINE], "max_concurrent": 1}),
        table("connections", {"name": "slow", "base_url": openai, "models": [SLOW, LATE, "bad-internal-error"]}),
        table("connections", {"name": "ollama", "kind": "ollama", "base_url": ollama}),
    ]
    return "\n".join(['[models]\ndefault = "quote"\n', "[knowledge]\ngraph = true\n", *tables])


def _lived(server: Server) -> Server:
    me = Person(server)
    old = [thread(title, "Why?", "Because.", age=age * 9 + 0.5) for age, title in enumerate(OLD)]
    many = [thread(f"Note {number} of the diary", "What?", "That.", age=1 + number / 9) for number in range(24)]
    gardening = thread("Gardening", *[f"Line {number} of a talk about gardens." for number in range(24)])
    me.bring(file_of(*old, *many, *(thread(title, "Show me.", text) for title, text in ANSWERS.items()), gardening))
    folder = me.do("folders.create", name="House", instructions="Answer in one sentence.")["id"]
    me.do("folders.create", name="Repairs, and everything that broke in the kitchen", parent=folder)
    chats = {chat["title"]: chat["id"] for chat in me.do("chats.list", limit=100)["chats"]}
    # What every view makes anew pushes the rest down: what views look for stays at the top.
    for title in ("Tax", "Letters", "Trains"):
        me.do("chats.update", chat=chats[title], pinned=True)
    me.do("chats.tag", chat=chats["Letters"], add=["family", "paper"])
    _branches(me)
    _documents(me)
    return server


def _documents(me: Person) -> None:
    base = me.do("bases.create", name=GARDEN, embedder="", description="What stands where, and what it wants.")["id"]
    me.do("bases.create", name="Minutes", embedder="", access="tenant")
    pots = "盆 😀 The blue pot holds the rosemary. The red pot holds the basil.\n\nWater them in the morning."
    me.add(base, "pots.txt", f"{pots}\n\n{'Nothing grows in the winter. ' * 60}".encode())
    me.add(base, "a picture of the garden that was sent by somebody.pdf", b"%PDF-1.7 nothing")
    off = me.add(base, "letters/old.txt", b"The green pot is broken.")
    me.do("documents.change", document=off, enabled=False)
    _graph(me)
    chat = me.said("Which pot holds the rosemary?", bases=[base], models=["quote"])
    me.do("chats.update", chat=chat, title="Pots")


def _graph(me: Person) -> None:
    base = me.do("bases.create", name=LAMPS, embedder="", graph={"enabled": True, "model": "mock-echo"})["id"]
    for name, text in DRAWN.items():
        me.add(base, name, text.encode())
    grown(me, base, len(DRAWN))


def _branches(me: Person) -> None:
    chat = me.said("Tea is grown in Assam. Where is tea grown?")
    me.do("chats.update", chat=chat, title="Branches")
    turns = me.do("chats.read", chat=chat)["turns"]
    for verb, fields in (("edit", {"text": "Coffee is grown in Kerala. Where?"}), ("regenerate", {"models": ["mock"]})):
        for answer in me.do(f"chats.{verb}", turn=turns[0]["id"], **fields)["answers"]:
            me.ended(answer["run"])
    pair = me.said("Tea is grown in Assam. Where?", models=["quote", "mock", "mock-think"])
    me.do("chats.update", chat=pair, title="Side by side")


def _several(server: Server) -> Server:
    ada = first(server)
    bob = another(ada, "Bob")
    ada.do("users.create", name="Eve", password=PASSWORD, role="pending")
    ada.do("users.create", name="Somebody with a name of many words", email="somebody.with.long@mail.example")
    group = ada.do("groups.create", name="gardeners")["id"]
    users = {user["name"]: user["id"] for user in ada.do("users.list")["users"]}
    ada.do("groups.members", group=group, add=[users["Bob"]])
    ada.do("budgets.set", subject="group", name=group, unit="tokens", period="month", limit=2_000_000)
    ada.do("keys.create", name="laptop")
    ada.do("backups.make")
    ada.said("Tea is grown in Assam. Where?")
    bob.said("Tea is grown in Assam. Where?")
    return server
