"""Turns are read as every version has written them."""

from __future__ import annotations

import msgspec

from parlance.stores.sql.contents import CODEC, VERSION, Content, unpacked
from parlance.values import json_door
from parlance.values.events import Evidence, Exhibit

TEXT = 'One says "turns":[3] here.'


def test_passages_of_before_know_where_their_pages_begin() -> None:
    """Which was called otherwise then; those of now are as they were."""
    first, second = (
        Exhibit(1, "b", "d", "c", TEXT, 0, 9, page=2, page_starts=(4, 7)),
        Exhibit(2, "b", "d", "c", "", 0, 9),
    )
    content = Content(VERSION, (), evidence=Evidence((first, second), threshold=0.5))
    now = json_door.encode(content)
    before = now.replace(b'"page_starts":', b'"turns":')
    assert before != now and unpacked(CODEC, before) == unpacked(CODEC, now) == content
    bare = msgspec.structs.replace(content, evidence=None)
    assert unpacked(CODEC, json_door.encode(bare)[:-1] + b',"turns":[1]}') == bare
