"""Which models an upstream has, and what is told of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from parlance.engines.openai_http.catalogue import CHATS, EMBEDS, RERANKS, TRANSCRIBES, capabilities_of
from parlance.testing.upstreams import MockOpenAI
from parlance.values.errors import Fault, Kind
from parlance.values.models import ModelCard, ModelRef
from tests.unit.engines.openai_http.stage import connected, playing

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
NONE = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


async def cards(body: Any, head: bytes = JSON, **upstream: Any) -> tuple[ModelCard, ...]:
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    async with connected(playing(raw, head=head), **upstream) as engine:
        return tuple(await engine.catalogue.cards())


@pytest.fixture
async def upstream() -> AsyncIterator[MockOpenAI]:
    async with MockOpenAI() as upstream:
        yield upstream


async def test_every_field_of_the_list_is_used_or_kept() -> None:
    listed = {"id": "m", "created": 7, "owned_by": "us", "max_model_len": 4096, "root": "r"}
    (card,) = await cards({"object": "list", "data": [listed]})
    assert card == ModelCard(
        "m",
        ModelRef("up", "m"),
        "openai",
        CHATS,
        4096,
        "remote",
        7_000_000,
        owner="us",
        foreign={"max_model_len": 4096, "root": "r"},
    )


async def test_lists_of_other_shapes_are_read_and_odd_entries_left_out() -> None:
    assert [card.id for card in await cards([{"id": "a"}, 7, {"name": "b"}, {"id": "a"}, {}])] == ["a", "b"]
    assert [card.id for card in await cards({"models": [{"name": "c", "created": "x", "context_length": "x"}]})] == [
        "c"
    ]
    assert await cards({"data": None}) == ()


@pytest.mark.parametrize("field", ["max_model_len", "context_length", "context_window", "max_context_length"])
async def test_the_context_is_found_under_each_of_its_names(field: str) -> None:
    assert (await cards([{"id": "m", field: 8192}]))[0].context == 8192


@pytest.mark.parametrize(
    ("name", "type", "capabilities"),
    [
        ("gpt-x", "", CHATS),
        ("text-embedding-3-small", "", EMBEDS),
        ("anything", "Embedding", EMBEDS),
        ("anything", "image", frozenset()),
        ("whisper-1", "", TRANSCRIBES),
        ("Systran/faster-whisper-large-v3", "", TRANSCRIBES),
        ("gpt-4o-mini-transcribe", "", TRANSCRIBES),
        ("anything", "automatic-speech-recognition", TRANSCRIBES),
        ("anything", "audio", frozenset()),
        ("whisper-1", "audio", TRANSCRIBES),
        ("Horse-Whisperer-7B", "", CHATS),
        ("dall-e-3", "", frozenset()),
        ("org/tts-1", "", frozenset()),
        ("omni-moderation-latest", "", frozenset()),
        ("bge-reranker-v2", "", RERANKS),
        ("ms-marco-cross-encoder", "", RERANKS),
        ("anything", "rerank", RERANKS),
    ],
)
def test_a_model_can_everything_unless_its_name_or_type_says_otherwise(
    name: str, type: str, capabilities: frozenset[str]
) -> None:
    assert capabilities_of(name, type) == capabilities


async def test_models_fixed_in_the_settings_are_offered_without_asking() -> None:
    found = await cards(b"", head=b"HTTP/1.1 500 No\r\n\r\n", models=("a", "b-embed"))
    assert [(card.id, card.owner, card.capabilities) for card in found] == [
        ("a", "up", CHATS),
        ("b-embed", "up", EMBEDS),
    ]


async def test_what_the_operator_knows_better_wins() -> None:
    told = ModelCard("m", ModelRef("up", "m"), "openai", frozenset({"chat", "tools"}), 99, note="Ours.", prompt_price=0)
    (card,) = await cards([{"id": "m", "context_length": 1}], cards={"m": told})
    assert (card.context, card.note, card.prompt_price, card.completion_price) == (99, "Ours.", 0, None)
    assert card.capabilities == {"chat", "tools"}
    silent = ModelCard("m", ModelRef("up", "m"), "openai", frozenset())
    (card,) = await cards([{"id": "m", "context_length": 1}], cards={"m": silent})
    assert (card.context, card.capabilities) == (1, CHATS)


async def test_a_model_can_be_said_to_do_nothing_but_chat() -> None:
    told = ModelCard("m", ModelRef("up", "m"), "openai", frozenset({"chat"}))
    (card,) = await cards([{"id": "m"}], cards={"m": told})
    assert card.capabilities == {"chat"}


async def test_an_upstream_without_a_list_has_the_models_that_the_operator_described() -> None:
    assert await cards(b"", head=NONE) == ()
    described = {"m": ModelCard("m", ModelRef("up", "m"), "openai", context=5)}
    (card,) = await cards(b"", head=NONE, cards=described)
    assert (card.id, card.context) == ("m", 5)


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"<html>", "not_json"), (b"{}", "not_json"), (b"7", "not_json"), (b'{"error":"x"}', "engine_failed")],
)
async def test_what_is_no_list_is_a_fault(body: bytes, code: str) -> None:
    with pytest.raises(Fault) as caught:
        await cards(body)
    assert caught.value.code == code


async def test_a_refusal_to_list_is_a_fault() -> None:
    with pytest.raises(Fault) as caught:
        await cards(b"", head=b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n")
    assert caught.value.code == "upstream_auth"


async def test_one_model_is_shown_and_an_unknown_one_is_missing() -> None:
    async with connected(playing(b"", head=NONE), models=("m",)) as engine:
        assert (await engine.catalogue.show("m")).id == "m"
        with pytest.raises(Fault) as caught:
            await engine.catalogue.show("n")
        assert caught.value.kind is Kind.missing
        assert await engine.catalogue.loaded() == ()


async def test_the_list_of_a_real_looking_upstream_is_read(upstream: MockOpenAI) -> None:
    async with connected(playing(b"", head=NONE)) as engine:
        assert engine.store is None and engine.loader is None and engine.close is None
    assert upstream.calls == []
