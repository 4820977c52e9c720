"""`POST /v1/audio/transcriptions` and `/v1/audio/translations`: a file of sound in a form, what is said in it back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from parlance.core.models.operations import Transcribe
from parlance.dialects.openai import subtitles
from parlance.dialects.openai.transcription_form import MOST_FORM, TIMED, TranscriptionForm, read
from parlance.dialects.table import TEXT_TYPE, Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.asks import Segment, Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Foreign


class TranscriptionUsage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the engine counted: tokens, or the seconds that it heard."""

    type: Literal["tokens", "duration"]
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    seconds: int | None = None


class Transcription(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was said. The rest is there with `verbose_json`: lengths and times in seconds, `language` where the model
    told it; a segment has `id`, `start`, `end`, `text` and what else the engine says of it."""

    text: str
    task: Literal["transcribe", "translate"] | None = None
    language: str | None = None
    duration: float | None = None
    segments: list[Foreign] | None = None
    usage: TranscriptionUsage | None = None


async def transcribe(request: Request, do: Do) -> Reply:
    """Write down what is said, in the language that it is said in."""
    return await _heard(request, do, english=False)


async def translate(request: Request, do: Do) -> Reply:
    """Write down in English what is said."""
    return await _heard(request, do, english=True)


async def _heard(request: Request, do: Do, *, english: bool) -> Reply:
    asked = await read(request, english=english)
    said = await do(Transcribe(asked.ask))
    if asked.shape == "text":
        return Reply(f"{said.text}\n".encode(), type=TEXT_TYPE)
    if asked.shape not in TIMED:
        return Reply(json_door.encode(Transcription(said.text, usage=_usage(said))))
    if said.segments is None:
        raise _no_times()
    if asked.shape == "verbose_json":
        return Reply(json_door.encode(_verbose(said, said.segments, english)))
    written = subtitles.srt(said.segments) if asked.shape == "srt" else subtitles.vtt(said.segments)
    return Reply(written.encode(), type=TEXT_TYPE)


def _verbose(said: Transcript, segments: Sequence[Segment], english: bool) -> Transcription:
    told: list[dict[str, Any]] = [
        {**(one.foreign or {}), "id": number, "start": one.start, "end": one.end, "text": one.text}
        for number, one in enumerate(segments)
    ]
    ends = max((one.end for one in segments), default=0.0)
    duration = ends if said.duration is None else said.duration
    task: Literal["transcribe", "translate"] = "translate" if english else "transcribe"
    return Transcription(said.text, task, said.language or None, duration, told, _usage(said))


def _usage(said: Transcript) -> TranscriptionUsage | None:
    if total := said.prompt_tokens + said.completion_tokens:
        return TranscriptionUsage("tokens", said.prompt_tokens, said.completion_tokens, total)
    return None if said.duration is None else TranscriptionUsage("duration", seconds=math.ceil(said.duration))


def _no_times() -> Fault:
    return Fault(
        Kind.unsupported,
        "This model does not say when something was said.",
        hint="Ask for `json` or `text`, or another model.",
        field="response_format",
        code="no_times",
    )


def _row(path: str, name: str, answer: Any, summary: str) -> Row:
    return Row(
        "POST",
        f"/v1/audio/{path}",
        f"openai.audio.{name}",
        answer,
        (Transcribe,),
        summary,
        body="upload",
        limit=MOST_FORM,
        takes=TranscriptionForm,
        takes_media="multipart/form-data",
        gives=Transcription,
        texts=True,
    )


ROWS = (
    _row("transcriptions", "transcriptions.create", transcribe, "Write down what is said in a file of sound"),
    _row("translations", "translations.create", translate, "Write down in English what is said in a file of sound"),
)
