"""What becomes of a form, and of what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.core.models.operations import Transcribe
from parlance.dialects.openai import transcription_form as forms
from parlance.dialects.openai.subtitles import srt, vtt
from parlance.dialects.openai.transcriptions import transcribe, translate
from parlance.dialects.table import Reply, Request
from parlance.values.asks import Segment, TranscribeAsk, Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.sounds import MOST_SOUND

SAID = (Segment(0.0, 1.5, " Tea is\n\ngrown. "), Segment(3599.9996, 3725.25, "In --> Assam."))


def test_subtitles_are_numbered_and_timed() -> None:
    """An empty line would end one, and a time that is almost the next second is that second."""
    first, second = "00:00:00{0}000 --> 00:00:01{0}500", "01:00:00{0}000 --> 01:02:05{0}250"
    assert srt(SAID) == f"1\n{first.format(',')}\nTea is\ngrown.\n\n2\n{second.format(',')}\nIn --> Assam.\n\n"
    assert vtt(SAID) == f"WEBVTT\n\n{first.format('.')}\nTea is\ngrown.\n\n{second.format('.')}\nIn -> Assam.\n\n"
    assert (srt(()), vtt(())) == ("", "WEBVTT\n\n")


def form(*fields: tuple[str, str], file: bytes | None = b"RIFF", name: str = "file") -> Request:
    """A request with a form, whose file is in the field of this name."""
    parts = [f'--b\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'.encode() for key, text in fields]
    if file is not None:
        head = f'--b\r\ncontent-disposition: form-data; name="{name}"; filename="a.wav"\r\n\r\n'
        parts.append(head.encode() + file + b"\r\n")

    async def content() -> AsyncIterator[bytes]:
        for part in (*parts, b"--b--\r\n"):
            yield part

    type = {"content-type": "multipart/form-data; boundary=b"}
    where: dict[str, Any] = {"params": {}, "raw_query": "", "headers": type, "body": b"", "id": "1", "prefix": ""}
    return Request("POST", "/v1/audio/transcriptions", content=content(), **where)


async def asked(*fields: tuple[str, str], english: bool = False, **more: Any) -> forms.Asked:
    """What such a form asks for."""
    return await forms.read(form(*fields, **more), english=english)


async def test_a_form_is_read_in_any_order() -> None:
    """Fields that nobody here knows go along, those that are repeated too."""
    found = await asked(
        ("model", "ear"),
        ("language", "en"),
        ("prompt", "Uji"),
        ("temperature", "0.5"),
        ("response_format", "srt"),
        ("timestamp_granularities[]", "segment"),
        ("known_speaker_names[]", "a"),
        ("known_speaker_names[]", "b"),
        ("stream", "false"),
    )
    foreign = (("known_speaker_names[]", "a"), ("known_speaker_names[]", "b"))
    wanted = TranscribeAsk("ear", b"RIFF", "en", "Uji", 0.5, times=True, wire="openai", foreign=foreign)
    assert (found.ask, found.shape) == (wanted, "srt")
    plain = await asked(("language", "de"), english=True)
    assert (plain.ask.language, plain.ask.times, plain.shape) == (None, False, "json")


@pytest.mark.parametrize(
    ("field", "text", "kind"),
    [
        ("response_format", "diarized_json", Kind.invalid),
        ("temperature", "warm", Kind.invalid),
        ("temperature", "2", Kind.invalid),
        ("temperature", "nan", Kind.invalid),
        ("stream", "true", Kind.unsupported),
        ("chunking_strategy", '{"type": "server_vad"}', Kind.unsupported),
        ("timestamp_granularities[]", "word", Kind.unsupported),
        ("include[]", "logprobs", Kind.unsupported),
    ],
)
async def test_what_cannot_be_is_refused_by_its_name(field: str, text: str, kind: Kind) -> None:
    with pytest.raises(Fault) as caught:
        await asked((field, text))
    assert (caught.value.kind, caught.value.field) == (kind, field.removesuffix("[]"))


async def test_a_form_without_a_file_says_so() -> None:
    """And so does one with another file alone, and what is no form at all."""
    lacking: tuple[dict[str, Any], ...] = ({"file": None}, {"name": "picture"})
    for request in lacking:
        with pytest.raises(Fault) as caught:
            await asked(("model", "ear"), **request)
        assert (caught.value.field, caught.value.kind) == ("file", Kind.invalid)
    bare = form()
    bare.content = None
    with pytest.raises(Fault) as caught:
        await forms.read(bare, english=False)
    assert caught.value.field == "file"


async def test_neither_the_fields_nor_the_file_fill_the_memory() -> None:
    """Of a file that is too large only so much is held that the core can say so."""
    with pytest.raises(Fault) as caught:
        await asked(*(("prompt", "x" * 100_000) for _ in range(3)))
    assert caught.value.kind is Kind.too_large
    found = await asked(file=bytes(MOST_SOUND + 5))
    assert len(found.ask.content) > MOST_SOUND


async def answered(said: Transcript, shape: str, *, english: bool = False) -> Reply:
    """What a client gets of it."""

    async def do(operation: Any) -> Any:
        assert isinstance(operation, Transcribe)
        await asyncio.sleep(0)
        return said

    return await (translate if english else transcribe)(form(("response_format", shape)), do)


async def test_every_shape_of_an_answer() -> None:
    """The engine's own words about a segment stay, and never pass for ours."""
    one = Segment(0.5, 2.0, "Hi.", {"no_speech_prob": 0.25, "text": "Ho."})
    said = Transcript("Hi.", (one,), "english", 2.25, 3, 4)
    usage = b'"usage":{"type":"tokens","input_tokens":3,"output_tokens":4,"total_tokens":7}'
    assert (await answered(said, "json")).body == b'{"text":"Hi.",' + usage + b"}"
    assert (await answered(said, "text")).body == b"Hi.\n"
    assert (await answered(said, "vtt")).body.startswith(b"WEBVTT\n\n00:00:00.500")
    verbose = (await answered(said, "verbose_json", english=True)).body
    segment = b'"segments":[{"no_speech_prob":0.25,"text":"Hi.","id":0,"start":0.5,"end":2.0}]'
    told = b'{"text":"Hi.","task":"translate","language":"english","duration":2.25,'
    assert verbose == told + segment + b"," + usage + b"}"


async def test_silence_has_no_segments_and_no_length_that_nobody_told() -> None:
    """The length of what was heard stands in place of it."""
    assert (await answered(Transcript("", ()), "verbose_json")).body == (
        b'{"text":"","task":"transcribe","duration":0.0,"segments":[]}'
    )
    usage = b'{"text":"Hi.","usage":{"type":"duration","seconds":3}}'
    assert (await answered(Transcript("Hi.", duration=2.1), "json")).body == usage


@pytest.mark.parametrize("shape", sorted(forms.TIMED))
async def test_times_that_the_model_did_not_tell_are_not_made_up(shape: str) -> None:
    with pytest.raises(Fault) as caught:
        await answered(Transcript("Hi."), shape)
    assert (caught.value.code, caught.value.field) == ("no_times", "response_format")
