"""From what names a WeKnora installation's database to its rows, for the verb that takes it in."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from parlance.ports.weknora_original import Originals
from parlance.stores.sql.weknora_original import SqlOriginals


def originals(place: str | Mapping[str, Any]) -> AbstractContextManager[Originals]:
    """The database at a URL, or at what its parts are called by the driver. Entering raises Unreadable."""
    return SqlOriginals(place)
