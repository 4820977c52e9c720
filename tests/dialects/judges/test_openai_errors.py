"""Every typed error of the official OpenAI SDK, provoked by what really causes it at the composed server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.dialects.judges.parties import PATIENCE, Sdk, broken_engine, served
from tests.flows.callers import Caller, key_toml, table, until
from tests.naming import fresh

OWNER, WATCHER, HASTY = ("-".join(("sk", name, "0123456789abcdef")) for name in ("owner", "watcher", "hasty"))
HELLO: Any = [{"role": "user", "content": "Hello"}]
ASKED = "Hello from a body that nobody may hear back"
TOML = (
    key_toml(OWNER, "owner", "ada", scopes=["all"])
    + key_toml(WATCHER, "watcher", "bob", scopes=["observe"])
    + table("connections", {"name": "broken", "kind": "broken"})
)


@pytest.fixture(scope="module")
def upstream() -> MockOpenAI:
    return MockOpenAI(models=("mock", "mock-p50-n400", "mock-d10000", "bad-rate-limited"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, upstream: MockOpenAI) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("refusing")
    with (
        broken_engine(folder / "site"),
        served(folder, (upstream, {}), toml=TOML, flags={"server.max_body_mb": 0.5}) as server,
    ):
        yield server


@pytest.fixture(params=["async", "sync"])
async def sdk(server: Server, request: pytest.FixtureRequest) -> AsyncIterator[Sdk]:
    known: Any = {"base_url": f"{server.url}/v1", "api_key": OWNER, "max_retries": 0, "timeout": PATIENCE}
    if request.param == "async":
        async with openai.AsyncOpenAI(**known) as client:
            yield Sdk(client, True)
        return
    with openai.OpenAI(**known) as blocking:
        yield Sdk(blocking, False)


def chat(**more: Any) -> Callable[[Any], Any]:
    """A call that asks a model."""
    return lambda client: client.chat.completions.create(**{"model": "mock", "messages": HELLO, **more})


def as_key(key: str, **more: Any) -> Callable[[Any], Any]:
    """The same with another key."""
    return lambda client: chat(**more)(client.with_options(api_key=key))


def deep() -> Any:
    """More levels than the door for JSON lets in."""
    value: Any = ASKED
    for _ in range(70):
        value = [value]
    return value


REFUSED: dict[str, tuple[type[openai.APIStatusError], int, str, Callable[[Any], Any]]] = {
    "malformed": (
        openai.BadRequestError,
        400,
        "malformed",
        lambda c: c.post("/chat/completions", cast_to=object, content=b'{"messages": ['),
    ),
    "out-of-range": (openai.BadRequestError, 400, "invalid_value", chat(temperature=99)),
    "refused-parameter": (openai.BadRequestError, 400, "unsupported_parameter", chat(modalities=["audio"])),
    "no-messages": (openai.BadRequestError, 400, "invalid_value", chat(messages=[])),
    "wrong-key": (openai.AuthenticationError, 401, "invalid_api_key", as_key("sk-nobody")),
    "no-scope": (openai.PermissionDeniedError, 403, "missing_scope", as_key(WATCHER)),
    "unknown-model": (openai.NotFoundError, 404, "model_not_found", chat(model="nobody")),
    "unknown-model-shown": (openai.NotFoundError, 404, "model_not_found", lambda c: c.models.retrieve("nobody")),
    "unknown-response": (
        openai.NotFoundError,
        404,
        "previous_response_not_found",
        lambda c: c.responses.create(model="mock", input="more", previous_response_id="resp_" + "0" * 32),
    ),
    "unknown-route": (openai.NotFoundError, 404, "not_found", lambda c: c.moderations.create(input="x")),
    "too-large": (
        openai.APIStatusError,
        413,
        "body_too_large",
        chat(messages=[{"role": "user", "content": "x" * 600_000}]),
    ),
    "too-deep": (openai.APIStatusError, 413, "too_deep", chat(extra_body={"deep": deep()})),
    "wrong-type": (openai.UnprocessableEntityError, 422, "wrong_type", chat(messages=ASKED)),
    "missing-field": (openai.UnprocessableEntityError, 422, "missing_field", chat(messages=[{"content": ASKED}])),
    "upstream-rate": (openai.RateLimitError, 429, "rate_limit_exceeded", chat(model="bad-rate-limited")),
    "defect": (openai.InternalServerError, 500, "internal_error", chat(model="broken")),
    "defect-embedding": (
        openai.InternalServerError,
        500,
        "internal",
        lambda c: c.embeddings.create(model="broken", input="x"),
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_is_the_error_that_the_sdk_has_for_it(sdk: Sdk, name: str) -> None:
    """Class, status and code are right, the envelope is OpenAI's, and what was sent is not said back."""
    kind, status, code, call = REFUSED[name]
    with pytest.raises(openai.APIStatusError) as refused:
        await sdk.do(call)
    error = refused.value
    assert (type(error), error.status_code, error.code) == (kind, status, code), error
    assert error.type and error.message and error.response.headers["x-request-id"] and error.request_id
    assert set(error.response.json()["error"]) == {"message", "type", "param", "code"}
    assert ASKED not in error.response.text and "Traceback" not in error.response.text


async def test_a_wrong_field_is_named(sdk: Sdk) -> None:
    """`param` is the field's own path, as OpenAI writes it."""
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        await sdk.do(chat(messages=[HELLO[0], {"role": "user", "content": 5}]))
    assert refused.value.param == "messages[1].content"


async def test_a_method_that_a_path_does_not_have(sdk: Sdk) -> None:
    """405 comes with the envelope too, and with what the path does have."""
    with pytest.raises(openai.APIStatusError) as refused:
        await sdk.do(lambda c: c.delete("/chat/completions", cast_to=object))
    assert refused.value.status_code == 405 and refused.value.response.headers["allow"] == "POST"
    assert refused.value.code == "method_not_allowed"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, with a key that may ask once a minute: what it has used comes back too late."""
    toml = key_toml(HASTY, "hasty", "eve", requests_per_minute=1)
    with served(tmp_path, (MockOpenAI(models=("mock",)), {}), toml=toml) as server:
        yield server


async def test_rates_are_told_in_time(sdk: Sdk, strict: Server) -> None:
    """The second request of a minute is refused and told when to come again; the first is told what is left."""

    def hasty(client: Any) -> Any:
        return client.with_options(base_url=f"{strict.url}/v1", api_key=HASTY).chat.completions

    raw = await sdk.do(lambda c: hasty(c).with_raw_response.create(model="mock", messages=HELLO))
    assert (raw.headers["x-ratelimit-limit-requests"], raw.headers["x-ratelimit-remaining-requests"]) == ("1", "0")
    with pytest.raises(openai.RateLimitError) as refused:
        await sdk.do(lambda c: hasty(c).create(model="mock", messages=HELLO))
    assert refused.value.code == "rate_limit_exceeded" and 1 <= int(refused.value.response.headers["retry-after"]) <= 60
    assert refused.value.response.headers["x-ratelimit-remaining-requests"] == "0"


@pytest.mark.parametrize("stream", [False, True])
async def test_a_stopped_run_is_a_conflict(sdk: Sdk, server: Server, upstream: MockOpenAI, stream: bool) -> None:
    """Who waits for an answer that is stopped elsewhere gets 409; a stream that has begun says so in its last frame."""
    owner = Caller(server.port, OWNER)
    text = fresh(f"stop me {sdk.waits} {stream}")
    said: list[str] = []

    async def asking() -> None:
        model = "mock-p50-n400" if stream else "mock-d10000"
        ask = chat(model=model, messages=[{"role": "user", "content": text}], stream=stream)
        answer = await sdk.do(ask)
        if stream:
            async for chunk in sdk.each(answer):
                said.append(chunk.id)

    async with asyncio.timeout(PATIENCE):
        task = asyncio.create_task(asking())
        await until(lambda: bool(said) if stream else any(text.encode() in call.body for call in upstream.calls))
        for run in (await owner.ask("GET /parlance/v1/runs.list")).json:
            if run["state"] == "running":
                await owner.ask("POST /parlance/v1/runs.stop", {"run": run["run"]})
        with pytest.raises(openai.APIError) as stopped:
            await task
    if stream:
        assert stopped.value.type == "conflict_error"
    else:
        assert isinstance(stopped.value, openai.ConflictError) and stopped.value.status_code == 409
