"""`/tts` for the app's page, `/api/tts` and `/api/tts/stream` for anybody: text to speech."""

from __future__ import annotations

from functools import partial

import msgspec

from parlance.core.chatbot.operations import ProveVisit, SpeakText
from parlance.dialects.chatbot.errors import Form, Forms, decoded, told
from parlance.dialects.chatbot.sessions import PROVED, csrf_of, visit_of
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault

LIMIT = 512 * 1024
WAVE = b"audio/wav"
FAILED: Form = (500, "json", "TTS generation failed")
PAGE: Forms = {"text_missing": (400, "json", None), "json_odd": (400, "json", "JSON body required")}
UNREACHED: Form = (502, "text", "TTS backend unreachable")
API: Forms = {
    "text_missing": (400, "json", None),
    "speech_empty": (400, "json", "No text provided"),
    "speech_refused": (502, "json", None),
    "speech_broken": (502, "text", "TTS backend response error"),
    "sound_too_long": (413, "json", None),
    "sounds_full": (503, "json", None),
}


class Spoken(msgspec.Struct, frozen=True):
    """The body of `/tts`: what the page sends besides is ignored."""

    text: str = ""


class Wished(msgspec.Struct, frozen=True):
    """The body of the routes for anybody."""

    text: str
    voice_file: str | None = None


async def tts(request: Request, do: Do) -> Reply:
    """A whole file for the page; the token is judged before all else."""
    try:
        await do(ProveVisit(visit_of(request), csrf_of(request)))
        if "application/json" not in request.headers.get("content-type", "").lower():
            return Reply(json_door.encode({"error": "JSON body required"}), status=400)
        return await _sound(SpeakText(decoded(request.body, Spoken).text), do, "tts.wav")
    except Fault as fault:
        return told(fault, PAGE, FAILED)


async def speak(stream: bool, request: Request, do: Do) -> Reply:
    """A whole file, or the sound as it is made."""
    try:
        asked = decoded(request.body or b"-", Wished)
        name = "tts-stream.wav" if stream else "tts.wav"
        return await _sound(SpeakText(asked.text, asked.voice_file, stream), do, name)
    except Fault as fault:
        return told(fault, API, UNREACHED)


async def _sound(wanted: SpeakText, do: Do, name: str) -> Reply:
    sound = await do(wanted)
    headers = ((b"content-disposition", f"inline; filename={name}".encode()),)
    if wanted.stream:
        return Reply(frames=sound, type=WAVE, headers=headers)
    content = b"".join([piece async for piece in sound])
    return Reply(content, type=WAVE, headers=headers)


def _open(path: str, stream: bool, about: str) -> Row:
    name = f"chatbot.{path[1:].replace('/', '_')}"
    row = Row("POST", path, name, partial(speak, stream), (SpeakText,), about, body="bytes", limit=LIMIT, anyone=True)
    return msgspec.structs.replace(row, takes=Wished, media="audio/wav")


ROWS = (
    Row(
        "POST",
        "/tts",
        "chatbot.tts",
        tts,
        (ProveVisit, SpeakText),
        "Speak a text to the page",
        body="bytes",
        limit=LIMIT,
        takes=Spoken,
        headers=PROVED,
        media="audio/wav",
        anyone=True,
    ),
    _open("/api/tts", False, "Speak a text"),
    _open("/api/tts/stream", True, "Speak a text while it is made"),
)
