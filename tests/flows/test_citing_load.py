"""An answer that cites much, in one piece, keeps nobody else waiting while its sentences are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.flows.callers import Caller, Json, connection_toml
from tests.flows.test_asking import _read, _ready
from tests.flows.test_chat_crashes import Place

ECHO = "mock-echo"
MOST = 0.05 * 8
"""Seconds that anybody waits at most for something small; what is meant, and room for a machine that is busy."""
SENTENCES, MARKS = 200, 5
GARDEN = (
    "In garden {n} the tea is picked by hand, and it is dried, rolled and sorted in the house of number {n}.{m} there. "
)


def answer() -> str:
    """Sentences of other words than their passages, each of which is looked for in all of them."""
    marks = "".join(f"[{n + 1}]" for n in range(MARKS))
    said = (
        "In the case of number {n} the tea is, according to what is written, picked, dried or rolled by hand {marks}. "
    )
    return "".join(said.format(n=n, marks=marks) for n in range(SENTENCES)) + "\n"


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_an_answer_of_many_citations_in_one_piece_lets_others_in(tmp_path: Path) -> None:
    with in_thread(MockOpenAI()) as upstream:
        place = Place(tmp_path, connection_toml(upstream.base_url, "mock", ECHO))
        try:
            await place.start()
            caller = place.caller
            base = (await caller.ask("POST /parlance/v1/bases.create", {"name": "Tea", "embedder": ""})).json["id"]
            for n in range(MARKS):
                text = "".join(GARDEN.format(n=n, m=m) for m in range(25))
                added = {"base": base, "name": f"{n}.txt", "text": text}
                await _ready(caller, (await caller.ask("POST /parlance/v1/documents.add_text", added)).json["id"])
            said = answer()
            items = [{"type": "message", "role": "user", "content": said}]
            grounds = {"query": "tea picked dried rolled garden", "most": 20}
            ask = {"model": ECHO, "items": items, "stream": False}
            body = {"ask": ask, "bases": [base], "grounds": grounds}
            run = (await caller.ask("POST /parlance/v1/messages.send", body)).json["run"]
            events, worst = await _meanwhile(caller, _read(caller, run))
            told = [name for name, _ in events]
            assert told.count("cited") == SENTENCES and told[-1] == "ended" and told[-2] != "cited"
            text = "".join(each["text"] for name, each in events if name == "delta")
            assert text.endswith(said)
            assert all(len(each["citations"]) == MARKS for name, each in events if name == "cited")
            assert worst <= MOST, worst
        finally:
            await place.stop()


async def _meanwhile(caller: Caller, work: Coroutine[Any, Any, list[tuple[str, Json]]]) -> tuple[Any, float]:
    """What comes of it, and the longest that somebody else has waited for an answer until then."""
    task, worst = asyncio.create_task(work), 0.0
    while not task.done():
        begun = monotonic()
        assert (await caller.ask("GET /health")).status == 200
        worst = max(worst, monotonic() - begun)
    return await task, worst
