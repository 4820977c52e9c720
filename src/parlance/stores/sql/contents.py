"""What a turn says, as bytes in a row: JSON with a version, named by its codec so that another one may encrypt it."""

from __future__ import annotations

import msgspec

from parlance.values import json_door
from parlance.values.chats import TurnItem
from parlance.values.errors import Fault, Kind

CODEC = "json"
VERSION = 1


class _Content(msgspec.Struct, frozen=True):
    v: int
    items: tuple[TurnItem, ...]


_decoder = msgspec.json.Decoder(_Content)


def packed(items: tuple[TurnItem, ...]) -> bytes:
    """Items as the bytes of the codec `json`."""
    return json_door.encode(_Content(VERSION, items))


def unpacked(codec: str, data: bytes) -> tuple[TurnItem, ...]:
    """The items of a row. Raises `Fault(internal)` for a codec that this version does not know."""
    if codec != CODEC:
        raise Fault(
            Kind.internal,
            "This turn is stored in a form that this version cannot read.",
            hint="It was written by a newer version of the server.",
            code="unknown_codec",
        )
    return _decoder.decode(data).items
