"""What a newcomer's SDKs get from a server with nothing beside it: quoted answers, and vectors made on this machine."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from typing import Any

import ollama
import openai
import pytest

from parlance.engines.onnx import weights
from parlance.testing.servers import Server
from tests.dialects.judges.parties import PATIENCE, WEATHER, Sdk, served

EMBEDDER = weights.MINILM.name
FACTS = "The moon is made of rock. Cheese is made of milk. Paper is made of wood."
ASKED: Any = [{"role": "user", "content": FACTS}, {"role": "user", "content": "What is cheese made of?"}]
NOTICE, ANSWER = "This is no language model", "Cheese is made of milk."
SENTENCES = ["A man is eating food.", "Someone eats a meal.", "The stock market fell today."]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("alone")
    with served(folder) as server:
        yield server
    weights.discard(folder / "data" / "models")


@pytest.fixture(params=["async", "sync"])
async def sdk(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Sdk]:
    known: Any = {"base_url": f"{server.url}/v1", "api_key": "unused", "max_retries": 0, "timeout": PATIENCE * 2}
    if request.param == "async":
        async with openai.AsyncOpenAI(**known) as client:
            yield Sdk(client, True)
        return
    with openai.OpenAI(**known) as blocking:
        yield Sdk(blocking, False)


@pytest.fixture(params=["async", "sync"])
async def other(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Sdk]:
    if request.param == "async":
        async with ollama.AsyncClient(server.url) as client:
            yield Sdk(client, True)
        return
    with ollama.Client(server.url) as blocking:
        yield Sdk(blocking, False)


async def test_the_models_of_a_server_alone(sdk: Sdk) -> None:
    """The one that quotes comes first, the embedder after it; nothing has to be configured."""
    listed = [model.id for model in (await sdk.do(lambda c: c.models.list())).data]
    assert listed == ["quote", EMBEDDER]


@pytest.mark.parametrize("stream", [False, True])
async def test_a_quoted_answer(sdk: Sdk, stream: bool) -> None:
    """The answer says first that no language model is there, then quotes what answers best."""
    ask: Any = {"model": "quote", "messages": ASKED, "stream": stream}
    if stream:
        chunks = await sdk.pieces(lambda c: c.chat.completions.create(**ask))
        said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    else:
        said = (await sdk.do(lambda c: c.chat.completions.create(**ask))).choices[0].message.content
    assert said.startswith(NOTICE) and ANSWER in said and "moon" not in said.partition(ANSWER)[0]


async def test_a_quoted_response(sdk: Sdk) -> None:
    """The other route of OpenAI's quotes as well, whole and streamed, and goes on from what was said before."""
    first = await sdk.do(lambda c: c.responses.create(model="quote", input=FACTS))
    ask: Any = {"model": "quote", "input": "What is cheese made of?", "previous_response_id": first.id}
    assert ANSWER in (await sdk.do(lambda c: c.responses.create(**ask))).output_text
    events = await sdk.pieces(lambda c: c.responses.create(**ask, stream=True))
    assert events[-1].type == "response.completed" and ANSWER in events[-1].response.output_text


async def test_what_a_quote_cannot_do_is_refused(sdk: Sdk) -> None:
    """Tools and JSON need a language model: 400, with a sentence that says so. An unknown model is not replaced."""
    tool = {"type": "function", "function": {"name": "weather", "parameters": WEATHER}}
    for more in ({"tools": [tool]}, {"response_format": {"type": "json_object"}}):
        ask: Any = {"model": "quote", "messages": ASKED, **more}
        with pytest.raises(openai.BadRequestError) as refused:
            await sdk.do(lambda c, ask=ask: c.chat.completions.create(**ask))  # type: ignore[misc]
        assert refused.value.code == "not_a_language_model" and "model" in refused.value.message
    with pytest.raises(openai.NotFoundError):
        await sdk.do(lambda c: c.chat.completions.create(model="gpt-4o", messages=ASKED))


@pytest.mark.timeout(120)
async def test_vectors_made_on_this_machine(sdk: Sdk) -> None:
    """Sentences of one meaning lie closer than others, whichever way the numbers travel."""
    for form in ({}, {"encoding_format": "float"}):
        ask: Any = {"model": EMBEDDER, "input": SENTENCES, **form}
        answer = await sdk.do(lambda c, ask=ask: c.embeddings.create(**ask))  # type: ignore[misc]
        eating, meal, stock = (one.embedding for one in answer.data)
        assert len(eating) == 384 and math.isclose(_product(eating, eating), 1.0, abs_tol=1e-4)
        assert _product(eating, meal) > 0.6 > 0.1 > _product(eating, stock)
        assert answer.usage.prompt_tokens > 10


def _product(left: list[float], right: list[float]) -> float:
    return sum(a * b for a, b in zip(left, right, strict=True))


@pytest.mark.timeout(120)
async def test_ollamas_client_gets_the_same_vectors(other: Sdk, server: Server) -> None:
    """Whoever speaks Ollama's words reaches the same embedder."""
    answer = await other.do(lambda c: c.embed(EMBEDDER, SENTENCES))
    assert [len(vector) for vector in answer.embeddings] == [384] * 3
    old = await other.do(lambda c: c.embeddings(EMBEDDER, SENTENCES[0]))
    assert list(old.embedding) == pytest.approx(list(answer.embeddings[0]), abs=1e-5)


async def test_ollamas_client_gets_a_quoted_answer(other: Sdk) -> None:
    """Whole and streamed, and by a prompt."""
    whole = await other.do(lambda c: c.chat("quote", ASKED))
    assert whole.message.content.startswith(NOTICE) and ANSWER in whole.message.content and whole.done
    lines = await other.pieces(lambda c: c.chat("quote", ASKED, stream=True))
    assert "".join(line.message.content or "" for line in lines) == whole.message.content and lines[-1].done
    prompted = await other.do(lambda c: c.generate("quote", f"{FACTS} What is cheese made of?"))
    assert ANSWER in prompted.response


@pytest.mark.parametrize(
    "verb",
    [
        lambda c: c.pull("mock"),
        lambda c: c.pull("mock", stream=True),
        lambda c: c.push("mock"),
        lambda c: c.create("mine", from_="quote"),
        lambda c: c.copy("quote", "mine"),
        lambda c: c.delete("quote"),
    ],
    ids=["pull", "pull-streamed", "push", "create", "copy", "delete"],
)
async def test_a_verb_that_needs_an_ollama_says_so(server: Server, verb: Any) -> None:
    """Without one the SDK raises 501 with a sentence that tells what to do."""
    async with ollama.AsyncClient(server.url) as waiting:
        with pytest.raises(ollama.ResponseError) as refused:
            found = await verb(waiting)
            async for _ in found:
                pass
    with ollama.Client(server.url) as blocking, pytest.raises(ollama.ResponseError) as also:
        await Sdk(blocking, False).pieces(verb)
    for error in (refused.value, also.value):
        assert error.status_code == 501 and "No engine here can pull" in error.error and "Ollama" in error.error
