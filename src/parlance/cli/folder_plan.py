"""What is to be done so that a base has what a folder has: files to send, documents to rename and to remove.

Of the documents in the base only those count as the folder's that its own sync put there (`source` is `folder`, and the
place begins with its name): nothing else is ever renamed or removed. And nothing is removed because it could not be
seen: a folder that cannot be looked at, is there and empty (a disk that is not mounted), or has nothing left of what
the base knows of it (another disk in its place), keeps its documents.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from parlance.cli.folder import Digests, Found, Look, raw
from parlance.cli.folder_outcome import Sent, Told, may_be_mended, outcome
from parlance.values.folder_places import path_of
from parlance.values.sounds import SUFFIXES

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
SOUND = "what is said in it takes a model that transcribes to be read (--any-format sends it)"
EMPTY = "its folder is there and empty; where that is meant, remove the folder too"
STRANGE = (
    "nothing that the base has of its folder is there any more, as where another disk is in its place; where that is "
    "meant, --prune-all removes it"
)
SEVERAL = 2
"""Documents that must be gone at once for their folder to be strange: of one alone, its file was replaced."""
UNSEEN = "its folder cannot be looked at"
RESTLESS = "it is being written"


class Gone(NamedTuple):
    """A document of the folder whose file is not there any more (`absent`), is ignored by now, or has other bytes."""

    name: str
    document: str
    absent: bool = True


class Plan(NamedTuple):
    """What is to be done. `outdated` are versions that go when the file of that name is in the base: it has the bytes
    that are in their place now. `waiting` are documents that are there and not read yet; `told` is settled already;
    `again` failed, or were read without a word, for what may be mended by now."""

    new: list[Found]
    moved: list[tuple[Gone, Found]]
    removed: list[Gone]
    outdated: dict[str, list[Gone]]
    waiting: list[Sent]
    told: list[Told]
    again: list[Sent]

    @property
    def changed(self) -> frozenset[str]:
        """The files that another version goes for: those that are sent, and those whose bytes are there already."""
        return frozenset(gone.name for versions in self.outdated.values() for gone in versions)


class Planner:
    """Compares looks at a folder that a base calls `name` with the base's documents. `any_format` leaves every format
    to the server; `sure` takes what is missing for removed also where nothing known is left."""

    def __init__(self, folder: Path, name: str, any_format: bool = False, sure: bool = False) -> None:
        self.folder, self.name = folder, name
        self._any_format, self._sure = any_format, sure
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

    def begin_again(self) -> None:
        """What was to be tried once more may not have been: the server went away."""
        self._tried.clear()

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
            again = may_be_mended(sent, document)
            if again is not None and sent.document not in self._tried:
                self._tried.add(sent.document)  # once: else each round of --watch would
                plan.again.append(again)
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
        missed: list[Gone] = []
        known: set[str] = set()
        for document in uploaded:
            path = self._path(document)
            if path is None:
                continue
            file = first.get(document["sha256"])
            gone = Gone(path, document["id"], file is None and not os.path.lexists(self.folder / raw(path)))
            if not gone.absent:  # also where it is ignored by now
                known |= _above(path) | (_above(file.name) if file else set())
            if file is not None:
                if at.get(path) != document["sha256"]:
                    plan.moved.append((gone, file))
            elif path in at:
                plan.outdated.setdefault(first[at[path]].name, []).append(gone)
            elif path not in files:
                missed.append(gone)
        self._missed(plan, look, missed, restless, set() if self._sure else _strange(look, missed, known))

    def _missed(
        self, plan: Plan, look: Look, missed: Iterable[Gone], restless: Collection[str], strange: set[str]
    ) -> None:
        """Documents whose files were not found are to be removed, unless nobody can know that they are gone."""
        for gone in missed:
            above = _above(gone.name)
            empty = not look.files or above & look.bare
            held = UNSEEN if above & look.unseen.keys() else EMPTY if empty else STRANGE if above & strange else ""
            if gone.name in restless:
                held = RESTLESS
            if held:
                plan.told.append(Told(gone.name, "kept", held, gone.document))
            else:
                plan.removed.append(gone)


def _above(name: str) -> set[str]:
    """The folders that a path lies in, down from the first."""
    parts = name.split("/")[:-1]
    return {"/".join(parts[:count]) for count in range(len(parts) + 1)}


def _strange(look: Look, missed: Iterable[Gone], known: Collection[str]) -> set[str]:
    """The folders that have files, but not one of the several that the base knows of them."""
    count = Counter(folder for gone in missed for folder in _above(gone.name))
    filled = {folder for file in look.files for folder in _above(file.name)}
    return {folder for folder in filled - set(known) if count[folder] >= SEVERAL}


def unfit(file: Found, any_format: bool = False) -> str:
    """Why a file is nothing for a base, as far as can be seen from outside; empty when it may be something."""
    if not file.size:
        return "it is empty"
    if not any_format and file.name.lower().endswith(tuple(SUFFIXES)):
        return SOUND
    if not any_format and (ending := os.path.splitext(file.name)[1].lower()) in NEVER_READ:
        return f"{ending} is no format that is read (--any-format sends it all the same)"
    return ""


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
