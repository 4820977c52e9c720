"""The official `ollama` SDK, sync and async, every method, before the whole server."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import ollama
import pytest

from parlance.testing.servers import Server, in_thread, loaded
from parlance.testing.upstreams import MockOllama
from tests.dialects.ollama.served import KEY, READER, keys, served

HI = [{"role": "user", "content": "hi"}]
SAID = "tok0 tok1 tok2 tok3 tok4 tok5 tok6 tok7"
PNG = b"\x89PNG and so on"


def weather(city: str) -> str:
    """Tell the weather.

    Args:
      city: Where.
    """
    return city


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, MockOllama]]:
    """One server for all tests of this file."""
    with served(tmp_path_factory.mktemp("house")) as both:
        yield both


@pytest.fixture
def sdk(house: tuple[Server, MockOllama]) -> Iterator[ollama.Client]:
    """The synchronous client."""
    with ollama.Client(house[0].url) as client:
        yield client


@pytest.fixture
async def async_sdk(house: tuple[Server, MockOllama]) -> AsyncIterator[ollama.AsyncClient]:
    """The asynchronous client."""
    async with ollama.AsyncClient(house[0].url) as client:
        yield client


def test_a_whole_chat(sdk: ollama.Client) -> None:
    """Text, reason, counts and nanoseconds arrive as the SDK's types."""
    answer = sdk.chat("mock", HI, options={"temperature": 0.5, "num_ctx": 2048}, keep_alive="5m")
    assert answer.message.content == SAID and answer.message.role == "assistant"
    assert (answer.done, answer.done_reason, answer.model) == (True, "stop", "mock")
    assert (answer.prompt_eval_count, answer.eval_count, answer.total_duration) == (1, 8, 180_000_000)
    assert answer.created_at is not None and answer.created_at.endswith("000Z")


def test_options_reach_the_ollama_behind(house: tuple[Server, MockOllama], sdk: ollama.Client) -> None:
    """Ours under their names, its own as they were, and patience."""
    options = {"temperature": 0.5, "num_predict": 3, "num_ctx": 2048, "stop": ["x"]}
    answer = sdk.chat("mock", HI, options=options, keep_alive=60, format="json")
    sent = house[1].calls_to("/api/chat")[-1].payload
    assert sent["options"] == options and sent["keep_alive"] == 60 and sent["format"] == "json"
    assert answer.message.content == '{"answer":"mock"}'
    cut = sdk.chat("mock", HI, options={"num_predict": 3})
    assert (cut.message.content, cut.done_reason) == ("tok0 tok1 tok2", "length")


def test_a_streamed_chat_with_thought(sdk: ollama.Client) -> None:
    """Pieces of thought, then of text, then the last one."""
    parts = list(sdk.chat("mock", HI, stream=True, think=True))
    assert "".join(part.message.thinking or "" for part in parts) == "The user greets me. I greet back."
    assert "".join(part.message.content or "" for part in parts) == SAID
    assert [part.done for part in parts] == [False] * (len(parts) - 1) + [True]
    assert parts[-1].eval_count == 15


@pytest.mark.parametrize("stream", [False, True])
def test_tools_are_called_and_their_results_answered(sdk: ollama.Client, stream: bool) -> None:
    """Arguments are objects; the conversation goes on with what the tool said."""
    talk: list[Any] = [{"role": "user", "content": 'call weather {"city": "Oslo"}'}]
    given = sdk.chat("mock", talk, tools=[weather], stream=stream)  # type: ignore[call-overload]
    messages = [part.message for part in given] if stream else [given.message]
    (message,) = [message for message in messages if message.tool_calls]
    call = message.tool_calls[0].function
    assert (call.name, call.arguments) == ("weather", {"city": "Oslo"})
    talk += [message, {"role": "tool", "tool_name": "weather", "content": "cold"}]
    assert sdk.chat("mock", talk, tools=[weather]).message.content == "The tool says: cold"


def test_an_answer_fits_a_schema(sdk: ollama.Client) -> None:
    """`format` may be a JSON schema."""
    schema = {"type": "object", "properties": {"city": {"type": "string"}, "n": {"type": "integer"}}}
    assert sdk.chat("mock", HI, format=schema).message.content == '{"city":"mock","n":1}'


def test_pictures_arrive(house: tuple[Server, MockOllama], sdk: ollama.Client) -> None:
    """As base64, in chats and with prompts."""
    sdk.chat("mock", [{"role": "user", "content": "look", "images": [PNG]}])
    sent = house[1].calls_to("/api/chat")[-1].payload["messages"][0]
    sdk.generate("mock", "look", images=[PNG])
    prompted = house[1].calls_to("/api/generate")[-1].payload
    assert sent["images"] == prompted["images"] and len(sent["images"]) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_is_answered(house: tuple[Server, MockOllama], sdk: ollama.Client, stream: bool) -> None:
    """With its system text and context; the Ollama behind sees a prompt too."""
    given = sdk.generate("mock", "hi", system="be brief", context=[1], stream=stream)  # type: ignore[call-overload]
    parts = list(given) if stream else [given]
    assert "".join(part.response for part in parts) == SAID
    assert parts[-1].context and parts[-1].done_reason == "stop"
    sent = house[1].calls_to("/api/generate")[-1].payload
    assert (sent["prompt"], sent["system"], sent["context"]) == ("hi", "be brief", [1])


def test_a_raw_prompt_with_a_suffix(house: tuple[Server, MockOllama], sdk: ollama.Client) -> None:
    """Is passed on as it is."""
    assert sdk.generate("mock", "def f(", suffix="return", raw=True).response == SAID
    sent = house[1].calls_to("/api/generate")[-1].payload
    assert (sent["prompt"], sent["suffix"], sent["raw"]) == ("def f(", "return", True)


def test_a_model_is_loaded_listed_and_unloaded(sdk: ollama.Client) -> None:
    """By asking nothing of it."""
    assert sdk.generate("mock").done_reason == "load"
    assert [model.model for model in sdk.ps().models] == ["mock:latest"]
    assert sdk.ps().models[0].context_length == 4096
    assert sdk.generate("mock", keep_alive=0).done_reason == "unload"
    assert sdk.chat("mock", [], keep_alive="0s").done_reason == "unload"
    assert sdk.ps().models == []


def test_texts_become_vectors(sdk: ollama.Client) -> None:
    """In order, in both forms."""
    found = sdk.embed("mock-embed", ["a", "b"], truncate=True)
    assert len(found.embeddings) == 2 and found.prompt_eval_count == 2
    assert sdk.embeddings("mock-embed", "a").embedding == found.embeddings[0]
    assert len(sdk.embed("mock-embed", "a", dimensions=4).embeddings[0]) == 4


def test_models_are_pulled_with_progress(sdk: ollama.Client) -> None:
    """Line by line, or until it is done."""
    parts = list(sdk.pull("pulled", stream=True))
    assert parts[0].status == "pulling manifest" and parts[-1].status == "success"
    assert any(part.completed == part.total == 1 << 20 for part in parts)
    assert sdk.pull("pulled").status == "success"


def test_models_are_made_shown_copied_published_and_removed(sdk: ollama.Client, tmp_path: Path) -> None:
    """Every verb, with a blob that goes through in pieces."""
    blob = tmp_path / "model.gguf"
    blob.write_bytes(b"gguf" * 100_000)
    digest = sdk.create_blob(blob)
    assert digest == "sha256:" + hashlib.sha256(blob.read_bytes()).hexdigest()
    assert sdk.create("made", files={"model.gguf": digest}, system="be brief").status == "success"
    assert [part.status for part in sdk.create("child", from_="made", stream=True)][-1] == "success"
    assert sdk.copy("made", "twin").status == "success"
    assert [part.status for part in sdk.push("twin", stream=True)][-1] == "success"
    assert sdk.push("twin").status == "success"
    names = {model.model for model in sdk.list().models}
    assert {"made:latest", "child:latest", "twin:latest"} <= names
    shown = sdk.show("made")
    assert shown.modelinfo is not None and shown.modelinfo["mock.context_length"] == 4096
    assert shown.capabilities == ["completion", "tools", "thinking", "vision"]
    for name in ("made", "child", "twin"):
        assert sdk.delete(name).status == "success"
    assert not {"made:latest", "child:latest"} & {model.model for model in sdk.list().models}


async def test_the_asynchronous_client_can_do_the_same(async_sdk: ollama.AsyncClient, tmp_path: Path) -> None:
    """Every method of it."""
    sdk = async_sdk
    assert (await sdk.chat("mock", HI)).message.content == SAID
    assert "".join([part.message.content or "" async for part in await sdk.chat("mock", HI, stream=True)]) == SAID
    assert (await sdk.generate("mock", "hi")).response == SAID
    assert "".join([part.response or "" async for part in await sdk.generate("mock", "hi", stream=True)]) == SAID
    assert len((await sdk.embed("mock-embed", "a")).embeddings) == 1
    assert (await sdk.embeddings("mock-embed", "a")).embedding
    assert [part.status async for part in await sdk.pull("apulled", stream=True)][-1] == "success"
    assert (await sdk.pull("apulled")).status == "success"
    (tmp_path / "b").write_bytes(b"x")
    digest = await sdk.create_blob(tmp_path / "b")
    assert (await sdk.create("amade", files={"b": digest})).status == "success"
    assert (await sdk.copy("amade", "acopy")).status == "success"
    assert (await sdk.push("acopy")).status == "success"
    assert (await sdk.show("acopy")).capabilities
    assert (await sdk.ps()).models is not None
    for name in ("amade", "acopy", "apulled"):
        assert (await sdk.delete(name)).status == "success"
    assert "acopy:latest" not in {model.model for model in (await sdk.list()).models}


def failing(call: Any) -> ollama.ResponseError:
    """The error that a call raises."""
    with pytest.raises(ollama.ResponseError) as raised:
        call()
    error: ollama.ResponseError = raised.value
    return error


def test_what_is_not_there_is_a_404_in_ollamas_words(sdk: ollama.Client) -> None:
    """For every method that names a model, streamed or not."""
    for call in (
        lambda: sdk.chat("nope", HI),
        lambda: list(sdk.chat("nope", HI, stream=True)),
        lambda: sdk.generate("nope", "hi"),
        lambda: sdk.generate("nope"),
        lambda: sdk.embed("nope", "a"),
        lambda: sdk.show("nope"),
        lambda: sdk.copy("nope", "b"),
        lambda: sdk.delete("nope"),
    ):
        error = failing(call)
        assert (error.status_code, error.error) == (404, "model 'nope' not found")
    assert failing(lambda: sdk.pull("missing")).status_code == 404
    assert "file does not exist" in failing(lambda: list(sdk.pull("missing", stream=True))).error


def test_what_makes_no_sense_is_a_400(sdk: ollama.Client) -> None:
    """With the field in the sentence."""
    error = failing(lambda: sdk.chat("mock", [{"role": "ghost", "content": "boo"}]))
    assert error.status_code == 400 and "role" in error.error
    error = failing(lambda: sdk.chat("mock", HI, options={"temperature": "hot"}))
    assert error.status_code == 400 and "temperature" in error.error


def test_an_engine_that_fails_is_a_typed_error(sdk: ollama.Client) -> None:
    """Before the first word a status, afterwards a line; nothing of the machine behind is told."""
    assert failing(lambda: sdk.chat("bad-internal-error", HI)).status_code == 502
    assert failing(lambda: sdk.chat("bad-rate-limited", HI)).status_code == 429
    error = failing(lambda: list(sdk.chat("bad-reset-midway", HI, stream=True)))
    assert "ended early" in error.error and "127.0.0.1" not in error.error


def test_keys_scopes_and_rates_are_typed_errors(tmp_path: Path) -> None:
    """401 without a key, 403 without the scope, 404 for a model that is not allowed, 429 beyond the rate."""
    with (
        served(tmp_path, keys()) as (server, _),
        ollama.Client(server.url) as stranger,
        ollama.Client(server.url, headers={"authorization": f"Bearer {READER}"}) as reader,
        ollama.Client(server.url, headers={"authorization": f"Bearer {KEY}"}) as writer,
    ):
        assert failing(lambda: stranger.chat("mock", HI)).status_code == 401
        assert failing(lambda: reader.pull("x")).status_code == 403
        assert writer.pull("other").status == "success"
        assert {model.model for model in reader.list().models} == {"mock:latest", "mock-embed:latest"}
        assert failing(lambda: reader.show("other")).status_code == 404
        assert writer.chat("other", HI).message.content == SAID
        reader.chat("mock", HI)
        reader.chat("mock", HI)
        assert failing(lambda: reader.chat("mock", HI)).status_code == 429


def test_without_an_ollama_chats_are_answered_and_verbs_are_refused(tmp_path: Path) -> None:
    """By the built-in engine, and with a sentence that says how to add one."""
    with in_thread(loaded(tmp_path)) as server, ollama.Client(server.url) as sdk:
        assert "quote" in {model.model for model in sdk.list().models}
        assert sdk.show("quote").capabilities
        answer = sdk.chat("quote", [{"role": "user", "content": "What is it? It is a cat."}])
        assert "This is no language model" in (answer.message.content or "")
        assert answer.eval_duration is not None and answer.total_duration
        for call in (lambda: sdk.pull("x"), lambda: sdk.delete("quote"), lambda: sdk.copy("quote", "b")):
            error = failing(call)
            assert error.status_code == 501 and "Start an Ollama" in error.error
