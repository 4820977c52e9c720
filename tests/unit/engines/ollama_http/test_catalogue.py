"""Which models an Ollama has, what they can do, and what is in memory."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from parlance.core.models.connections import LIST_SECONDS
from parlance.engines.ollama_http import cards
from parlance.engines.ollama_http.catalogue import SHOWING_SECONDS, OllamaCatalogue
from parlance.engines.plug import Upstream
from parlance.testing.upstreams import Behaviour, MockOllama
from parlance.testing.upstreams.answers import block
from parlance.values.errors import Fault, Kind
from parlance.values.models import ModelCard, ModelRef
from tests.unit.engines.ollama_http.stage import SOON, OddOllama, staged

SHOWN = frozenset({"chat", "completion", "json", "tools", "thinking", "vision"})


async def test_models_are_listed_with_all_that_is_told_of_them() -> None:
    """Size, digest, time and details from the list; capabilities and context from a look at each."""
    async with staged() as stage:
        first, second = await stage.catalogue.cards()
        assert (first.id, first.ref, second.id) == ("mock:latest", ModelRef("box", "mock:latest"), "mock-embed:latest")
        assert first.capabilities == SHOWN and first.context == 4096
        assert first.created == 1_700_000_000_123_456 and first.size == 1 << 20 and len(first.digest) == 64
        assert first.foreign is not None and first.foreign["details"]["quantization_level"] == "Q8_0"


async def test_a_model_is_looked_at_once_as_long_as_it_stays_the_same() -> None:
    """And again when it is gone and comes back."""
    async with staged() as stage:
        await stage.catalogue.cards()
        await stage.catalogue.cards()
        assert len(stage.upstream.calls_to("/api/show")) == 2
        stage.upstream.shelf.delete("mock")
        assert [card.id for card in await stage.catalogue.cards()] == ["mock-embed:latest"]
        stage.upstream.shelf.copy("mock-embed", "mock")
        await stage.catalogue.cards()
        assert len(stage.upstream.calls_to("/api/show")) == 3


@pytest.mark.parametrize("behaviour", [Behaviour.INTERNAL_ERROR, Behaviour.HEADER_HANG])
async def test_models_that_cannot_be_looked_at_in_time_are_guessed_at(behaviour: Behaviour) -> None:
    """A list must not wait for a broken or slow one; the next list looks again."""
    upstream = MockOllama(models=("mock", "nomic-embed-text"), behaviour=behaviour)
    upstream.healthy_paths = frozenset({"/api/tags"})
    async with staged(upstream) as stage:
        assert SHOWING_SECONDS < LIST_SECONDS, "a list would be given up before the guess is made"
        shelf = OllamaCatalogue(stage.wire, Upstream("box"), 0.1)
        chat, embed = await shelf.cards()
        assert chat.capabilities == {"chat", "completion", "json"} and chat.context is None
        assert embed.capabilities == {"embed"}
        upstream.behaviour = Behaviour.HEALTHY
        assert (await shelf.cards())[0].capabilities == SHOWN


async def test_only_configured_models_are_offered() -> None:
    """With or without their tag; one that is not there yet is offered as unavailable."""
    async with staged(models=("mock", "later")) as stage:
        here, later = await stage.catalogue.cards()
        assert (here.id, here.state) == ("mock:latest", "ready")
        assert (later.id, later.state) == ("later", "unavailable")


async def test_what_the_operator_knows_wins() -> None:
    """Capabilities, context, note and price; what the operator left out stays."""
    better = ModelCard("mock", ModelRef("box", "mock"), "ollama", frozenset({"chat"}), note="Slow.", prompt_price=3)
    async with staged(cards={"mock": better}) as stage:
        card = (await stage.catalogue.cards())[0]
        assert card.capabilities == {"chat"}
        assert (card.context, card.note, card.prompt_price) == (4096, "Slow.", 3)
    silent = msgspec.structs.replace(better, capabilities=frozenset())
    async with staged(cards={"mock": silent}) as stage:
        assert (await stage.catalogue.cards())[0].capabilities == SHOWN


async def test_one_model_is_shown_whole() -> None:
    """With all its Ollama says in `foreign`; `verbose` brings the tokens."""
    async with staged() as stage:
        await stage.catalogue.cards()
        card = await stage.catalogue.show("mock")
        assert card.size == 1 << 20 and card.foreign is not None and card.foreign["license"] == "Apache-2.0"
        verbose = await stage.catalogue.show("mock", verbose=True)
        assert "tokenizer.ggml.tokens" in (verbose.foreign or {})["model_info"]
        with pytest.raises(Fault) as absent:
            await stage.catalogue.show("nope")
        assert absent.value.kind is Kind.missing and absent.value.code == "model_not_found"


async def test_models_in_memory_are_told_with_their_end() -> None:
    """Sizes, expiry and context."""
    async with staged() as stage:
        await stage.loader.load("mock", "5m")
        assert stage.sent()["keep_alive"] == "5m"
        (loaded,) = await stage.catalogue.loaded()
        assert loaded.card.state == "loaded" and loaded.card.id == "mock:latest" and loaded.size == 1 << 20
        assert loaded.expires == 4_070_908_800_000_000 and (loaded.foreign or {})["context_length"] == 4096
        await stage.loader.load("mock", 0)
        assert await stage.catalogue.loaded() == ()


async def test_a_model_that_only_embeds_is_loaded_by_embedding_nothing() -> None:
    """It refuses to generate nothing; any other refusal stands."""
    refusal = block({"error": '"mock" does not support generate'}, status=400)
    async with staged(OddOllama({"/api/generate": refusal})) as stage:
        await stage.loader.load("mock", 60)
        assert stage.upstream.calls[-1].path == "/api/embed"
        assert stage.sent() == {"model": "mock", "stream": False, "keep_alive": 60, "input": []}
        del stage.upstream.said["/api/generate"]  # type: ignore[attr-defined]
        with pytest.raises(Fault) as absent:
            await stage.loader.load("nope", None)
        assert absent.value.kind is Kind.missing


async def test_an_ollama_that_cannot_be_reached_is_a_fault() -> None:
    """So that the register keeps what it knows and remembers why."""
    async with staged(MockOllama(behaviour=Behaviour.REFUSED), deadlines=SOON) as stage:
        with pytest.raises(Fault) as failed:
            await stage.catalogue.cards()
        assert failed.value.kind is Kind.upstream


@pytest.mark.parametrize(
    ("found", "ids"),
    [
        ({"models": None}, []),
        ({"models": []}, []),
        ({"models": [7, {}, {"name": 5}, {"model": "only-model"}]}, ["only-model"]),
        ({"models": [{"name": "x", "size": "?", "details": 1, "digest": None}]}, ["x"]),
        ({"models": [{"name": "x", "capabilities": ["embedding", "odd", 7]}]}, ["x"]),
    ],
)
async def test_odd_lists_are_borne(found: Any, ids: list[str]) -> None:
    """Go's empty list, rows without a name, fields of another kind."""
    async with staged(OddOllama({"/api/tags": found})) as stage:
        told = await stage.catalogue.cards()
        assert [card.id for card in told] == ids
        if "capabilities" in str(found):
            assert told[0].capabilities == {"embed"}


@pytest.mark.parametrize("found", [{}, {"models": 5}])
async def test_a_list_that_is_none_is_a_fault(found: Any) -> None:
    """Something else answers there."""
    async with staged(OddOllama({"/api/tags": found})) as stage:
        with pytest.raises(Fault):
            await stage.catalogue.cards()


def test_where_a_models_files_lie_is_not_told() -> None:
    """Absolute paths give way to the model's name; the rest of the file stays."""
    told = {
        "modelfile": "# x\nFROM /srv/ollama/models/blobs/sha256-1\nADAPTER C:\\a\\b\nFROM llama3\nSYSTEM hi",
        "remote_host": "https://inner.example",
    }
    card = cards.shown("mine", "box", told, None)
    assert card.foreign == {"modelfile": "# x\nFROM mine\nADAPTER mine\nFROM llama3\nSYSTEM hi"}
    assert cards.shown("mine", "box", {}, None).capabilities == {"chat", "completion", "json"}


@pytest.mark.parametrize(
    ("time", "micros"),
    [
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456),
        ("2023-11-14T23:13:20+01:00", 1_700_000_000_000_000),
        ("2023-11-14T22:13:20", 1_700_000_000_000_000),
        ("0001-01-01T00:00:00Z", 0),
        ("soon", 0),
        (None, 0),
    ],
)
def test_times_become_microseconds(time: Any, micros: int) -> None:
    """Go's zero time and rubbish are no time."""
    assert cards.micros(time) == micros


@pytest.mark.parametrize(
    ("told", "context"),
    [
        ({"model_info": {"general.architecture": "q", "q.context_length": 8}}, 8),
        ({"model_info": {"general.architecture": "q", "q.context_length": "8"}}, None),
        ({"model_info": 5}, None),
    ],
)
def test_the_context_is_that_of_the_architecture(told: Any, context: int | None) -> None:
    """Anything but a count is none."""
    assert cards.context_of(told) == context


def test_a_loaded_model_may_have_no_end_and_no_context() -> None:
    """A model that stays for ever."""
    card = ModelCard("m", ModelRef("b", "m"), "ollama")
    assert cards.loaded({"size": 5}, card).expires is None
    assert "context_length" not in (cards.loaded({}, card).foreign or {})


async def test_a_list_waits_no_longer_than_the_connection_says() -> None:
    """Callers wait for the list: an engine that hangs must not keep them beyond the deadline that somebody chose."""
    async with staged(OddOllama({"/api/tags": None}), deadlines=SOON) as stage:
        async with asyncio.timeout(4):
            with pytest.raises(Fault) as late:
                await stage.catalogue.cards()
    assert late.value.kind is Kind.timed_out
