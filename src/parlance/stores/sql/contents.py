"""What a turn says, as bytes in a row: JSON with a version, named by its codec so that another one may encrypt it."""

from __future__ import annotations

from typing import Any

import msgspec

from parlance.values import json_door
from parlance.values.chats import Turn, TurnItem
from parlance.values.errors import Fault, Kind
from parlance.values.events import Evidence
from parlance.values.grounds import Footing

CODEC = "json"
VERSION = 1


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a row holds: what is said, and the documents that it is asked of or rests on. A version that does not know
    a field leaves it out."""

    v: int
    items: tuple[TurnItem, ...]
    footing: Footing | None = None
    evidence: Evidence | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """What of it are fields of a turn."""
        return {"items": self.items, "footing": self.footing, "evidence": self.evidence}


_decoder = msgspec.json.Decoder(Content)


def packed(turn: Turn) -> bytes:
    """A turn's content as the bytes of the codec `json`."""
    return json_door.encode(Content(VERSION, turn.items, turn.footing, turn.evidence))


def unpacked(codec: str, data: bytes) -> Content:
    """The content of a row. Raises `Fault(internal)` for a codec that this version does not know."""
    if codec != CODEC:
        raise Fault(
            Kind.internal,
            "This turn is stored in a form that this version cannot read.",
            hint="It was written by a newer version of the server.",
            code="unknown_codec",
        )
    return _decoder.decode(data)
