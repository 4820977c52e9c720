"""The embedded embedder with its real weights: what everybody who embeds may rely on."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from parlance.engines.onnx import weights
from parlance.engines.onnx.engine import OnnxEmbedder
from parlance.ports.catalogue import Catalogue
from parlance.ports.engines import EmbedEngine
from parlance.values.asks import EmbedAsk
from parlance.values.time import SystemClock

MODEL = weights.MINILM.name
SENTENCES = ("A man is eating food.", "Someone eats a meal.", "The stock market fell today.")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One conversion for the module; skipped only where the weights are really absent."""
    folder = tmp_path_factory.mktemp("models")
    fault = weights.lacking(weights.MINILM, weights.Places(str(folder)))
    if fault is not None:
        pytest.skip(fault.sentence())
    yield folder
    weights.discard(folder)


@pytest.fixture
async def embedder(cache: Path) -> AsyncIterator[OnnxEmbedder]:
    made = OnnxEmbedder(cache, SystemClock(), environment=os.environ)
    yield made
    await made.close()


def cosine(left: tuple[float, ...], right: tuple[float, ...]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


async def test_meanings_are_as_near_as_the_published_model_says(embedder: OnnxEmbedder) -> None:
    eating, meal, stock = (await embedder.embed(EmbedAsk(MODEL, SENTENCES))).vectors
    assert cosine(eating, meal) == pytest.approx(0.7614, abs=0.001)
    assert cosine(eating, stock) == pytest.approx(-0.0170, abs=0.001)


async def test_every_vector_has_unit_length_and_the_dimensions_that_are_told(embedder: OnnxEmbedder) -> None:
    texts = ("", "word", "日本語のテキスト", "🍎 emoji", "x" * 5000, "word " * 5000)
    made = await embedder.embed(EmbedAsk(MODEL, texts))
    assert [len(vector) for vector in made.vectors] == [384] * len(texts)
    assert [cosine(vector, vector) for vector in made.vectors] == pytest.approx([1.0] * len(texts), abs=1e-5)


async def test_a_vector_does_not_depend_on_what_is_embedded_beside_it(embedder: OnnxEmbedder) -> None:
    company = tuple("word " * (n * 7 % 60) for n in range(40))
    together = (await embedder.embed(EmbedAsk(MODEL, company + SENTENCES))).vectors[-3:]
    for text, vector in zip(SENTENCES, together, strict=True):
        alone = (await embedder.embed(EmbedAsk(MODEL, (text,)))).vectors[0]
        assert vector == pytest.approx(alone, abs=1e-5)


async def test_tokens_are_counted_as_read(embedder: OnnxEmbedder) -> None:
    assert (await embedder.embed(EmbedAsk(MODEL, ("A man is eating food.",)))).prompt_tokens == 8
    assert (await embedder.embed(EmbedAsk(MODEL, ("word " * 5000,)))).prompt_tokens == 256


async def test_it_is_an_embed_engine_and_a_catalogue(embedder: OnnxEmbedder) -> None:
    engine: EmbedEngine = embedder
    catalogue: Catalogue = embedder
    (card,) = await catalogue.cards()
    assert card.can("embed") and not card.can("chat") and card.state in ("ready", "loaded")
    assert (await engine.embed(EmbedAsk(card.ref.name, ("a",)))).vectors
