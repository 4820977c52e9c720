"""Following an answer: nothing of it is lost, whoever left, whoever came late."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from parlance.testing.upstreams.scripts import Script
from parlance.values.time import SECOND, SystemClock
from tests.dialects.weknora.served import Json, unknown_id
from tests.dialects.weknora.talks import ASSAM, PATIENCE, Talks, read, talking, text

pytestmark = pytest.mark.slow
SLOW = Script(per_token=0.02, tokens=60)
WHOLE = " ".join(f"tok{n}" for n in range(60))


class Late(SystemClock):
    """The machine's clock, and some seconds more."""

    seconds = 0

    def now(self) -> int:
        """The time by it."""
        return super().now() + self.seconds * SECOND


async def under_way(talks: Talks, session: str) -> Json:
    """Ask, see the first word, and leave as a browser does; gives the answer's message."""
    asking = await talks.open(f"POST /knowledge-chat/{session}", {"query": ASSAM}, x_request_id="abcdef123456")
    await asking.until(b"tok0")
    asking.rst()
    [_, answer] = await talks.load(session)
    return answer


async def test_an_answer_goes_on_without_its_client_and_is_read_on_whole(tmp_path: Path) -> None:
    """References, the whole text so far in one event, then what comes, then the end; for two readers alike."""
    async with talking(tmp_path, SLOW) as talks:
        session = await talks.session()
        answer = await under_way(talks, session)
        assert not answer["is_completed"]
        head = f"GET /sessions/continue-stream/{session}?message_id={answer['id']}"
        streams = await asyncio.gather(talks.client.call(head), talks.client.call(head))
        for stream in streams:
            assert stream.headers["content-type"] == "text/event-stream;charset=utf-8"
            events = read(stream.body)
            assert events[0]["response_type"] == "references" and events[0]["knowledge_references"]
            assert text(events) == WHOLE and events[-1]["done"] and not events[-2]["done"]
            assert {each["id"] for each in events} == {"abcdef123456"}
        [_, stored] = await talks.load(session)
        assert (stored["content"], stored["is_completed"], stored["id"]) == (WHOLE, True, answer["id"])
        assert talks.upstream.closed_early == []


async def test_the_go_sdks_reader_understands_every_line(tmp_path: Path) -> None:
    """It compares the name of the event without trimming it, and reads what stands behind `data:` as JSON."""
    async with talking(tmp_path, SLOW) as talks:
        session = await talks.session()
        answer = await under_way(talks, session)
        stream = await talks.client.call(f"GET /sessions/continue-stream/{session}?message_id={answer['id']}")
        names = {line.removeprefix(b"event:") for line in stream.body.split(b"\n") if line.startswith(b"event:")}
        assert names == {b"message"}
        starts = {line[:6] for line in stream.body.split(b"\n") if line and not line.startswith(b"event:message")}
        assert starts == {b"data:{"}


async def test_a_finished_answer_is_told_as_json_for_half_a_minute(tmp_path: Path) -> None:
    """Afterwards there is nothing to follow: a bare sentence."""
    clock = Late()
    async with talking(tmp_path, clock=clock) as talks:
        session = await talks.session()
        events = await talks.say(session)
        question, answer = await talks.load(session)
        head = f"GET /sessions/continue-stream/{session}?message_id="
        told = await talks.client.ask(head + answer["id"])
        assert told == {
            **{name: answer[name] for name in ("id", "role", "content", "created_at")},
            "done": True,
        }
        assert told["content"] == text(events)
        none = {"success": False, "error": "Active stream not found"}
        assert await talks.client.ask(head + question["id"], status=404) == none
        clock.seconds = 31
        assert await talks.client.ask(head + answer["id"], status=404) == none


async def test_a_message_must_be_named_and_be_there(tmp_path: Path) -> None:
    """400 without one, 404 for one of another session."""
    async with talking(tmp_path) as talks:
        session, other = await talks.session(), await talks.session()
        await talks.say(session)
        answer = (await talks.load(session))[1]["id"]
        refused = await talks.client.ask(f"GET /sessions/continue-stream/{session}", status=400)
        assert refused["error"] == {"code": 1000, "message": "Missing message ID", "details": None}
        for of, id in ((session, unknown_id()), (other, answer), (session, "nothing")):
            missing = await talks.client.ask(f"GET /sessions/continue-stream/{of}?message_id={id}", status=404)
            assert missing["error"]["code"] == 1003


async def test_a_second_question_waits_for_the_first_answer(tmp_path: Path) -> None:
    """A session has one answer at a time: the second is refused, and nothing of it is kept."""
    async with talking(tmp_path, SLOW) as talks:
        session = await talks.session()
        await under_way(talks, session)
        refused = await talks.client.ask(f"POST /knowledge-chat/{session}", {"query": "And?"}, 409)
        assert refused["error"]["code"] == 1005
        assert len(await talks.load(session)) == 2


async def test_what_is_deleted_while_it_is_answered_is_stopped(tmp_path: Path) -> None:
    """Its reader hears an end."""
    async with talking(tmp_path, Script(per_token=0.05, tokens=600)) as talks:
        session = await talks.session()
        answer = await under_way(talks, session)
        following = await talks.open(f"GET /sessions/continue-stream/{session}?message_id={answer['id']}")
        await following.until(b"tok")
        await talks.client.ask(f"DELETE /sessions/{session}")
        assert b'"done":true' in await following.until(b'"done":true')
        await talks.upstream.until(lambda upstream: bool(upstream.closed_early), within=PATIENCE)
