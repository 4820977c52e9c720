"""What is to be done so that a base has what a folder has: files to send, documents to rename and to remove.

Of the documents in the base only those count as the folder's that its own sync put there (`source` is `folder`, and the
place begins with its name): nothing else is ever renamed or removed. And nothing is removed because it could not be
seen: a folder that cannot be looked at, or is there and empty (a disk that is not mounted), keeps its documents.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from parlance.cli.folder import Digests, Found, Look, raw
from parlance.values.folder_places import path_of
from parlance.values.sounds import SUFFIXES

Outcome = Literal["added", "changed", "renamed", "removed", "unchanged", "kept", "failed", "skipped"]
"""`kept`: a document whose file is gone stays, for the reason that is told. `skipped`: it is nothing for a base; a
failure would be there to be mended."""
NEVER_READ = frozenset(
    {
        *(".m4v", ".mov", ".mkv", ".avi", ".wmv", ".mpg"),
        *SUFFIXES,
        *(".aac", ".wma", ".avif", ".heic", ".psd"),
        *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar", ".whl"),
        *(".exe", ".dll", ".so", ".dylib", ".o", ".a", ".class", ".pyc", ".wasm", ".apk", ".deb", ".rpm", ".msi"),
        *(".iso", ".img", ".dmg", ".db", ".sqlite", ".sqlite3", ".gguf", ".onnx", ".safetensors", ".pt", ".npy"),
        *(".parquet", ".ttf", ".otf", ".woff", ".woff2"),
    }
)
"""Suffixes of what no parser of ours reads: the server would find out, after the bytes took of its room, and a failed
document is kept until somebody deletes it. And of sound, which costs a model's time: whoever wants that says so."""
MENDED = frozenset(
    {
        *("extra_missing", "embed_extra_missing", "embed_weights_missing", "no_transcriber"),
        *("unreachable", "engine_failed", "engine_error", "upstream", "busy", "timed_out"),
    }
)
"""What documents failed for that is no fault of their files, and may be gone by now: they are tried once more."""
UNREAD = "it is there, but no word in it was read"
SOUND = "what is said in it takes a model that transcribes to be read (--any-format sends it)"
EMPTY = "its folder is there and empty; where that is meant, remove the folder too"
UNSEEN = "its folder cannot be looked at"
RESTLESS = "it is being written"


class Told(NamedTuple):
    """What became of a file, with the reason and what to do where there is something to say, and its document."""

    name: str
    outcome: Outcome
    reason: str = ""
    document: str = ""


class Sent(NamedTuple):
    """A document that the server has and reads; `known` when it had it before."""

    name: str
    document: str
    size: int
    known: bool = False


class Gone(NamedTuple):
    """A document of the folder whose file is not there any more (`absent`), is ignored by now, or has other bytes."""

    name: str
    document: str
    absent: bool = True


class Plan(NamedTuple):
    """What is to be done. `outdated` are versions that go when the file of that name is in the base: it has the bytes
    that are in their place now. `waiting` are documents that are there and not read yet; `told` is settled already;
    `again` failed for what may be mended by now."""

    new: list[Found]
    moved: list[tuple[Gone, Found]]
    removed: list[Gone]
    outdated: dict[str, list[Gone]]
    waiting: list[Sent]
    told: list[Told]
    again: list[Sent]

    @property
    def changed(self) -> frozenset[str]:
        """The new files that take the place of another version."""
        names = {gone.name for versions in self.outdated.values() for gone in versions}
        return frozenset(file.name for file in self.new if file.name in names)


class Planner:
    """Compares looks at a folder that a base calls `name` with the base's documents. `any_format` leaves every format
    to the server."""

    def __init__(self, folder: Path, name: str, any_format: bool = False) -> None:
        self.folder, self.name = folder, name
        self._any_format = any_format
        self._digests = Digests()
        self._tried: set[str] = set()

    def planned(self, look: Look, there: Iterable[Mapping[str, Any]], restless: Collection[str] = ()) -> Plan:
        """What is to be done; nothing about names that are `restless`."""
        uploaded = [each for each in there if each["source"] != "address"]
        plan = Plan([], [], [], {}, [], [], [])
        by_bytes = {each["sha256"]: each for each in uploaded if each.get("sha256")}
        first: dict[str, Found] = {}
        at: dict[str, str] = {}
        for file in look.files:
            if file.name in restless:
                plan.told.append(Told(file.name, "skipped", RESTLESS))
            elif digest := self._judged(plan, file):
                at[file.name] = digest
                self._sorted(plan, file, first.setdefault(digest, file), by_bytes.get(digest))
        self._own(plan, look, uploaded, first, at, restless)
        plan.told.extend(Told(path, "failed", f"Not looked at: {why}.") for path, why in look.unseen.items())
        return plan

    def _judged(self, plan: Plan, file: Found) -> str:
        """The digest of a file that may go into a base; of another it is told why not."""
        reason = unfit(file, self._any_format)
        if reason:
            plan.told.append(Told(file.name, "skipped", reason))
            return ""
        try:
            return self._digests.of(file)
        except OSError as error:
            plan.told.append(Told(file.name, "failed", f"Cannot be read: {error.strerror}."))
            return ""

    def _sorted(self, plan: Plan, file: Found, first: Found, document: Mapping[str, Any] | None) -> None:
        """Where a file goes that can be read."""
        if first is not file:
            plan.told.append(Told(file.name, "unchanged", f"the same bytes as {first.name}"))
        elif document is None or self._of_another(document):
            plan.new.append(
                file
            )  # the base has the bytes of another folder: sent once, it knows that they are ours too
        else:
            sent = Sent(file.name, document["id"], file.size, known=True)
            if document.get("problem") in MENDED and document["state"] == "failed" and sent.document not in self._tried:
                self._tried.add(sent.document)  # once: else each round of --watch would
                plan.again.append(sent._replace(known=False))
                return
            told = outcome(sent, document)
            plan.waiting.append(sent) if told is None else plan.told.append(told)

    def _path(self, document: Mapping[str, Any]) -> str | None:
        """The path that this folder has for a document that it brought."""
        if document["source"] != "folder":
            return None
        return path_of(self.name, document.get("place", ""), document.get("foreign"))

    def _of_another(self, document: Mapping[str, Any]) -> bool:
        """Whether other folders put it there, and this one has never brought it."""
        return document["source"] == "folder" and self._path(document) is None

    def _own(
        self,
        plan: Plan,
        look: Look,
        uploaded: Iterable[Mapping[str, Any]],
        first: Mapping[str, Found],
        at: Mapping[str, str],
        restless: Collection[str],
    ) -> None:
        """What becomes of the documents that this folder put there."""
        files = {file.name for file in look.files}
        for document in uploaded:
            path = self._path(document)
            if path is None:
                continue
            file, gone = first.get(document["sha256"]), Gone(path, document["id"])
            if file is not None:
                if at.get(path) != document["sha256"]:
                    plan.moved.append((gone, file))
            elif path in at:
                plan.outdated.setdefault(first[at[path]].name, []).append(gone._replace(absent=False))
            elif path not in files:
                self._missed(plan, look, gone, restless)

    def _missed(self, plan: Plan, look: Look, gone: Gone, restless: Collection[str]) -> None:
        """A document whose file was not found is to be removed, unless nobody can know that it is gone."""
        above = _above(gone.name)
        empty = not look.files or above & look.bare
        held = UNSEEN if above & look.unseen.keys() else EMPTY if empty else ""
        if gone.name in restless:
            held = RESTLESS
        if held:
            plan.told.append(Told(gone.name, "kept", held, gone.document))
        else:
            plan.removed.append(gone._replace(absent=not os.path.lexists(self.folder / raw(gone.name))))


def _above(name: str) -> set[str]:
    """The folders that a path lies in, down from the first."""
    parts = name.split("/")[:-1]
    return {"/".join(parts[:count]) for count in range(len(parts) + 1)}


def unfit(file: Found, any_format: bool = False) -> str:
    """Why a file is nothing for a base, as far as can be seen from outside; empty when it may be something."""
    if not file.size:
        return "it is empty"
    if not any_format and file.name.lower().endswith(tuple(SUFFIXES)):
        return SOUND
    if not any_format and (ending := os.path.splitext(file.name)[1].lower()) in NEVER_READ:
        return f"{ending} is no format that is read (--any-format sends it all the same)"
    return ""


def outcome(sent: Sent, document: Mapping[str, Any]) -> Told | None:
    """What became of a document; None while it is being read."""
    if document["state"] == "ready":
        other = document["name"] if sent.known and document["source"] != "folder" else ""
        reason = f"as {other}" if other and other != sent.name else ""
        reason = reason if document.get("chunks") else unread(document)
        return Told(sent.name, "unchanged" if sent.known else "added", reason, sent.document)
    if document["state"] == "failed":
        unknown = document.get("problem") == "unknown_format"
        reason = document.get("words") or document.get("problem") or "The server gave no reason."
        return Told(sent.name, "skipped" if unknown else "failed", reason, sent.document)
    return None


def unread(document: Mapping[str, Any]) -> str:
    """Why nothing of a document is found, and how it is read when that is mended."""
    why = " ".join(document.get("remarks", ())) or "There are no words in it."
    return f"{UNREAD}. {why} `parlance do documents.recut document={document['id']}` reads it once more."


Removal = Callable[[Gone], str]
"""Why a document must stay after all; empty where it may go."""


def still_gone(planner: Planner, look: Look) -> Removal:
    """Asked right before each removal: whether the folder is the one that was looked at, and the file has not come
    back."""

    def judged(gone: Gone) -> str:
        try:
            about = os.stat(planner.folder)
        except OSError:
            return "the folder is not there any more"
        if (about.st_dev, about.st_ino) != look.root:
            return "another folder is in its place"
        back = gone.absent and os.path.lexists(planner.folder / raw(gone.name))
        return "it is there again" if back else ""

    return judged
