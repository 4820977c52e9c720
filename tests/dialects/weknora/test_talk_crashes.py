"""A server that is killed in the middle of an answer: what a client loads afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.dialects.weknora.served import Client
from tests.dialects.weknora.talks import ASSAM, KEY, Talks, filled
from tests.flows.callers import connection_toml, key_toml
from tests.flows.test_chat_crashes import SAVED_WITHIN, Place

pytestmark = pytest.mark.slow
LONG = "mock-p10-n3000"


async def test_what_a_reader_has_seen_is_loaded_after_a_kill(tmp_path: Path) -> None:
    """Question and the beginning of the answer are there, it is no longer under way, and one asks on."""
    with in_thread(MockOpenAI()) as upstream:
        toml = connection_toml(upstream.base_url, "mock", LONG) + key_toml(KEY, "program", "ada", scopes=["all"])
        place = Place(tmp_path, toml + f'[models]\ndefault = "{LONG}"\n')
        try:
            await place.start()
            assert place.server is not None
            client = Client(place.server).with_key(KEY)
            talks = Talks(client, client, upstream, await filled(client))
            session = await talks.session(embedding_top_k=5, fallback_response="None.")
            stream = await talks.open(f"POST /knowledge-chat/{session}", {"query": ASSAM})
            await stream.until(b"tok20")
            await asyncio.sleep(SAVED_WITHIN * 2)
            await place.kill()
            await place.start()
            talks.client = Client(place.server).with_key(KEY)
            question, answer = await talks.load(session)
            assert question["content"] == ASSAM and "tok0 tok1" in answer["content"] and "tok20" in answer["content"]
            assert answer["is_completed"] and answer["knowledge_references"]
            follow = f"GET /sessions/continue-stream/{session}?message_id={answer['id']}"
            told = await talks.client.call(follow)
            assert (told.status, told.json["content"]) == (200, answer["content"])
            assert len(upstream.calls_to("/chat/completions")) == 1
            again = await talks.open(f"POST /knowledge-chat/{session}", {"query": "Where is coffee grown?"})
            await again.until(b"tok1")
            assert [each["role"] for each in await talks.load(session)] == ["user", "assistant"] * 2
        finally:
            await place.stop()
