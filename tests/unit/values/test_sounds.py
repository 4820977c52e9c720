"""Files of sound are told by their bytes, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from parlance.values.sounds import FLAC, M4A, MP3, OGG, WAV, WEBM, Sound, sound_of

WEBM_HEAD = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", WAV),
        (b"RIFF\x24\x00\x00\x00WAVEJUNK", WAV),
        (b"fLaC\x00\x00", FLAC),
        (b"OggS\x00\x02", OGG),
        (b"ID3\x04\x00", MP3),
        (b"\xff\xfb\x90\x64", MP3),
        (b"\xff\xf3\x40\xc4", MP3),
        (b"\x00\x00\x00\x20ftypM4A \x00", M4A),
        (b"\x00\x00\x00\x20ftypmp42\x00", M4A),
        (WEBM_HEAD, WEBM),
    ],
)
def test_every_kind_is_known_by_its_first_bytes(head: bytes, kind: Sound) -> None:
    assert sound_of(head) == kind


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"RIFF\x24\x00\x00\x00WEBPVP8 ",
        b"\xff\xfeh\x00i\x00",  # a text in UTF-16
        b"\xff\xd8\xff\xe0",  # JPEG
        b"\xff\xfb",
        b"\xff\xfb\xf0\x64",  # no such rate
        b"\xff\xfb\x9c\x64",  # no such frequency
        b"\xff\xeb\x90\x64",  # no such version
        b"\xff\xf1\x50\x80",  # AAC
        b"\x00\x00\x00\x20ftypheic",
        b"\x00\x00\x00\x20ftypavif",
        b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska",
        b"%PDF-1.7",
        b"just words",
        b"ID3 is what tags are called",
        b"OggS is how pages begin",
        b"fLaC is lossless",
    ],
)
def test_nothing_else_is_taken_for_sound(head: bytes) -> None:
    assert sound_of(head) is None
