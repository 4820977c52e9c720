"""`/api/chat-queue`: places, order, answers, leaving, and what others may know of it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import msgspec
import pytest

from parlance.core.runs.registry import KEEP_SECONDS
from parlance.dialects.chatqueue import Options
from parlance.dialects.chatqueue.queue import follow
from parlance.testing.clocks import HandClock
from parlance.testing.upstreams import Behaviour
from parlance.values.errors import Fault, Kind
from tests.dialects.chatqueue.served import MODEL, OTHER, QUEUE, TEXT, Client, Json, Ollama, question, serving
from tests.unit.dialects.openai.stage import Stage, request


async def line(client: Client, *texts: str) -> list[str]:
    """Queue these, in this order; gives their ids."""
    return [(await client.enqueue(text))["request_id"] for text in texts]


async def positions(client: Client, ids: list[str]) -> list[int]:
    """Where they are now."""
    return [(await client.follow(id))["queue_position"] for id in ids]


async def test_places_are_told_when_they_are_taken(tmp_path: Path) -> None:
    """The first is worked on at once; the second in line waits for two times the configured estimate."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        told = [await client.enqueue(text) for text in ("a", "b", "c")]
        assert [reply["status"] for reply in told] == [
            {"queue_position": 1, "queue_length": 1, "estimated_wait_time": 30000, "is_processing": True},
            {"queue_position": 1, "queue_length": 1, "estimated_wait_time": 30000, "is_processing": False},
            {"queue_position": 2, "queue_length": 2, "estimated_wait_time": 60000, "is_processing": False},
        ]
        assert len({reply["request_id"] for reply in told}) == 3
        assert all(len(reply["request_id"]) == 36 for reply in told)
        upstream.release(3)


async def test_an_ask_is_queued_processed_and_completed(tmp_path: Path) -> None:
    """Every state has id, status, position and `completed`; position 0 is being answered."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        first, second = await line(client, "a", "b")
        assert await client.follow(first) == {
            "request_id": first,
            "status": "processing",
            "queue_position": 0,
            "completed": False,
            "is_processing": True,
        }
        assert await client.follow(second) == {
            "request_id": second,
            "status": "queued",
            "queue_position": 1,
            "completed": False,
            "queue_length": 1,
            "estimated_wait_time": 30000,
            "is_processing": False,
        }
        assert await client.ask(f"GET {QUEUE}") == {"queue_length": 1, "is_processing": True}
        upstream.release(2)
        assert await client.done(first) == {
            "request_id": first,
            "status": "completed",
            "queue_position": 0,
            "completed": True,
            "response": TEXT,
            "message": {"role": "assistant", "content": TEXT},
            "cached": False,
        }
        await client.done(second)
        assert await client.ask(f"GET {QUEUE}") == {"queue_length": 0, "is_processing": False}


async def test_asks_are_answered_in_their_order_one_at_a_time(tmp_path: Path) -> None:
    """First come, first served, and positions fall as work finishes."""
    texts = list("abcde")
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        ids = await line(client, *texts)
        for at, id in enumerate(ids):
            assert await positions(client, ids[at:]) == list(range(len(ids) - at))
            await upstream.until(lambda u, want=at + 1: len(u.chats) == want)  # type: ignore[misc]
            assert upstream.asked == texts[: at + 1] and upstream.active == 1
            upstream.release()
            await client.done(id)


async def test_two_places_serve_two_at_once_in_order(tmp_path: Path) -> None:
    """`max_concurrent` of 2, and the wait is told for two places."""
    async with Ollama() as upstream, serving(tmp_path, upstream, flags={"chatqueue.queue.max_concurrent": 2}) as client:
        upstream.held = True
        ids = await line(client, *"abcd")
        await upstream.until(lambda u: len(u.chats) == 2)
        assert await positions(client, ids) == [0, 0, 1, 2]
        assert (await client.follow(ids[3]))["estimated_wait_time"] == 30000
        upstream.release()
        await upstream.until(lambda u: len(u.chats) == 3)
        assert upstream.active == 2 and sorted(upstream.asked[:2]) == ["a", "b"] and upstream.asked[2] == "c"
        upstream.release(3)
        for id in ids:
            assert (await client.done(id))["status"] == "completed"


async def test_the_estimate_is_learned_from_measured_times(tmp_path: Path) -> None:
    """Answers that take 10 s bring the configured 30 s down."""
    clock = HandClock()
    async with Ollama() as upstream, serving(tmp_path, upstream, clock=clock) as client:
        upstream.held = True
        first, _ = await line(client, "a", "b")
        await upstream.until(lambda u: len(u.chats) == 1)
        clock.move(10)
        upstream.release()
        await client.done(first)
        (third,) = await line(client, "c")
        assert (await client.follow(third))["estimated_wait_time"] == 26000
        upstream.release(2)
        await client.done(third)


async def test_an_ask_that_waits_can_be_taken_out(tmp_path: Path) -> None:
    """Those behind it move up, it is never asked, and its state says so."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        a, b, c = await line(client, "a", "b", "c")
        delete = f"DELETE {QUEUE}?requestId="
        assert await client.ask(delete + b) == {"request_id": b, "cancelled": True}
        assert await client.ask(delete + b) == {"request_id": b, "cancelled": False}
        assert await client.follow(b) == {
            "request_id": b,
            "status": "cancelled",
            "queue_position": 0,
            "completed": True,
        }
        assert await positions(client, [a, c]) == [0, 1]
        assert await client.ask(delete + a) == {"request_id": a, "cancelled": False}, "it is being answered"
        upstream.release(2)
        await client.done(c)
        assert await client.ask(delete + c) == {"request_id": c, "cancelled": False}, "it is finished"
        assert upstream.asked == ["a", "c"]


async def test_an_unknown_id_is_completed_and_not_found(tmp_path: Path) -> None:
    """A client that polls comes to its end."""
    async with serving(tmp_path, None) as client:
        assert await client.follow("no-such") == {
            "request_id": "no-such",
            "status": "not_found",
            "queue_position": 0,
            "completed": True,
        }
        reply = await client.ask(f"DELETE {QUEUE}?requestId=no-such")
        assert reply == {"request_id": "no-such", "cancelled": False}


async def test_delete_needs_an_id_by_query_or_as_before_by_body(tmp_path: Path) -> None:
    """Without one, or with a body that cannot be read, 400 and nothing else."""
    async with serving(tmp_path, None) as client:
        for body in (None, b"{", {"requestId": None}, {"requestId": ""}, {"requestId": 7}, {}):
            status, headers, found = await client.raw(f"DELETE {QUEUE}", body)
            assert (status, found) == (400, b"") and "content-type" not in headers
        reply = await client.ask(f"DELETE {QUEUE}", {"requestId": "no-such"})
        assert reply == {"request_id": "no-such", "cancelled": False}
        assert await client.ask(f"GET {QUEUE}?requestId=") == {"queue_length": 0, "is_processing": False}


async def test_a_full_queue_refuses_at_once_and_says_when_to_come_again(tmp_path: Path) -> None:
    """503 with JSON and Retry-After; nobody who waits is harmed."""
    flags = {"chatqueue.queue.max_queue_size": 2}
    async with Ollama() as upstream, serving(tmp_path, upstream, flags=flags) as client:
        upstream.held = True
        ids = await line(client, "a", "b", "c")
        status, headers, body = await client.raw(f"POST {QUEUE}", question("d"))
        assert (status, headers["retry-after"]) == (503, "30")
        assert "full" in msgspec.json.decode(body)["error"]
        upstream.release(3)
        for id in ids:
            assert (await client.done(id))["status"] == "completed"


async def test_an_ask_that_fails_says_why(tmp_path: Path) -> None:
    """`failed`, `completed` and a sentence, so that a client that polls comes to its end."""
    async with Ollama(behaviour=Behaviour.INTERNAL_ERROR) as upstream, serving(tmp_path, upstream) as client:
        (id,) = await line(client, "a")
        found = await client.done(id)
        assert (found["status"], found["completed"], "response" in found) == ("failed", True, False)
        assert found["error"] and upstream.origin not in found["error"]


async def test_an_ask_that_breaks_off_keeps_what_was_said(tmp_path: Path) -> None:
    """Half an answer is better than none, and is told together with the error."""
    async with Ollama(behaviour=Behaviour.RESET_MIDWAY) as upstream, serving(tmp_path, upstream) as client:
        (id,) = await line(client, "a")
        found = await client.done(id)
        assert found["status"] == "failed" and found["error"]
        assert found["response"] and TEXT.startswith(found["response"])
        assert found["message"] == {"role": "assistant", "content": found["response"]}


async def test_queue_and_chat_share_one_cache(tmp_path: Path) -> None:
    """What the queue has answered is known to the chat, and the other way round."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        (id,) = await line(client, "a")
        await client.done(id)
        assert (await client.chat("a"))["cached"] is True
        await client.chat("b")
        reply = await client.enqueue("b")
        assert reply["status"]["is_processing"] is False and reply["status"]["estimated_wait_time"] == 0
        assert (await client.follow(reply["request_id"]))["cached"] is True
        assert len(upstream.chats) == 2


async def test_queued_twins_have_ids_and_places_of_their_own(tmp_path: Path) -> None:
    """Two identical asks are one call; taking one out leaves the other."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        _, one, two = await line(client, "a", "same", "same")
        assert one != two and await positions(client, [one, two]) == [1, 2]
        await client.ask(f"DELETE {QUEUE}?requestId={one}")
        upstream.release(2)
        assert (await client.done(two))["response"] == TEXT
        assert upstream.asked == ["a", "same"]
        assert (await client.follow(one))["status"] == "cancelled"


async def test_the_queue_goes_on_when_its_clients_have_left(tmp_path: Path) -> None:
    """Every request of these tests is a connection of its own that is closed: the answer waits for whoever asks."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        (id,) = await line(client, "a")
        await upstream.until(lambda u: len(u.chats) == 1)
        await asyncio.sleep(0.05)
        assert upstream.closed_early == []
        upstream.release()
        assert (await client.done(id))["response"] == TEXT


async def test_an_answer_is_kept_for_ten_minutes(tmp_path: Path) -> None:
    """Then its id is as unknown as any other."""
    clock = HandClock()
    async with Ollama() as upstream, serving(tmp_path, upstream, clock=clock) as client:
        (id,) = await line(client, "a")
        await client.done(id)
        clock.move(KEEP_SECONDS - 1)
        assert (await client.follow(id))["status"] == "completed"
        clock.move(2)
        assert (await client.follow(id))["status"] == "not_found"


async def test_model_and_prompt_of_a_queued_ask(tmp_path: Path) -> None:
    """The configured ones unless the ask brings its own."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        for more in ({}, {"model": OTHER, "system_prompt": "Be brief."}, {"model": None, "systemPrompt": "As before."}):
            await client.done((await client.enqueue("Hi", **more))["request_id"])
        assert [(chat["model"], chat["messages"][0]["content"]) for chat in upstream.chats] == [
            (MODEL, "Format all responses in markdown."),
            (OTHER, "Be brief."),
            (MODEL, "As before."),
        ]


KEYS = "".join(
    f"[[keys]]\nname = '{name}'\nhash = 'sha256:{hashlib.sha256(name.encode()).hexdigest()}'\nuser = '{name}'\n"
    for name in ("ada", "bob")
)


async def test_somebody_elses_id_looks_like_an_unknown_one(tmp_path: Path) -> None:
    """Reading and cancelling do not tell the two apart nor touch the ask; caches and counts are apart too."""
    async with Ollama() as upstream, serving(tmp_path, upstream, toml=KEYS) as anybody:
        ada, bob = (Client(anybody.server, authorization=f"Bearer {name}") for name in ("ada", "bob"))
        upstream.held = True
        first, waiting = await line(ada, "a", "b")

        def bare(found: Json) -> Json:
            return {**found, "request_id": ""}

        for id in (first, waiting):
            assert bare(await bob.follow(id)) == bare(await bob.follow("no-such"))
            assert (await bob.ask(f"DELETE {QUEUE}?requestId={id}"))["cancelled"] is False
        upstream.release(2)
        assert (await ada.done(waiting))["status"] == "completed"
        upstream.held = False
        assert (await bob.chat("a"))["cached"] is False
        assert (await bob.stats())["batch_processor"]["total_requests"] == 1
        assert (await ada.stats())["batch_processor"]["total_requests"] == 2


async def test_a_run_that_was_never_queued_has_no_place_here(tmp_path: Path) -> None:
    """The id of another dialect's answer is not one of this queue, even to its own caller."""
    async with Ollama() as upstream, serving(tmp_path, upstream) as client:
        upstream.held = True
        chat = asyncio.create_task(client.chat())
        await upstream.until(lambda u: len(u.chats) == 1)
        assert client.server.house is not None
        (run,) = client.server.house.road.runs.going
        assert (await client.follow(run.id))["status"] == "not_found"
        assert (await client.ask(f"DELETE {QUEUE}?requestId={run.id}"))["cancelled"] is False
        upstream.release()
        await chat


async def test_any_other_fault_of_a_look_up_is_not_hidden() -> None:
    """Only `missing` means that there is no such ask."""
    asked = request(None, "GET", QUEUE)
    asked.raw_query = "requestId=x"
    with pytest.raises(Fault, match=r"shut"):
        await follow(asked, Stage(Fault(Kind.busy, "shut")))


def test_options_have_defaults_that_name_nothing() -> None:
    """Without a configuration the server's own model answers, without a system prompt."""
    assert Options() == Options("", "", None)
