"""Text to speech: a relay to the service that the operator named."""

from __future__ import annotations

import struct
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from parlance.core.chatbot.operations import SpeakText
from parlance.core.chatbot.refusals import refused
from parlance.core.chatbot.room import ChatbotRoom
from parlance.core.chatbot.voices import Voices
from parlance.core.operation import Context, Result
from parlance.ports.chatbot import Sound
from parlance.values.errors import Fault, Kind
from parlance.values.texts import without_thoughts

VOICE = "voices/default.wav"
RATE, BYTES_PER_SAMPLE = 22_050, 2


async def speak_text(room: ChatbotRoom, context: Context, op: SpeakText) -> Result[AsyncIterator[bytes]]:
    """Handle `SpeakText`. Raises `Fault`: `text_missing` and `speech_empty` for a text with nothing to say, upstream
    with code `speech_refused` and the service's words, `speech_broken` where it broke off, `sound_too_long` and
    `sounds_full` for more than we collect, else as it was reached."""
    if not op.text:
        raise refused("text_missing")
    text = without_thoughts(op.text, only_closed=True).strip()
    if not text:
        raise refused("speech_empty")
    sound = await room.speaker.speak(text, op.voice or VOICE, stream=op.stream)
    if not 200 <= sound.status < 300:
        raise Fault(Kind.upstream, sound.reason, code="speech_refused", status=sound.status)
    return Result(sound.pieces if op.stream else _once(await _whole(room.voices, sound)))


async def _whole(voices: Voices, sound: Sound) -> bytes:
    found = bytearray()
    try:
        async with aclosing(_pieces(sound)) as pieces:
            async for piece in pieces:
                found += piece
                voices.take(len(piece), len(found))
    finally:
        voices.bytes -= len(found)
        await sound.pieces.aclose()
    return wave(bytes(found))


async def _pieces(sound: Sound) -> AsyncGenerator[bytes, None]:
    """What comes; where it breaks off, the service is to blame, and nobody else."""
    try:
        async for piece in sound.pieces:
            yield piece
    except Fault:
        raise Fault(Kind.upstream, "TTS backend response error", code="speech_broken") from None


async def _once(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


def wave(sound: bytes) -> bytes:
    """Raw samples behind a header of 44 bytes: mono, 16 bits, 22,050 Hz. What has such a header stays as it is."""
    if sound[:4] == b"RIFF" and sound[8:12] == b"WAVE":
        return sound
    form = struct.pack("<IHHIIHH", 16, 1, 1, RATE, RATE * BYTES_PER_SAMPLE, BYTES_PER_SAMPLE, 8 * BYTES_PER_SAMPLE)
    size = struct.pack("<I", 36 + len(sound))
    return b"RIFF" + size + b"WAVEfmt " + form + b"data" + struct.pack("<I", len(sound)) + sound
