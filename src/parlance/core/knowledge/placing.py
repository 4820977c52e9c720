"""What a document is called, and where one of a kept folder is."""

from __future__ import annotations

import re

from parlance.core.files.upload import MOST_NAME, judged_name
from parlance.core.knowledge.bounds import storable
from parlance.values.errors import Fault, Kind
from parlance.values.folder_places import folder_place, is_folder_name, is_path
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
