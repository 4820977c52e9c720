"""What a document is called, and where one of a kept folder is."""

from __future__ import annotations

import re
from typing import Any

from parlance.core.files.upload import MOST_NAME, judged_name
from parlance.core.knowledge.bounds import storable
from parlance.core.knowledge.foreign import merged
from parlance.values.errors import Fault, Kind
from parlance.values.folder_places import ALSO, also_in, folder_place, is_folder_name, is_path, path_in
from parlance.values.knowledge import Document
from parlance.values.texts import TURNING

_TURNS = re.compile(f"[{TURNING}]")


def document_name(given: str) -> str:
    """A document's name, however it came: without marks that would show it as one of another kind. Raises
    `Fault(invalid)`."""
    return storable(judged_name(_TURNS.sub("", given)))


def judged_place(folder: str, path: str) -> str:
    """Where a file of a folder is. Raises `Fault(invalid)`."""
    if not is_folder_name(folder):
        said = "A folder's name has up to 64 lower-case letters, digits, `.`, `_` and `-`."
        raise Fault(Kind.invalid, said, field="folder", code="bad_name")
    if not is_path(path):
        raise Fault(Kind.invalid, "This is not the path of a file in a folder.", field="path", code="bad_path")
    return folder_place(folder, storable(path))


def name_of(path: str) -> str:
    """What a document is called by its path: all of it, or as much of its end as a name may have."""
    return path if len(path) <= MOST_NAME else f"…{path[1 - MOST_NAME :]}"


def also_brought(document: Document, place: str) -> dict[str, Any]:
    """What is otherwise of a document of one folder that another one has at this place; nothing for its own folder."""
    folder, _, path = place.partition("/")
    noted = also_in(document.foreign)
    if path_in(folder, document.place) is not None or noted.get(folder) == path:
        return {}
    return {"foreign": merged(document.foreign, {ALSO: {**noted, folder: path}})}


def let_go(document: Document, folder: str) -> dict[str, Any]:
    """What is otherwise of a document that one of several folders lets go of; nothing where it has no other."""
    noted = also_in(document.foreign)
    if not noted:
        return {}
    if folder in noted:
        return _noted(document, {name: path for name, path in noted.items() if name != folder})
    heir = min(noted)
    rest = {name: path for name, path in noted.items() if name != heir}
    named = {"place": folder_place(heir, noted[heir]), "name": document_name(name_of(noted[heir]))}
    return {**named, **_noted(document, rest)}


def _noted(document: Document, folders: dict[str, str]) -> dict[str, Any]:
    others = {name: note for name, note in (document.foreign or {}).items() if name != ALSO}
    return {"foreign": {**others, **({ALSO: folders} if folders else {})} or None}
