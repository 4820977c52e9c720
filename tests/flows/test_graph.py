"""The graph of a base over a running server: it changes an answer, and is read by whoever may read the base."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path
from typing import Any

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script
from tests.flows.callers import Json, connection_toml
from tests.flows.test_accounts import Person, owner
from tests.flows.test_knowledge import kept
from tests.unit.core.knowledge.graph.test_walking import LAMP, MAKER, OTHER, QUESTION, drawn

PATIENCE = 60.0


class Clerk(MockOpenAI):
    """Draws what it reads, and answers with whatever of the question's town stands in its prompt."""

    async def answer(self, call: Call, script: Script) -> Answer:
        """A graph, or a sentence with its source."""
        if call.path.endswith("/chat/completions"):
            told = [_text(each["content"]) for each in call.payload["messages"]]
            said = drawn(told[-1]) if "You read passages" in told[0] else self._sentence(told[-1])
            script = Script(text=said)
        return await super().answer(call, script)

    def _sentence(self, prompt: str) -> str:
        before, town, _ = prompt.partition("Lyon")
        numbers = re.findall(r"<passage (\d+) ", before)
        return f"Acme Works, established 1931, Lyon [{numbers[-1]}]." if town else "Nothing here tells of a town."


def _text(content: Any) -> str:
    """What a message says, in parts or in one."""
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in content)


async def whole(who: Person, base: str, chunks: int) -> Json:
    """A base's graph when so many passages were read for it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found: Json = await who.native("graphs.read", base=base)
        if found.get("drawn") == chunks:
            return found
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def answered(who: Person, base: str, **grounds: Any) -> Json:
    """An answer to the question, with its evidence."""
    sent = await who.native("chats.send", text=QUESTION, bases=[base], grounds=grounds, model="mock")
    deadline = time.monotonic() + PATIENCE
    while True:
        turns = (await who.native("chats.read", chat=sent["chat"]))["turns"]
        found: Json = turns[-1]
        if found["role"] == "assistant" and found["state"] not in ("running", "waiting"):
            return found
        assert time.monotonic() < deadline, json.dumps(found)
        await asyncio.sleep(0.05)


async def test_the_graph_changes_an_answer(tmp_path: Path) -> None:
    """With it the answer cites a passage that without it is not found; the evidence says which way led there."""
    with in_thread(Clerk(models=("mock",))) as model:
        toml = connection_toml(model.base_url, "mock", "mock")
        async with running(loaded(tmp_path, toml=toml, flags={"knowledge.graph": True})) as server:
            ada = await owner(server)
            made = await ada.native("bases.create", name="Lamps", embedder="", graph={"enabled": True})
            base = made["id"]
            for name, text in (("lamp.txt", LAMP), ("maker.txt", MAKER), ("pots.txt", OTHER)):
                await kept(ada, base, text.encode(), name)
            graph = await whole(ada, base, 3)
            assert graph["entities"] == 4 and graph["relations"] == 2
            without, with_graph = await answered(ada, base, graph=False), await answered(ada, base)
    assert "Nothing here" in json.dumps(without) and "maker.txt" not in json.dumps(without["evidence"])
    [maker] = [each for each in with_graph["evidence"]["passages"] if each["name"] == "maker.txt"]
    assert maker["scores"]["entities"] == ["Lantern X2", "ACME works"]
    [cited] = with_graph["evidence"]["cited"]
    assert [each["number"] for each in cited["citations"]] == [maker["number"]] and cited["citations"][0]["sure"]
