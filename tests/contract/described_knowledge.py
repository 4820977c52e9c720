"""Calls of the operations on knowledge bases, documents and chunks that must go well."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from parlance.testing.documents import pdf
from tests.contract.described_accounts import Calls, done

PATIENCE = 60.0
"""Seconds in which a small document is read: the first one starts a process."""
_numbers = itertools.count()


def base(caller: Calls, mark: str = "tea") -> str:
    """The id of a new base that is searched by its words."""
    made: str = done(caller, "bases.create", name=f"About {mark}", embedder="")["id"]
    return made


def document(
    caller: Calls, content: bytes = b"", of: str = "", *, mark: str = "tea", state: str = "ready", suffix: str = "txt"
) -> str:
    """The id of a new document, when it is in this state."""
    query = {"base": of or base(caller, mark), "name": f"{mark}.{suffix}"}
    data = content or f"All about {mark}, for the {next(_numbers)}th time.".encode()
    answer = caller.call("POST", "/parlance/v1/documents.upload", params=query, data=data)
    assert answer.ok, answer.text
    found: str = answer.json()["id"]
    deadline = time.monotonic() + PATIENCE
    while (now := _read(caller, found))["state"] != state:
        assert time.monotonic() < deadline and now["state"] not in ("failed", "ready"), now
        time.sleep(0.02)
    return found


def _booklet(caller: Calls) -> str:
    """The id of a new document that has a page."""
    with TemporaryDirectory() as folder:
        page = [pdf.Words(60, 700, f"All about tea, for the {next(_numbers)}th time.")]
        content = pdf.written(Path(folder) / "tea.pdf", [(page, [])]).read_bytes()
    return document(caller, content, suffix="pdf")


def _read(caller: Calls, id: str) -> Any:
    return caller.call("GET", "/parlance/v1/documents.read", params={"document": id}).json()


def chunk(caller: Calls, mark: str = "tea") -> str:
    """The id of a chunk of a new document."""
    of = document(caller, mark=mark)
    found: str = caller.call("GET", "/parlance/v1/chunks.list", params={"document": of}).json()["chunks"][0]["id"]
    return found


def evaluation(caller: Calls, of: str = "", read: str = "", *, settled: bool = True) -> str:
    """The id of a new evaluation of a base with one document, perhaps when it is over."""
    where = of or base(caller)
    asked = {"id": "q1", "query": "tea", "relevant": {read or document(caller, of=where): 1}}
    made: str = done(caller, "evaluations.start", base=where, questions=[asked])["id"]
    deadline = time.monotonic() + PATIENCE
    while settled and _state(caller, made) != "done":
        assert time.monotonic() < deadline and _state(caller, made) in ("waiting", "running", "done"), made
        time.sleep(0.02)
    return made


def _state(caller: Calls, id: str) -> Any:
    return caller.call("GET", "/parlance/v1/evaluations.read", params={"evaluation": id}).json()["state"]


def _asked(caller: Calls) -> dict[str, Any]:
    return {"body": {"base": base(caller), "questions": [{"id": "q1", "query": "tea", "relevant": {"tea.txt": 1}}]}}


def _failed(caller: Calls) -> str:
    """A document that is none: zeros under the name of a text."""
    return document(caller, bytes(64), state="failed")


def _placed(caller: Calls) -> str:
    """A document that a kept folder put there."""
    query = {"base": base(caller), "folder": "papers", "path": "a.txt"}
    answer = caller.call("POST", "/parlance/v1/documents.upload", params=query, data=b"some text")
    assert answer.ok, answer.text
    found: str = answer.json()["id"]
    return found


def _text(caller: Calls) -> dict[str, Any]:
    return {"body": {"base": base(caller), "name": "note", "text": f"Tea no. {next(_numbers)} is good."}}


KNOWLEDGE: Mapping[str, Callable[[Calls], dict[str, Any]]] = {
    "bases.create": lambda caller: {"body": {"name": "Another", "embedder": ""}},
    "bases.read": lambda caller: {"query": {"base": base(caller)}},
    "bases.change": lambda caller: {"body": {"base": base(caller), "name": "Other"}},
    "bases.delete": lambda caller: {"body": {"base": base(caller)}},
    "bases.usage": lambda caller: {"query": {"base": base(caller)}},
    "bases.retrieve": lambda caller: {"body": {"base": base(caller), "query": "tea"}},
    "graphs.read": lambda caller: {"query": {"base": base(caller)}},
    "graphs.show": lambda caller: {"query": {"base": base(caller), "entity": "tea"}},
    "graphs.project": lambda caller: {"body": {}, "statuses": (422,)},  # there is no Neo4j here, which it says
    "documents.upload": lambda caller: {"query": {"base": base(caller), "name": "a.txt"}, "body": b"some text"},
    "documents.add_text": _text,
    # No address of this machine is ever fetched, so the document fails, and nothing leaves.
    "documents.add_address": lambda caller: {"body": {"base": base(caller), "address": "http://127.0.0.1:9/tea"}},
    "documents.read": lambda caller: {"query": {"document": document(caller)}},
    "documents.list": lambda caller: {"query": {"base": base(caller)}},
    "documents.change": lambda caller: {"body": {"document": document(caller), "name": "b.txt"}},
    "documents.retry": lambda caller: {"body": {"document": _failed(caller)}},
    "documents.recut": lambda caller: {"body": {"document": document(caller)}},
    "bases.retry": lambda caller: {"body": {"base": base(caller)}},
    "bases.recut": lambda caller: {"body": {"base": base(caller)}},
    "documents.delete": lambda caller: {"body": {"document": document(caller)}},
    "documents.move_file": lambda caller: {"body": {"document": _placed(caller), "folder": "papers", "path": "b.txt"}},
    "documents.remove_file": lambda caller: {"body": {"document": _placed(caller), "folder": "papers"}},
    "documents.content": lambda caller: {"piece": f"{document(caller)}/content"},
    "documents.page": lambda caller: {"piece": f"{_booklet(caller)}/pages/1"},
    "documents.pages.read": lambda caller: {"query": {"document": _booklet(caller), "start": "0", "stop": "3"}},
    "chunks.list": lambda caller: {"query": {"document": document(caller)}},
    "chunks.read": lambda caller: {"query": {"chunk": chunk(caller)}},
    "chunks.change": lambda caller: {"body": {"chunk": chunk(caller), "enabled": False}},
    "evaluations.start": _asked,
    "evaluations.read": lambda caller: {"query": {"evaluation": evaluation(caller)}},
    "evaluations.list": lambda caller: {"query": {"base": base(caller)}},
    "evaluations.questions.list": lambda caller: {"query": {"evaluation": evaluation(caller)}},
    "evaluations.stop": lambda caller: {"body": {"evaluation": evaluation(caller, settled=False)}},
    "evaluations.delete": lambda caller: {"body": {"evaluation": evaluation(caller, settled=False)}},
    "chunks.delete": lambda caller: {"body": {"chunk": chunk(caller)}},
    "chunks.delete_all": lambda caller: {"body": {"document": document(caller)}},
    "bases.copy": lambda caller: {"body": {"source": base(caller)}},
    "bases.stop_embedding": lambda caller: {"body": {"base": base(caller)}},
    "bases.stop_copy": lambda caller: {"body": {"base": base(caller)}},
    "storage.read": lambda caller: {"query": {"tenant": "default"}},
    "storage.set": lambda caller: {"body": {"tenant": "default", "unlimited": True}},
}
"""How to call what needs more than its address, by operation id."""
