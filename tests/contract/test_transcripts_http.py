"""Models that write sound down, over HTTP: what is sent, what is understood, and what is a fault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.engines.openai_http import engine as make
from parlance.engines.openai_http.transcripts import form_body, transcript_of
from parlance.engines.openai_http.upstream_errors import Errors
from parlance.engines.plug import Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.ports.engines import TranscribeEngine
from parlance.testing.documents.sounds import silence
from parlance.testing.upstreams import Behaviour, MockOpenAI, Script
from parlance.values import json_door
from parlance.values.asks import Segment, TranscribeAsk, Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock

KEY = "sk-sound-0123456789abcdef"
TEXT = "Green tea is grown in Uji."
ERRORS = Errors(lambda text: text, SystemClock())


@pytest.fixture
async def upstream() -> AsyncIterator[MockOpenAI]:
    async with MockOpenAI(models=("ear",), script=Script(text=TEXT), key=KEY) as upstream:
        yield upstream


@pytest.fixture
async def ear(upstream: MockOpenAI) -> AsyncIterator[TranscribeEngine]:
    """The engine, of a connection whose operator has headers of their own."""
    client = Client()
    headers = {"X-Team": "tea", "Content-Type": "application/json"}
    found = make(
        Upstream("ears", upstream.base_url, KEY, headers), Surroundings(client, SystemClock(), lambda text: text)
    ).transcribe
    assert found is not None
    yield found
    await client.close()


async def test_a_file_and_what_is_known_of_it_are_sent_as_a_form(ear: TranscribeEngine, upstream: MockOpenAI) -> None:
    """Named after what it is; foreign fields go along, but never in place of ours, and a form is said to be one."""
    foreign = (("model", "other"), ("stream", "true"), ('odd"\r\nname', "x"), ("hotwords", "Uji"))
    ask = TranscribeAsk("ear-1", silence(), "en", "Uji, Kerala", 0.25, wire="openai", foreign=foreign)
    assert await ear.transcribe(ask) == Transcript(TEXT, prompt_tokens=7, completion_tokens=6)
    [call] = upstream.calls
    assert (call.path, call.headers["x-team"]) == ("/v1/audio/transcriptions", "tea")
    assert call.headers["content-type"].startswith("multipart/form-data; boundary=")
    form = dict(call.form)
    assert form.pop("file") == silence() and b'filename="sound.wav"' in call.body
    assert form == {
        "model": b"ear-1",
        "response_format": b"json",
        "language": b"en",
        "prompt": b"Uji, Kerala",
        "temperature": b"0.25",
        "odd%22%0D%0Aname": b"x",
        "hotwords": b"Uji",
    }


async def test_foreign_fields_of_another_wire_stay_here(ear: TranscribeEngine, upstream: MockOpenAI) -> None:
    await ear.transcribe(TranscribeAsk("ear", silence(), wire="other", foreign=(("hotwords", "Uji"),)))
    assert "hotwords" not in upstream.calls[0].form


async def test_times_are_given_where_the_model_has_them(ear: TranscribeEngine, upstream: MockOpenAI) -> None:
    """One that has none refuses the word, and is asked again for the text alone."""
    said = await ear.transcribe(TranscribeAsk("ear", silence(), times=True))
    mark = {"no_speech_prob": 0.01}
    assert said.segments == (Segment(0.0, 1.5, "Green tea is ", mark), Segment(1.5, 3.0, "grown in Uji.", mark))
    assert (said.text, said.language, said.duration) == (TEXT, "english", 3.0)
    plain = await ear.transcribe(TranscribeAsk("ear-plain", silence(), times=True))
    assert (plain.text, plain.segments) == (TEXT, None)
    forms = [call.form["response_format"] for call in upstream.calls]
    assert forms == [b"verbose_json", b"verbose_json", b"json"]


async def test_a_translation_is_asked_for_elsewhere(ear: TranscribeEngine, upstream: MockOpenAI) -> None:
    await ear.transcribe(TranscribeAsk("ear", silence(), english=True))
    assert upstream.calls[0].path == "/v1/audio/translations"


async def test_a_failure_is_not_asked_for_twice(ear: TranscribeEngine, upstream: MockOpenAI) -> None:
    """Only a refusal may be about the times."""
    upstream.behaviour = Behaviour.INTERNAL_ERROR
    with pytest.raises(Fault) as caught:
        await ear.transcribe(TranscribeAsk("ear", silence(), times=True))
    assert (caught.value.kind, caught.value.status, len(upstream.calls)) == (Kind.upstream, 500, 1)
    upstream.behaviour = Behaviour.HEALTHY
    with pytest.raises(Fault) as caught:
        await ear.transcribe(TranscribeAsk("gone", silence(), times=True))
    assert (caught.value.kind, caught.value.code) == (Kind.missing, "model_not_found")


def read(fields: Any) -> Transcript:
    """What is understood of an answer."""
    return transcript_of(json_door.encode(fields), ERRORS)


SOUND = {"start": 0, "end": 1.5, "text": "Hi."}


@pytest.mark.parametrize(
    "segments",
    [
        None,
        "none",
        [1],
        [],
        [{**SOUND, "text": " "}],
        [SOUND, {**SOUND, "start": -1}],
        [{**SOUND, "start": "soon"}],
        [{**SOUND, "end": True}],
        [{**SOUND, "text": None}],
        [{"text": "Hi."}],
    ],
)
def test_times_that_make_no_sense_are_none(segments: Any) -> None:
    """The text is there all the same."""
    assert read({"text": "Hi.", "segments": segments}) == Transcript("Hi.")


def test_what_upstreams_write_in_other_ways_is_understood() -> None:
    """A length as a text or among the counts; a piece that ends before it begins ends there; silence has no pieces."""
    assert read({"text": "Hi.", "duration": "2.5", "language": 7}) == Transcript("Hi.", duration=2.5)
    assert read({"text": "Hi.", "usage": {"type": "duration", "seconds": 3}}).duration == 3.0
    assert read({"text": "Hi.", "segments": [{**SOUND, "start": 2}]}).segments == (Segment(2.0, 2.0, "Hi."),)
    assert read({"text": " ", "segments": []}) == Transcript(" ", ())
    assert read({"text": "Hi.", "duration": "1e999"}).duration is None
    huge = b'{"text": "Hi.", "duration": 1' + b"0" * 400 + b"}"
    assert transcript_of(huge, ERRORS).duration is None


@pytest.mark.parametrize("fields", [{}, {"text": None}, [], "text", {"text": ["Hi."]}])
def test_an_answer_without_a_text_is_none(fields: Any) -> None:
    with pytest.raises(Fault) as caught:
        read(fields)
    assert (caught.value.kind, caught.value.code) == (Kind.upstream, "not_json")


def test_an_error_inside_of_an_answer_is_one() -> None:
    with pytest.raises(Fault) as caught:
        read({"error": {"message": "out of memory"}})
    assert caught.value.code == "engine_failed"


def test_bytes_that_are_no_sound_are_sent_as_wav() -> None:
    """The core lets none through; an engine that is asked by itself says what is wrong with them."""
    assert b'filename="sound.wav"' in form_body([], b"words", "b")
