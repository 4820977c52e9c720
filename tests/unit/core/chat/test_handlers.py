"""The list of what can be wanted: each operation has one handler, and none is replaced unseen."""

from __future__ import annotations

import pytest

from parlance.core.chat.handlers import AREA
from parlance.core.chat.keeping import send_or_keep
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.send import send_message
from parlance.core.handlers import ROAD, Rooms, handlers, whole
from parlance.testing.chats import ChatBench


def test_an_operation_of_two_areas_is_refused() -> None:
    assert whole(ROAD, AREA) == {**ROAD, **AREA}
    with pytest.raises(AssertionError, match="SendMessage"):
        whole(ROAD, {SendMessage: send_or_keep})


async def test_a_message_may_become_a_chat_only_where_chats_are_kept(b: ChatBench) -> None:
    alone, keeping = handlers(Rooms(b.base.road)), handlers(Rooms(b.base.road, b.room))
    assert getattr(alone[SendMessage], "func", None) is send_message
    assert getattr(keeping[SendMessage], "func", None) is send_or_keep
