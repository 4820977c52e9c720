"""What a file is, by its first bytes and by nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.core.files.sniff import BYTES, HARMLESS, HEAD, TEXT, sniff

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@pytest.mark.parametrize(
    ("head", "media_type", "kind"),
    [
        (PNG, "image/png", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", "image"),
        (b"GIF89a\x01\x00", "image/gif", "image"),
        (b"GIF87a\x01\x00", "image/gif", "image"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp", "image"),
        (b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36", "image/bmp", "other"),
        (b"BM25 ranks documents by their words.\n", TEXT, "text"),
        (b"BMW", TEXT, "text"),
        (b"II*\x00\x08", "image/tiff", "other"),
        (b"\x00\x00\x00\x1cftypavif", "image/avif", "other"),
        (b"\x00\x00\x00\x1cftypheic", "image/heic", "other"),
        (b"\x00\x00\x00\x1cftypisom", "video/mp4", "other"),
        (b"\x1a\x45\xdf\xa3", "video/webm", "other"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "audio/wav", "other"),
        (b"ID3\x04", "audio/mpeg", "other"),
        (b"OggS\x00", "audio/ogg", "other"),
        (b"%PDF-1.7\n%\xe2", "application/pdf", "other"),
        (b"PK\x03\x04\x14", "application/zip", "other"),
        (b"\x1f\x8b\x08\x00", "application/gzip", "other"),
        (b"\x00asm\x01", "application/wasm", "other"),
        (b"MZ\x90\x00", BYTES, "other"),
        (b"\x7fELF\x02", BYTES, "other"),
        (b"", TEXT, "text"),
        (b"Hello\nworld\t\r\n", TEXT, "text"),
        ("Grüße 你好 🙂".encode(), TEXT, "text"),
        ("\ufeffWith a mark".encode(), TEXT, "text"),
        (b'{"a": 1}', TEXT, "text"),
        (b"#!/bin/sh\nrm -rf /\n", TEXT, "text"),
        (b"a < b and <3", TEXT, "text"),
        (b"<!DOCTYPE html><title>x", "text/html", "text"),
        (b"  \n\t<HTML>", "text/html", "text"),
        ("\ufeff<script>".encode(), "text/html", "text"),
        (b"<!-- x --><b>", "text/html", "text"),
        (b"<?xml version='1.0'?><a/>", "application/xml", "text"),
        (b"<?xml version='1.0'?><!DOCTYPE svg><svg onload='x'/>", "image/svg+xml", "text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml", "text"),
        (b"</x>", "text/html", "text"),
        (b"\xff\xfeH\x00i\x00", BYTES, "other"),
        (b"caf\xe9", BYTES, "other"),
        (b"\xed\xa0\x80", BYTES, "other"),
        (b"a\x00b", BYTES, "other"),
    ],
)
def test_the_first_bytes_say_what_it_is(head: bytes, media_type: str, kind: str) -> None:
    assert sniff(head) == (media_type, kind)


def test_a_character_that_is_cut_at_the_end_of_the_head_does_not_make_a_text_binary() -> None:
    for cut in range(1, 4):
        assert sniff(("x" * (HEAD - cut) + "🙂").encode()[:HEAD]).media_type == TEXT


def test_only_what_a_browser_cannot_act_on_is_harmless() -> None:
    assert {"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain"} == HARMLESS


@given(st.binary(max_size=64), st.integers(0, 9))
def test_markup_is_never_harmless_whatever_follows_it(noise: bytes, spaces: int) -> None:
    assert sniff(b" \n" * spaces + b"<script>" + noise).media_type not in HARMLESS
