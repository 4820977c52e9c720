"""Where a document of a kept folder is: the folder's name, `/`, and the path in the folder, as `Document.place` has it.

The name says which folder put it there. Only that one's sync may rename or remove it. Other folders that brought the
same bytes are noted with it, each with the path that they have for it (`also_in`): when the first lets go of it, it is
the next one's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

FOLDER_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
"""Up to 64 lower-case letters, digits, `.`, `_` and `-`, so that the first `/` of a place ends it."""
ALSO = "folders"
"""Under which name it is noted (`Document.foreign`)."""
MOST_PATH = 4096
"""Code points: what Linux takes as a path."""


def is_folder_name(name: str) -> bool:
    """Whether a folder can be called so."""
    return FOLDER_NAME.fullmatch(name) is not None


def is_path(path: str) -> bool:
    """Whether this is the path of a file in a folder: with `/` between, and leading nowhere else."""
    parts = path.split("/")
    return len(path) <= MOST_PATH and "\x00" not in path and not {"", ".", ".."} & set(parts)


def folder_place(folder: str, path: str) -> str:
    """The place of a file in a folder."""
    return f"{folder}/{path}"


def path_in(folder: str, place: str) -> str | None:
    """The path of a place in a folder; None for one that is not of it."""
    head, slash, path = place.partition("/")
    return path if slash and head == folder else None


def also_in(foreign: Mapping[str, Any] | None) -> dict[str, str]:
    """The other folders that brought a document, each with its path, by what is noted of it: what is no place of a file
    in a folder does not count, as others could write there once."""
    noted = (foreign or {}).get(ALSO)
    told = noted.items() if isinstance(noted, Mapping) else ()
    return {name: path for name, path in told if isinstance(path, str) and is_folder_name(name) and is_path(path)}


def path_of(folder: str, place: str, foreign: Mapping[str, Any] | None) -> str | None:
    """The path that a folder has for a document that it put there, or that it brought as well."""
    path = path_in(folder, place)
    return also_in(foreign).get(folder) if path is None else path
