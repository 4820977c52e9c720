"""Cross-encoders of this machine, with a tiny one in a real child process."""

from __future__ import annotations

import array
import importlib.util
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.engines.onnx import plug
from parlance.engines.onnx.child import Worker
from parlance.engines.onnx.cross_encoder import CrossEncoder
from parlance.engines.onnx.folder_models import Place
from parlance.engines.onnx.rerankers import OnnxRerankers
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.processes import pipe
from parlance.testing.engines import RerankEngineContract
from parlance.values.asks import EmbedAsk, RerankAsk
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock
from tests.unit.engines.onnx.small_reranker import write_reranker

TEXTS = ("milk", "green tea leaves", "tea")


def scored(folder: Path, query: str = "green tea", *texts: str) -> list[float]:
    """What a model in this process says."""
    judged = CrossEncoder(folder, 1).score(query, texts or TEXTS)
    return list(array.array("f", judged.scores))


@pytest.mark.parametrize("form", [{}, {"outputs": 2}, {"types": False}, {"graph": "onnx/model.onnx"}], ids=str)
def test_each_text_is_judged_together_with_the_query(tmp_path: Path, form: dict[str, Any]) -> None:
    """Whichever of the usual forms the model was exported in; `yes` less `no` where it says both."""
    assert scored(write_reranker(tmp_path, **form)) == [-6.0, 2.0, -2.0]


def test_what_stands_beside_a_text_changes_nothing(tmp_path: Path) -> None:
    """However long it is: it is padded, and cut where the model ends."""
    write_reranker(tmp_path)
    company = [f"tea {'milk ' * n}" for n in range(0, 90, 7)]
    assert scored(tmp_path, "green tea", *company) == [-2.0] * len(company)
    (tmp_path / "config.json").unlink()
    assert scored(tmp_path, "tea", "green " * 600 + "tea") == [-6.0]


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    """With what it would have to be."""
    for folder in (write_reranker(tmp_path / "three", 3), tmp_path / "bare"):
        if not folder.exists():
            write_reranker(folder)
            (folder / "model.onnx").unlink()
        with pytest.raises(Fault) as caught:
            CrossEncoder(folder, 1)
        assert caught.value.code == "unfit_reranker"


def test_the_child_judges_once_it_has_loaded(tmp_path: Path) -> None:
    """And says what it does not know."""
    worker = Worker()
    with pytest.raises(Fault):
        worker(pipe.Call(1, "rerank", {"query": "tea", "texts": ["tea"]}))
    worker(pipe.Call(2, "load_reranker", {"folder": str(write_reranker(tmp_path)), "threads": 1}))
    fields, body = worker(pipe.Call(3, "rerank", {"query": "tea", "texts": ["tea"]}))
    assert (fields, list(array.array("f", body))) == ({"tokens": 5}, [-2.0])


def made(folder: Path) -> OnnxRerankers:
    """Rerankers of this machine."""
    return OnnxRerankers(folder, Place(SystemClock(), os.environ, threads=1))


@pytest.mark.slow
class TestJudges(RerankEngineContract):
    """In a process of its own."""

    model = "local/tiny"

    @pytest.fixture
    async def engine(self, tmp_path: Path) -> AsyncIterator[OnnxRerankers]:
        """With one model in its folder."""
        write_reranker(tmp_path / "tiny")
        engine = made(tmp_path)
        yield engine
        await engine.close()

    async def test_it_is_loaded_by_the_first_ask_and_unloaded_on_demand(self, engine: OnnxRerankers) -> None:
        """With its size and its end."""
        assert [(card.id, card.state, card.can("rerank")) for card in await engine.cards()] == [
            ("local/tiny", "ready", True)
        ]
        await engine.unload("local/tiny")
        many = ("tea", *["milk"] * 200, "green tea")
        found = await engine.rerank(RerankAsk("local/tiny", "green tea", many))
        assert found.scores == (-2.0, *[-6.0] * 200, 2.0) and found.prompt_tokens > 1000 and found.logits
        [loaded] = await engine.loaded()
        assert loaded.card.state == "loaded" and loaded.expires is not None
        await engine.unload("local/tiny")
        assert list(await engine.loaded()) == []


@pytest.mark.parametrize("name", ["local/other", "other", "local/../tiny", "local/", "local/.hidden"])
async def test_a_model_that_is_not_there_is_missing(tmp_path: Path, name: str) -> None:
    """No name leads out of the folder."""
    write_reranker(tmp_path / "rerankers" / "good")
    write_reranker(tmp_path / "tiny")
    engine = made(tmp_path / "rerankers")
    for call in (lambda: engine.rerank(RerankAsk(name, "tea", ("tea",))), lambda: engine.show(name)):
        with pytest.raises(Fault) as caught:
            await call()
        assert caught.value.kind is Kind.missing
    assert (await engine.show("local/good")).id == "local/good"
    assert await made(tmp_path / "nothing").cards() == []


async def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its card and to who asks."""
    write_reranker(tmp_path / "tiny")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    [card] = await made(tmp_path).cards()
    assert (
        card.state == "unavailable"
        and "onnxruntime" in (card.note or "")
        and "requirements/embed.txt" in (card.note or "")
    )
    with pytest.raises(Fault, match="not installed here"):
        await made(tmp_path).rerank(RerankAsk("local/tiny", "tea", ("tea",)))


@pytest.mark.slow
async def test_both_kinds_stand_on_one_shelf(tmp_path: Path) -> None:
    """Each name leads to who has it."""
    write_reranker(tmp_path / "rerankers" / "tiny")
    client = Client()
    engine: Engine = plug.engine(
        Upstream("onnx", options={"threads": 1}),
        Surroundings(client, SystemClock(), lambda text: text, str(tmp_path), os.environ),
    )
    assert [card.id for card in await engine.catalogue.cards()] == ["all-minilm-l6-v2", "local/tiny"]
    assert (await engine.catalogue.show("local/tiny")).ref.connection == "onnx"
    assert engine.rerank is not None and engine.loader is not None and engine.close is not None
    await engine.rerank.rerank(RerankAsk("local/tiny", "tea", ("tea",)))
    assert [model.card.id for model in await engine.catalogue.loaded()] == ["local/tiny"]
    await engine.loader.load("local/tiny", 0)
    assert not await engine.catalogue.loaded()
    assert engine.embed is not None
    with pytest.raises(Fault):
        await engine.embed.embed(EmbedAsk("local/tiny", ("tea",)))
    await engine.close()
    await client.close()
