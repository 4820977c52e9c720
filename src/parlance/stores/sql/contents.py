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


class _Passage(msgspec.Struct, frozen=True):
    """What `Exhibit.page_starts` was called before."""

    turns: tuple[int, ...] = ()


class _Evidence(msgspec.Struct, frozen=True):
    passages: tuple[_Passage, ...] = ()


class _Before(msgspec.Struct, frozen=True):
    evidence: _Evidence | None = None


_decoder, _of_before = msgspec.json.Decoder(Content), msgspec.json.Decoder(_Before)
_TURNS = b'"turns":['


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
    found = _decoder.decode(data)
    return _with_page_starts(found, data) if _TURNS in data else found


def _with_page_starts(found: Content, data: bytes) -> Content:
    """Passages that were kept under the name of before know where their pages begin all the same."""
    before = _of_before.decode(data).evidence
    if found.evidence is None or before is None:
        return found
    pairs = zip(found.evidence.passages, before.passages, strict=True)
    passages = tuple(
        msgspec.structs.replace(one, page_starts=was.turns) if was.turns and not one.page_starts else one
        for one, was in pairs
    )
    return msgspec.structs.replace(found, evidence=msgspec.structs.replace(found.evidence, passages=passages))
