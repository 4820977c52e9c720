"""Sound written down over HTTP: the official SDK asks, and a model behind a connection answers."""

from __future__ import annotations

import base64
import warnings
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import openai
import pytest

from parlance.testing.documents.sounds import silence
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import SECRETS, Behaviour, MockOpenAI, Script, in_thread
from parlance.values.sounds import MOST_SOUND
from tests.flows.callers import connection_toml
from tests.flows.test_accounts import Person, owner, told

TEXT = "Green tea is grown in Uji."
FILE = ("talk.wav", silence())


class Stage(NamedTuple):
    """Somebody at a server, the SDK with a key of theirs, and the engine behind it."""

    ada: Person
    sdk: openai.AsyncOpenAI
    upstream: MockOpenAI


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    models = ("mock-whisper", "mock-plain-transcribe", "mock")
    with in_thread(MockOpenAI(models=models, script=Script(text=TEXT))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", *models, retries=1)
        async with running(loaded(tmp_path, toml=toml)) as server:
            ada = await owner(server)
            key = (await ada.native("keys.create", name="sdk"))["key"]
            url = f"http://127.0.0.1:{server.port}/v1"
            async with openai.AsyncOpenAI(api_key=key, base_url=url, max_retries=0) as sdk:
                yield Stage(ada, sdk, upstream)


async def test_the_official_sdk_has_sound_written_down(stage: Stage) -> None:
    """In every shape that it asks for, in the language spoken or in English."""
    create = stage.sdk.audio.transcriptions.create
    plain = await create(model="mock-whisper", file=FILE, language="en", prompt="Uji", temperature=0)
    assert plain.text == TEXT
    form = stage.upstream.calls_to("/audio/transcriptions")[-1].form
    assert (form["file"], form["language"], form["prompt"], form["temperature"]) == (FILE[1], b"en", b"Uji", b"0")
    verbose = await create(
        model="mock-whisper", file=FILE, response_format="verbose_json", timestamp_granularities=["segment"]
    )
    assert (verbose.text, verbose.language, verbose.duration) == (TEXT, "english", 3.0)
    assert verbose.segments is not None
    assert [(one.start, one.end, one.text) for one in verbose.segments] == [
        (0.0, 1.5, "Green tea is "),
        (1.5, 3.0, "grown in Uji."),
    ]
    assert await create(model="mock-whisper", file=FILE, response_format="text") == f"{TEXT}\n"
    subtitles = await create(model="mock-whisper", file=FILE, response_format="srt")
    assert subtitles.startswith("1\n00:00:00,000 --> 00:00:01,500\nGreen tea is\n\n2\n")
    assert (await create(model="mock-whisper", file=FILE, response_format="vtt")).startswith("WEBVTT\n\n00:00:00.000")
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # the SDK's, of this route
        assert (await stage.sdk.audio.translations.create(model="mock-whisper", file=FILE)).text == TEXT
    assert stage.upstream.calls_to("/audio/translations")


async def test_a_model_that_tells_no_times_gives_the_text(stage: Stage) -> None:
    """And no subtitles."""
    create = stage.sdk.audio.transcriptions.create
    assert (await create(model="mock-plain-transcribe", file=FILE)).text == TEXT
    with pytest.raises(openai.BadRequestError) as caught:
        await create(model="mock-plain-transcribe", file=FILE, response_format="srt")
    assert (caught.value.code, caught.value.param) == ("no_times", "response_format")


@pytest.mark.parametrize(
    ("status", "code", "asked"),
    [
        (400, "empty_file", {"file": ("a.wav", b"")}),
        (400, "unknown_sound", {"file": ("a.wav", b"These are words, whatever the name says.")}),
        (400, "not_a_transcriber", {"model": "mock"}),
        (404, "model_not_found", {"model": "nobody"}),
        (400, "unsupported_parameter", {"stream": True}),
        (400, "invalid_value", {"response_format": "diarized_json"}),
        (413, "sound_too_large", {"file": ("a.wav", silence() + bytes(MOST_SOUND))}),
        (413, "body_too_large", {"file": ("a.wav", silence() + bytes(MOST_SOUND + 2 * 1024 * 1024))}),
    ],
)
async def test_what_is_wrong_is_said_in_the_dialects_own_words(
    stage: Stage, status: int, code: str, asked: dict[str, Any]
) -> None:
    """And no engine hears of it."""
    with pytest.raises(openai.APIStatusError) as caught:
        await stage.sdk.audio.transcriptions.create(**{"model": "mock-whisper", "file": FILE, **asked})
    assert (caught.value.status_code, caught.value.code) == (status, code), caught.value
    assert not stage.upstream.calls_to("/audio/transcriptions")


@pytest.mark.parametrize(
    ("behaviour", "status", "code"),
    [
        (Behaviour.INTERNAL_ERROR, 502, "engine_failed"),
        (Behaviour.HTML, 502, "not_json"),
        (Behaviour.UNAUTHORIZED, 502, "upstream_auth"),
        (Behaviour.RATE_LIMITED, 429, "rate_limit_exceeded"),
    ],
)
async def test_what_goes_wrong_behind_tells_nothing_of_it(
    stage: Stage, behaviour: Behaviour, status: int, code: str
) -> None:
    """No key, host or path of the upstream; and what is as dear the second time is not tried again."""
    stage.upstream.behaviour = behaviour
    with pytest.raises(openai.APIStatusError) as caught:
        await stage.sdk.audio.transcriptions.create(model="mock-whisper", file=FILE)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert not any(secret in str(caught.value.body) for secret in (*SECRETS, str(stage.upstream.port)))
    assert len(stage.upstream.calls_to("/audio/transcriptions")) == 1


async def test_a_broken_connection_is_tried_again(stage: Stage) -> None:
    """As often as the connection says, once here."""
    stage.upstream.behaviour = Behaviour.RESET_BEFORE
    with pytest.raises(openai.InternalServerError) as caught:
        await stage.sdk.audio.transcriptions.create(model="mock-whisper", file=FILE)
    assert caught.value.status_code == 502
    assert len(stage.upstream.calls_to("/audio/transcriptions")) == 2


async def test_the_native_api_does_the_same(stage: Stage) -> None:
    """Without a model the first one that transcribes; such models do not chat, and none is listed first."""
    content = base64.b64encode(silence()).decode()
    said = await stage.ada.native("audio.transcribe", ask={"model": "", "content": content, "times": True})
    assert said["text"] == TEXT and [each["end"] for each in said["segments"]] == [1.5, 3.0]
    cards = await stage.ada.native("models.list")
    assert cards[0]["id"] == "mock"
    ears = [card["id"] for card in cards if card["capabilities"] == ["transcribe"]]
    assert ears == ["mock-whisper", "mock-plain-transcribe"]


async def test_a_key_for_other_models_has_none_of_it(stage: Stage) -> None:
    """A model that it may not use looks like one that does not exist."""
    key = (await stage.ada.native("keys.create", name="chat", models=["mock"]))["key"]
    with pytest.raises(openai.NotFoundError):
        await stage.sdk.with_options(api_key=key).audio.transcriptions.create(model="mock-whisper", file=FILE)
    with pytest.raises(openai.BadRequestError) as caught:
        await stage.sdk.with_options(api_key=key).audio.transcriptions.create(model="", file=FILE)
    assert caught.value.code == "no_transcriber"


async def test_without_an_engine_that_hears_it_says_how_to_add_one(tmp_path: Path) -> None:
    """And of one that cannot be asked, that it cannot."""
    with in_thread(MockOpenAI(models=("mock",))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock")
        content = base64.b64encode(silence()).decode()
        async with running(loaded(tmp_path / "a", toml=toml)) as server:
            said = await told(await owner(server), "audio.transcribe", ask={"model": "", "content": content})
            assert (said.status, said.json["code"]) == (422, "no_transcriber"), said.body
            assert "whisper" in said.json["hint"]
        upstream.behaviour = Behaviour.INTERNAL_ERROR
        async with running(loaded(tmp_path / "b", toml=connection_toml(upstream.base_url, "mock"))) as server:
            said = await told(await owner(server), "audio.transcribe", ask={"model": "", "content": content})
            assert (said.status, said.json["code"]) == (502, "engine_failed"), said.body


async def test_an_engine_that_does_not_answer_in_time_is_left(tmp_path: Path) -> None:
    """Within what its connection allows; it sees its caller leave, and is not asked again."""
    with in_thread(MockOpenAI(models=("mock-whisper-d60000",))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock-whisper-d60000", first_token_seconds=0.2, retries=2)
        async with running(loaded(tmp_path, toml=toml)) as server:
            url = f"http://127.0.0.1:{server.port}/v1"
            async with openai.AsyncOpenAI(api_key="unused", base_url=url, max_retries=0) as sdk:
                with pytest.raises(openai.InternalServerError) as caught:
                    await sdk.audio.transcriptions.create(model="mock-whisper-d60000", file=FILE)
            assert (caught.value.status_code, caught.value.code) == (504, "first_byte_timeout")
            await upstream.until(lambda one: len(one.closed_early) == 1, within=20.0)
            assert len(upstream.calls_to("/audio/transcriptions")) == 1
