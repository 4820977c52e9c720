"""Files of sound: what they are, by their first bytes, and what is said of those that nothing writes down. What
somebody calls one is never asked."""

from __future__ import annotations

from typing import NamedTuple

from parlance.values.errors import Fault, Kind

MOST_SOUND = 25 * 1024 * 1024
"""Bytes that one ask for a transcript may have: OpenAI's own bound, and what other engines take, too."""
HEAD = 64
"""Bytes that are enough to tell."""
SUFFIXES = frozenset(
    {".mp3", ".mpga", ".mpeg", ".wav", ".m4a", ".m4b", ".mp4", ".ogg", ".oga", ".opus", ".flac", ".webm"}
)
"""How such files are called."""
_MP4_BRANDS = (b"M4A ", b"M4B ", b"isom", b"iso2", b"mp41", b"mp42")
"""Of the many files that begin like an MP4, those that hold sound; pictures (HEIC, AVIF) do so, too."""


class Sound(NamedTuple):
    """A kind of file: its media type, and the suffix by which engines tell it."""

    media_type: str
    suffix: str


MP3, WAV, M4A = Sound("audio/mpeg", ".mp3"), Sound("audio/wav", ".wav"), Sound("audio/mp4", ".m4a")
OGG, FLAC, WEBM = Sound("audio/ogg", ".ogg"), Sound("audio/flac", ".flac"), Sound("audio/webm", ".webm")


def sound_of(head: bytes) -> Sound | None:
    """The kind of a file that begins with these bytes (its first `HEAD`, or all there are); none where it is none that
    is written down here. Films in MP4 and WebM are: by the sound that is in them. Marks that are letters are looked at
    with the byte behind them, which no text has: a text may begin with `ID3`, too."""
    if head.startswith(b"RIFF") and head.startswith(b"WAVE", 8):
        return WAV
    if head.startswith(b"fLaC") and head[4:5] in (b"\x00", b"\x80"):
        return FLAC
    if head.startswith(b"OggS\x00"):
        return OGG
    if (head.startswith(b"ID3") and head[3:4] in (b"\x02", b"\x03", b"\x04")) or _is_frame(head):
        return MP3
    if head.startswith(b"ftyp", 4) and head.startswith(_MP4_BRANDS, 8):
        return M4A
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:HEAD]:
        return WEBM
    return None


def _is_frame(head: bytes) -> bool:
    """Whether a frame of MPEG sound, layer III, begins here: eleven bits set, then a rate and a frequency that there
    are. The mark at the beginning of a text in UTF-16 (FF FE) is layer I, and so none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2 or head[1] & 0x18 == 0x08:
        return False
    return head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C


def sound_too_large(field: str | None = None) -> Fault:
    """What is said of a file beyond what engines take."""
    return Fault(
        Kind.too_large,
        f"A file of sound may have at most {MOST_SOUND >> 20} MiB to be written down.",
        hint="Save it as MP3 or Opus with a lower rate (32 kbit/s are enough for speech), or split it.",
        field=field,
        code="sound_too_large",
    )


def no_transcriber() -> Fault:
    """What is said where sound comes and nothing writes it down."""
    return Fault(
        Kind.unsupported,
        "There is no model here that writes sound down.",
        hint="Whoever runs this server adds a connection to one, such as OpenAI's or a Whisper server of one's own; "
        "its name has `whisper` or `transcribe` in it, or its card has the capability `transcribe`.",
        field="model",
        code="no_transcriber",
    )
