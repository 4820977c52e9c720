"""Single embeddings that arrive together leave as few calls; one that comes alone waits for nobody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import Behaviour, MockOllama, MockOpenAI
from parlance.testing.upstreams.samples import vector_of
from tests.flows.callers import EMBEDDINGS, OLLAMA_EMBED, Caller, connection_toml, key_toml, measured

MANY = 64
FEW = 22
"""64 by three."""
PATIENCE = 2.0
"""Seconds that the queue system waits for company, as it comes."""
ADA, BOB = "sk-ada-00000000000000000000", "sk-bob-00000000000000000000"
SLOW = "mock-embed-d30"


@asynccontextmanager
async def serving(folder: Path, upstream: MockOpenAI, toml: str = "") -> AsyncIterator[int]:
    """The port of a server with the queue system's own bounds: batches of three, two seconds of patience."""
    async with MockOllama() as ollama:
        toml = f'[chatqueue]\nconfigured = true\napi_url = "{ollama.base_url}"\n' + toml
        toml += connection_toml(upstream.base_url, "mock", "mock-embed", SLOW, "bad-internal-error-embed")
        async with running(loaded(folder, toml=toml)) as server:
            yield server.port


def vectors(body: object) -> list[list[float]]:
    """The vectors of an answer of either endpoint."""
    assert isinstance(body, dict)
    return body["embeddings"] if "embeddings" in body else [entry["embedding"] for entry in body["data"]]


@pytest.mark.parametrize("endpoint", [EMBEDDINGS, OLLAMA_EMBED], ids=lambda endpoint: endpoint.name)
async def test_64_single_embeddings_at_once_leave_in_22_calls(tmp_path: Path, endpoint: object) -> None:
    """And each caller gets the vector of its own text."""
    assert isinstance(endpoint, type(EMBEDDINGS))
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as port:
        caller = Caller(port)
        asks = [caller.ask(f"POST {endpoint.path}", endpoint.make(SLOW, f"text {n}", False)) for n in range(MANY)]
        began = time.monotonic()
        answers = await asyncio.gather(*asks)
        calls = len(upstream.calls_to("/embeddings"))
        measured(f"{MANY} embeddings at once ({endpoint.name})", calls=calls, seconds=f"{time.monotonic() - began:.2f}")
        assert calls <= FEW
        assert [vectors(answer.json) for answer in answers] == [[vector_of(f"text {n}")] for n in range(MANY)]


async def test_one_embedding_alone_is_not_delayed(tmp_path: Path) -> None:
    """With two seconds of patience for company, it takes no longer than a text of a list, which waits for nobody."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as port:
        caller = Caller(port)

        async def seconds(given: object) -> float:
            began = time.monotonic()
            assert (await caller.ask("POST /v1/embeddings", {"model": "mock-embed", "input": given})).status == 200
            return time.monotonic() - began

        await seconds("warm up")
        alone = sorted([await seconds(f"alone {n}") for n in range(20)])
        listed = sorted([await seconds([f"a {n}", f"b {n}"]) for n in range(20)])
        measured("an embedding alone", p50=f"{alone[10] * 1000:.1f} ms", list_of_two=f"{listed[10] * 1000:.1f} ms")
        assert alone[10] < listed[10] + PATIENCE / 10


async def test_no_batch_mixes_two_callers(tmp_path: Path) -> None:
    """Nobody's text leaves in one call with somebody else's, however closely they come together."""
    keys = key_toml(ADA, "ada", "ada") + key_toml(BOB, "bob", "bob")
    async with MockOpenAI() as upstream, serving(tmp_path, upstream, keys) as port:
        callers = {"ada": Caller(port, ADA), "bob": Caller(port, BOB)}
        asks = [
            callers[who].ask("POST /v1/embeddings", {"model": SLOW, "input": f"{who} {n}"})
            for n in range(20)
            for who in callers
        ]
        assert {answer.status for answer in await asyncio.gather(*asks)} == {200}
        for call in upstream.calls_to("/embeddings"):
            given = call.payload["input"]
            texts = given if isinstance(given, list) else [given]
            assert len({text.split(" ")[0] for text in texts}) == 1
        assert len(upstream.calls_to("/embeddings")) < 40


async def test_a_batch_that_fails_fails_for_each_of_its_callers(tmp_path: Path) -> None:
    """With a typed error, and the next one goes through; who left before takes nobody along."""
    async with MockOpenAI() as upstream, serving(tmp_path, upstream) as port:
        caller = Caller(port)
        upstream.behaviour = Behaviour.UNAUTHORIZED
        body = EMBEDDINGS.make(SLOW, "text", False)
        answers = await asyncio.gather(*(caller.ask("POST /v1/embeddings", body) for _ in range(9)))
        assert {answer.status for answer in answers} == {502}
        upstream.behaviour = Behaviour.HEALTHY
        leavers = [await caller.raw("POST /v1/embeddings", EMBEDDINGS.make(SLOW, f"gone {n}", False)) for n in range(2)]
        staying = asyncio.create_task(caller.ask("POST /v1/embeddings", EMBEDDINGS.make(SLOW, "stays", False)))
        await asyncio.sleep(0.005)
        for client in leavers:
            client.rst()
        assert vectors((await staying).json) == [vector_of("stays")]
