"""A model behind a connection helps with a question that is looked for, over HTTP."""

from __future__ import annotations

from pathlib import Path

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import Behaviour, MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from tests.flows.callers import connection_toml
from tests.flows.test_accounts import owner
from tests.flows.test_knowledge import kept

TALK = [{"role": "user", "text": "Where is tea grown?"}, {"role": "assistant", "text": "In Assam."}]


async def test_a_model_puts_a_question_so_that_its_passage_is_found(tmp_path: Path) -> None:
    """It is asked once for each kind of help; while it is away the question is looked for as it is."""
    with in_thread(MockOpenAI(models=("mock",), script=Script(text="Where is coffee grown?"))) as model:
        async with running(loaded(tmp_path, toml=connection_toml(model.base_url, "mock", "mock"))) as server:
            ada = await owner(server)
            base = (await ada.native("bases.create", name="Gardens", embedder=""))["id"]
            await kept(ada, base)
            asked = {"base": base, "query": "And those beans?", "history": TALK}
            assert not (await ada.native("bases.retrieve", **asked))["passages"]
            found = await ada.native("bases.retrieve", **asked, rewrite=True)
            assert found["queries"] == ["Where is coffee grown?"] and found["passages"]
            [call] = model.calls_to("/chat/completions")
            assert "In Assam." in call.payload["messages"][1]["content"]
            await ada.native("bases.retrieve", **asked, rewrite=True, decompose=True, hyde=True)
            assert len(model.calls_to("/chat/completions")) == 4
            model.behaviour = Behaviour.INTERNAL_ERROR
            failed = await ada.native("bases.retrieve", **asked, rewrite=True, model="mock")
            assert "rewrite_failed" in failed["remarks"] and "queries" not in failed


async def test_what_quotes_is_not_asked_to_think(tmp_path: Path) -> None:
    """It would only say the question again."""
    async with running(loaded(tmp_path)) as server:
        ada = await owner(server)
        base = (await ada.native("bases.create", name="Gardens", embedder=""))["id"]
        found = await ada.native("bases.retrieve", base=base, query="Tea?", decompose=True, hyde=True)
        assert set(found["remarks"]) == {"decompose_failed", "hyde_failed", "no_embedder"}
