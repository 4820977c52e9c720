"""Messages of a session: their order and pages, what they bring along, and that one can be taken out."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.dialects.weknora.talks import ASSAM, talking, text


async def test_both_messages_of_a_turn_have_the_requests_id(tmp_path: Path) -> None:
    """It may be longer than the original's column; the references are those of the stream."""
    id = "r" * 100
    async with talking(tmp_path) as talks:
        session = await talks.session()
        events = await talks.say(session, x_request_id=id)
        question, answer = await talks.load(session)
        assert (question["role"], answer["role"]) == ("user", "assistant")
        assert (question["content"], answer["content"]) == (ASSAM, text(events))
        assert {question["request_id"], answer["request_id"], events[0]["id"]} == {id}
        assert answer["knowledge_references"] == events[0]["knowledge_references"]
        assert question["knowledge_references"] == []
        for each in (question, answer):
            assert (each["session_id"], each["is_completed"], each["deleted_at"]) == (session, True, None)
            assert set(each) == {
                *("id", "session_id", "request_id", "content", "role", "knowledge_references", "is_completed"),
                *("created_at", "updated_at", "deleted_at"),
            }


async def test_the_newest_come_in_the_order_in_which_they_were_said(tmp_path: Path) -> None:
    """So many of them, from before a moment on."""
    async with talking(tmp_path, enable_rewrite=False) as talks:
        session = await talks.session()
        for n in range(3):
            await talks.say(session, f"{ASSAM} {n}")
        all_of_them = await talks.load(session)
        assert [each["role"] for each in all_of_them] == ["user", "assistant"] * 3
        assert [each["content"] for each in all_of_them[::2]] == [f"{ASSAM} {n}" for n in range(3)]
        assert await talks.load(session, "?limit=2") == all_of_them[-2:]
        assert await talks.load(session, "?limit=100000") == all_of_them
        assert await talks.load(session, "?limit=x") == await talks.load(session, "?limit=-3") == all_of_them
        assert await talks.load(session, "?limit=0") == []
        before = all_of_them[4]["created_at"]
        assert await talks.load(session, f"?limit=3&before_time={quote(before)}") == all_of_them[1:4]
        early = await talks.load(session, "?before_time=2020-01-01T00:00:00.123456789%2B08:00")
        assert early == []


@pytest.mark.parametrize("time", ["yesterday", "2020-01-01", "1700000000"])
async def test_a_moment_that_is_none_is_refused(tmp_path: Path, time: str) -> None:
    """400 in the envelope."""
    async with talking(tmp_path) as talks:
        session = await talks.session()
        refused = await talks.client.ask(f"GET /messages/{session}/load?before_time={time}", status=400)
        assert refused["error"]["code"] == 1000


async def test_one_message_is_deleted_alone(tmp_path: Path) -> None:
    """What was said after it stays; what is not of this session is not there."""
    async with talking(tmp_path, enable_rewrite=False) as talks:
        session, other = await talks.session(), await talks.session()
        await talks.say(session)
        await talks.say(session, "Where is coffee grown?")
        there = await talks.load(session)
        gone = await talks.client.ask(f"DELETE /messages/{session}/{there[0]['id']}")
        assert gone == {"success": True, "message": "Message deleted successfully"}
        assert await talks.load(session) == there[1:]
        await talks.client.ask(f"DELETE /messages/{other}/{there[1]['id']}", status=404)
        await talks.client.ask(f"DELETE /messages/{session}/{there[0]['id']}", status=404)
        await talks.client.ask(f"DELETE /messages/{session}/{there[3]['id']}")
        assert await talks.load(session) == there[1:3]
        assert (await talks.say(session))[0]["response_type"] == "references"
