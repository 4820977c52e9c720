"""Files that people keep here: what is known of one, and how much room somebody has."""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.messages import Foreign

FileKind = Literal["image", "text", "other"]
"""What a model can be given of a file: a picture as such, a text as its words, and nothing yet of the others."""


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """One file. `size` in bytes, `created` in microseconds, `sha256` in hexadecimal.

    `name` is text exactly as the sender gave it and never part of a path. `media_type` is what the first bytes say;
    what the sender called it is `declared`, kept for people and believed by nobody. `blob` is where the bytes are.
    """

    id: str
    tenant: str
    user: str
    name: str
    kind: FileKind
    media_type: str
    size: int
    sha256: str
    created: int
    blob: str
    declared: str = ""
    foreign: Foreign | None = None


class Room(msgspec.Struct, frozen=True):
    """How much somebody's files take, in bytes: `used` by `files` that are there, `reserved` by uploads under way, of
    at most `limit` (`None`: no bound)."""

    used: int
    reserved: int
    files: int
    limit: int | None = None


class Hold(msgspec.Struct, frozen=True):
    """Room that an upload has reserved: `bytes` until `expires` (microseconds); `blob` is where its bytes go."""

    tenant: str
    id: str
    user: str
    blob: str
    bytes: int
    expires: int
