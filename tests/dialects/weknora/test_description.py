"""The description of a document is a summary by the model that its base was given for that."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from tests.dialects.weknora.desk import KEY, PATIENCE, Desk
from tests.dialects.weknora.served import serving
from tests.flows.callers import connection_toml, key_toml

LONG = b"Tea is grown in Assam, as it has been for two hundred years.\n\n" * 20


async def test_a_document_is_described_by_the_model_of_its_base(tmp_path: Path) -> None:
    """In the background, in the words of the configuration; a base without such a model asks none."""
    prompt = "weknora.conversation.generate_summary_prompt"
    with in_thread(MockOpenAI(models=("mock",), script=Script(text="About tea."))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock") + key_toml(KEY, "program", "ada", scopes=["all"])
        async with serving(tmp_path, toml=toml, flags={prompt: "Be brief."}) as nobody:
            desk = Desk(nobody.with_key(KEY), nobody)
            plain = await desk.document((await desk.base())["id"], LONG)
            assert plain["description"] == "" and upstream.calls_to("/chat/completions") == []
            sent = await desk.document((await desk.base(summary_model_id="mock"))["id"], LONG)
            deadline = time.monotonic() + PATIENCE
            while not (found := await desk.ended(sent["id"]))["description"]:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)
            assert (found["description"], found["parse_status"]) == ("About tea.", "completed")
        [asked] = [call.payload for call in upstream.calls_to("/chat/completions")]
        told, shown = asked["messages"]
        assert told["content"] == "Be brief." and shown["content"].startswith("Tea is grown")
        assert (asked["temperature"], asked["max_tokens"]) == (0.3, 1024)
