"""The texts of a BEIR folder on their way into a knowledge base, under the ids that its judgements name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from parlance.cli import bases
from parlance.cli.client import Client
from parlance.cli.exits import Failure
from parlance.cli.figures import counted
from parlance.cli.pages import PREFIX
from parlance.cli.patience import patiently
from parlance.cli.question_sets import passages
from parlance.values.evaluations import CORPUS_ID

POLL_SECONDS = 0.5
MOST_IDS = 2000
"""Code points of the ids of one text: of an entry of a document's metadata."""
READING = ("waiting", "parsing", "embedding")
Moved = Callable[[str, int, int], None]
"""Hears what is being done, how far that is, and of how many."""


def put(client: Client, base: str, folder: Path, moved: Moved) -> int:
    """Put the corpus into a base, but what is there already, and wait until it is read; gives how many were new.
    Raises Failure."""
    known = {id for document in bases.documents(client, base) for id in _ids(document)}
    total, new, done = sum(1 for _ in passages(folder)), 0, 0
    for some in _pieces(passages(folder)):
        for id, title, text in some:
            if id not in known:
                _add(client, base, id, f"{title}\n\n{text}" if title else text)
                new += 1
        done += len(some)
        moved("adding texts", done, total)
    _read(client, base, moved)
    return new


def _pieces(found: Iterator[tuple[str, str, str]]) -> Iterator[list[tuple[str, str, str]]]:
    while some := list(islice(found, 20)):
        yield some


def _ids(document: dict[str, Any]) -> list[str]:
    return str(document.get("metadata", {}).get(CORPUS_ID, "")).split()


def _add(client: Client, base: str, id: str, text: str) -> None:
    """One text. Where the base has the same one under another id, it gets this one besides. One without any word is
    passed over: nothing could find it."""
    if not text.strip():
        return
    body = {"base": base, "name": id[:200], "text": text, "metadata": {CORPUS_ID: id}}
    document = _asked(client, "documents.add_text", body)
    ids = _ids(document)
    if id in ids:
        return
    together = " ".join([*ids, id])
    if len(together) > MOST_IDS:
        raise Failure(f"The text {id} is there under too many other ids.")
    metadata = {**document.get("metadata", {}), CORPUS_ID: together}
    _asked(client, "documents.change", {"document": document["id"], "metadata": metadata})


def _asked(client: Client, operation: str, body: dict[str, Any]) -> Any:
    """What the server answers. Comes again when it says when."""
    return patiently(lambda: client.ask("POST", f"{PREFIX}/{operation}", body))


def _read(client: Client, base: str, moved: Moved) -> None:
    """Wait until nothing of the base is being read any more. Raises Failure where something of it failed."""
    while True:
        states = client.ask("GET", f"{PREFIX}/bases.usage?base={base}")["states"]
        total, left = sum(states.values()), sum(states.get(each, 0) for each in READING)
        moved("reading texts", total - left, total)
        if not left:
            break
        time.sleep(POLL_SECONDS)
    if failed := states.get("failed", 0):
        lacking = f"{counted(failed, 'document')} of the base could not be read"
        raise Failure(f"{lacking}: look at what failed before you measure it.")
