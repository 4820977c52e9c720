"""What an answer rested on comes back for the next question of its session, marked as from before (match_type 3)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.dialects.weknora.results import HISTORY, KEYWORDS
from parlance.testing.upstreams.scripts import Script
from tests.dialects.weknora.served import Json
from tests.dialects.weknora.talks import ASSAM, PATIENCE, Talks, talking

ROSES = "Roses are pruned in March, with a sharp knife.\n"
PRUNING = "When are roses pruned?"
NOWHERE = "Which glacier calves?"
USUAL = {"embedding_top_k": 5, "rerank_top_k": 5, "max_rounds": 5, "vector_threshold": 0.1}


@pytest.fixture
async def talks(tmp_path: Path) -> AsyncIterator[Talks]:
    """A base with tea in one document, and roses in another."""
    async with talking(tmp_path, Script(text="So it is.")) as made:
        body = {"base": made.base, "name": "roses.md", "text": ROSES}
        id = (await made.client.ask("POST //parlance/v1/documents.add_text", body))["id"]
        deadline = time.monotonic() + PATIENCE
        while (await made.client.ask(f"GET //parlance/v1/documents.read?document={id}"))["state"] != "ready":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        yield made


def found(events: list[Json]) -> list[tuple[str, int]]:
    """Which documents a stream's references are of, and how they were found."""
    first = events[0]
    assert first["response_type"] == "references"
    return [(each["knowledge_title"], each["match_type"]) for each in first["knowledge_references"]]


async def test_a_later_question_brings_back_what_the_last_answer_rested_on(talks: Talks) -> None:
    """Behind what answers it by itself, with a lower score than then; the stored message says the same, and the model
    is shown it."""
    session = await talks.session(**USUAL)
    asked = await talks.say(session, ASSAM)
    assert found(asked) == [("gardens.md", KEYWORDS)]
    events = await talks.say(session, PRUNING)
    assert found(events) == [("roses.md", KEYWORDS), ("gardens.md", HISTORY)]
    [roses, tea] = events[0]["knowledge_references"]
    assert tea["score"] < asked[0]["knowledge_references"][0]["score"] and tea["score"] < roses["score"]
    assert "Assam" in tea["content"] and "Assam" in str(talks.prompts()[-1][-1]["content"])
    stored = (await talks.load(session))[-1]["knowledge_references"]
    assert [each["match_type"] for each in stored] == [KEYWORDS, HISTORY]


async def test_where_nothing_is_found_the_last_answers_passages_stand_alone(talks: Talks) -> None:
    """For a while; then they are too far from what is asked. What is found anew is not from before."""
    session = await talks.session(**USUAL, fallback_response="Nobody knows.")
    await talks.say(session, ASSAM)
    assert found(await talks.say(session, NOWHERE)) == [("gardens.md", HISTORY)]
    assert found(await talks.say(session, ASSAM)) == [("gardens.md", KEYWORDS)]
    for _ in range(8):
        events = await talks.say(session, NOWHERE)
        if events[0]["response_type"] != "references":
            break
    assert [each["content"] for each in events] == ["Nobody knows."]


async def test_no_round_is_looked_back_on_where_the_session_has_none(talks: Talks) -> None:
    """`max_rounds` says how far back a session's history goes."""
    session = await talks.session(**{**USUAL, "max_rounds": 0}, fallback_response="Nobody knows.")
    await talks.say(session, ASSAM)
    assert found(await talks.say(session, PRUNING)) == [("roses.md", KEYWORDS)]
    assert [each["content"] for each in await talks.say(session, NOWHERE)] == ["Nobody knows."]


async def test_what_is_gone_or_switched_off_does_not_come_back(talks: Talks) -> None:
    """A passage is what its document says today."""
    session = await talks.session(**USUAL, fallback_response="Nobody knows.")
    [tea] = (await talks.say(session, ASSAM))[0]["knowledge_references"]
    await talks.client.ask(f"PUT /chunks/{tea['knowledge_id']}/{tea['id']}", {"is_enabled": False})
    assert [each["content"] for each in await talks.say(session, NOWHERE)] == ["Nobody knows."]
    await talks.client.ask(f"PUT /chunks/{tea['knowledge_id']}/{tea['id']}", {"is_enabled": True})
    await talks.client.ask(f"DELETE /knowledge/{tea['knowledge_id']}")
    assert found(await talks.say(session, PRUNING)) == [("roses.md", KEYWORDS)]
