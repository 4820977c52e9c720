"""All that the operations on files need, in one value."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from parlance.core.files.keeper import Keeper
from parlance.ports.blobs import Blobs
from parlance.ports.files import Files
from parlance.values.ids import Ids
from parlance.values.time import Clock

MEBIBYTE = 1024 * 1024


class FileLimits(msgspec.Struct, frozen=True):
    """Bounds in bytes: of one upload, of all files of a user and of a tenant (`None`: no bound), and of what a model is
    given of one picture or text."""

    upload: int = 1024 * MEBIBYTE
    user: int | None = 10 * 1024 * MEBIBYTE
    tenant: int | None = None
    image: int = 20 * MEBIBYTE
    text: int = MEBIBYTE


class Cabinet(msgspec.Struct, frozen=True):
    """`files` gives the rows of one tenant."""

    files: Callable[[str], Files]
    blobs: Blobs
    keeper: Keeper
    clock: Clock
    ids: Ids
    limits: FileLimits = FileLimits()
