"""Embedders of a folder as the server sees them, with a tiny one in a real child process."""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.engines.onnx import plug
from parlance.engines.onnx.description import Description
from parlance.engines.onnx.embedders import OnnxEmbedders, _marked
from parlance.engines.onnx.folder_models import Place
from parlance.engines.plug import Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.testing.engines import EmbedEngineContract
from parlance.values.asks import EmbedAsk
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock
from tests.unit.engines.onnx.small_embedder import write_embedder
from tests.unit.engines.onnx.small_reranker import write_reranker


def made(folder: Path) -> OnnxEmbedders:
    """Embedders of this machine."""
    return OnnxEmbedders(folder, Place(SystemClock(), os.environ, threads=1))


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[OnnxEmbedders]:
    """With one model in its folder."""
    write_embedder(tmp_path / "tiny")
    engine = made(tmp_path)
    yield engine
    await engine.close()


@pytest.mark.slow
class TestEmbeds(EmbedEngineContract):
    """In a process of its own."""

    model = "local/tiny"

    @pytest.fixture
    async def engine(self, engine: OnnxEmbedders) -> OnnxEmbedders:
        """The one of all tests here."""
        return engine


@pytest.mark.slow
async def test_questions_and_passages_are_marked_as_the_model_wants_it(engine: OnnxEmbedders) -> None:
    """Where nobody says which they are, they are passages; what is marked already is left as it is."""

    async def vector(text: str, query: bool | None = None) -> tuple[float, ...]:
        [found] = (await engine.embed(EmbedAsk("local/tiny", (text,), query=query))).vectors
        return found

    question, passage = await vector("green tea", True), await vector("green tea", False)
    assert question != passage == await vector("green tea") == await vector("passage: green tea")
    assert await vector("query: green tea") == question
    assert math.isclose(sum(part * part for part in question), 1, abs_tol=1e-5)


def test_marks_are_left_alone_only_where_nobody_says_what_a_text_is() -> None:
    """A passage may begin as a question does, and without marks nothing is written."""
    told = Description(query="query: ", passage="passage: ")
    assert _marked("query: x", told, False) == "passage: query: x" and _marked("query: x", told, None) == "query: x"
    assert _marked("x", Description(), None) == "x" and _marked("x", Description(query="q "), None) == "x"


@pytest.mark.slow
async def test_it_reads_and_makes_what_its_card_says(engine: OnnxEmbedders) -> None:
    """Other dimensions are refused, and a text that is too long where it may not be cut."""
    [card] = await engine.cards()
    assert (card.id, card.state, card.context, card.can("embed")) == ("local/tiny", "ready", 32, True)
    with pytest.raises(Fault, match="8 dimensions only"):
        await engine.embed(EmbedAsk("local/tiny", ("tea",), dimensions=4))
    with pytest.raises(Fault, match="more than the 32 tokens") as caught:
        await engine.embed(EmbedAsk("local/tiny", ("tea", "tea " * 50), truncate=False))
    assert caught.value.kind is Kind.context_full and caught.value.message.startswith("Text 1 ")
    assert [model.card.state for model in await engine.loaded()] == ["loaded"]
    await engine.unload("local/tiny")
    assert not await engine.loaded()


@pytest.mark.slow
async def test_a_model_that_was_replaced_is_loaded_anew(engine: OnnxEmbedders, tmp_path: Path) -> None:
    """Never do vectors of two models stand under one name at a time."""
    [before] = (await engine.embed(EmbedAsk("local/tiny", ("tea",)))).vectors
    write_embedder(tmp_path / "tiny", width=6)
    [after] = (await engine.embed(EmbedAsk("local/tiny", ("tea",)))).vectors
    assert (len(before), len(after)) == (8, 6) and len(await engine.loaded()) == 1


@pytest.mark.slow
async def test_what_is_wrong_with_a_model_is_told_to_who_asks(engine: OnnxEmbedders, tmp_path: Path) -> None:
    """What its files say of it in its card already."""
    write_embedder(tmp_path / "wants", inputs=("input_ids", "attention_mask", "pixel_values"))
    with pytest.raises(Fault, match="wants pixel_values") as caught:
        await engine.embed(EmbedAsk("local/wants", ("tea",)))
    assert caught.value.code == "unfit_embedder"
    (tmp_path / "tiny" / "embedder.json").write_text("{")
    cards = {card.id: card for card in await engine.cards()}
    assert cards["local/tiny"].state == "unavailable" and "parlance pull" in (cards["local/tiny"].note or "")
    (tmp_path / "tiny" / "embedder.json").write_text('{"dimensions": 8, "context": 16}')
    [_, other] = await engine.cards()
    assert (await engine.show("local/tiny")).context == 16 and other.state == "ready"


@pytest.mark.parametrize("name", ["local/other", "other", "local/../tiny", "local/"])
async def test_a_model_that_is_not_there_is_missing(tmp_path: Path, name: str) -> None:
    """No name leads out of the folder."""
    write_embedder(tmp_path / "tiny")
    with pytest.raises(Fault) as caught:
        await made(tmp_path / "embedders").embed(EmbedAsk(name, ("tea",)))
    assert caught.value.kind is Kind.missing and await made(tmp_path / "nothing").cards() == []


async def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its card and to who asks."""
    write_embedder(tmp_path / "tiny")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    [card] = await made(tmp_path).cards()
    assert card.state == "unavailable" and "requirements/embed.txt" in (card.note or "")
    with pytest.raises(Fault, match="not installed here"):
        await made(tmp_path).embed(EmbedAsk("local/tiny", ("tea",)))


@pytest.mark.slow
async def test_all_kinds_stand_on_one_shelf(tmp_path: Path) -> None:
    """Each name leads to who has it; one that two have is the embedder's, and comes once."""
    write_reranker(tmp_path / "rerankers" / "judge")
    for each in ("embedders", "rerankers"):
        (write_embedder if each == "embedders" else write_reranker)(tmp_path / each / "twice")
    client = Client()
    surroundings = Surroundings(client, SystemClock(), lambda text: text, str(tmp_path), os.environ)
    engine = plug.engine(Upstream("onnx", options={"threads": 1}), surroundings)
    assert engine.embed is not None and engine.loader is not None and engine.close is not None
    cards = await engine.catalogue.cards()
    assert [(card.id, *card.capabilities) for card in cards] == [
        ("all-minilm-l6-v2", "embed"),
        ("local/twice", "embed"),
        ("local/judge", "rerank"),
    ]
    assert len((await engine.embed.embed(EmbedAsk("local/twice", ("tea",)))).vectors[0]) == 8
    assert [model.card.id for model in await engine.catalogue.loaded()] == ["local/twice"]
    await engine.loader.load("local/twice", 0)
    assert not await engine.catalogue.loaded()
    await engine.close()
    await client.close()
