"""Text to speech: what the service is asked, and what is made of its answer (contract §10)."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.core.chatbot import voices
from tests.dialects.chatbot.served import Browser, serving

PCM = bytes(range(200)) * 3


class Service:
    """A speech service that answers as a test says, piece by piece."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.status = "200 OK"
        self.pieces: list[bytes] = [PCM[:300], PCM[300:]]
        self.cut = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        size = next(int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:"))
        self.asked.append((head.split()[1], json.loads(await reader.readexactly(size))))
        writer.write(f"HTTP/1.1 {self.status}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n".encode())
        for piece in self.pieces:
            writer.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            await writer.drain()
        if not self.cut:
            writer.write(b"0\r\n\r\n")
        writer.close()


@asynccontextmanager
async def speaking(folder: Path) -> AsyncIterator[tuple[Service, Browser]]:
    """The app beside a service."""
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with serving(folder, env={"TTS_HOST": "127.0.0.1", "TTS_PORT": str(port)}) as browser:
        await browser.page()
        yield service, browser
    server.close()


async def test_the_page_gets_a_whole_file(tmp_path: Path) -> None:
    """Mono, 16 bits, 22,050 Hz, behind 44 bytes of header; thoughts are not spoken, and the page chooses no voice."""
    async with speaking(tmp_path) as (service, browser):
        body = {"text": " <think>a\nb</think> Hello ", "voice_file": "voices/other.wav"}
        status, headers, sound = await browser.post("/tts", body)
        assert (status, headers["content-type"]) == (200, "audio/wav")
        assert headers["content-disposition"] == "inline; filename=tts.wav"
        assert service.asked == [("/api/tts", {"text": "Hello", "voice_file": "voices/default.wav"})]
        assert sound[:4] == b"RIFF" and sound[8:12] == b"WAVE" and len(sound) == 44 + len(PCM) and sound[44:] == PCM
        assert struct.unpack("<HHIIHH", sound[20:36]) == (1, 1, 22050, 44100, 2, 16)
        service.pieces = [sound]
        assert (await browser.post("/tts", {"text": "x"}))[2] == sound, "what is a file already stays as it is"


async def test_the_page_is_refused_in_its_order(tmp_path: Path) -> None:
    """The token before all, then the type of the body, then the text; any trouble behind is one answer."""
    async with speaking(tmp_path) as (service, browser):

        async def heard(body: Any, **more: Any) -> tuple[int, Any]:
            status, headers, answer = await browser.post("/tts", body, **more)
            return status, json.loads(answer) if headers["content-type"] == "application/json" else answer.decode()

        assert await heard(b"{", csrf=None, content_type="text/plain") == (400, "Missing CSRF token")
        assert await heard(b"{", csrf="no", content_type="text/plain") == (400, "Invalid CSRF token")
        assert await heard({"text": "x"}, content_type="text/plain") == (400, {"error": "JSON body required"})
        for body in (None, {}, {"text": ""}):
            assert await heard(body) == (400, {"error": "No text provided"})
        failed = (500, {"error": "TTS generation failed"})
        assert await heard({"text": " <think>x</think> "}) == failed and not service.asked
        service.status = "503 Busy"
        assert await heard({"text": "x"}) == failed
        service.status, service.cut = "200 OK", True
        assert await heard({"text": "x"}) == failed


async def test_anybody_may_have_a_text_spoken_in_a_voice(tmp_path: Path) -> None:
    """Without session or token; the service's refusals are handed on."""
    async with speaking(tmp_path) as (service, browser):
        script = Browser(browser.server)
        status, headers, sound = await script.post("/api/tts", {"text": "Hello", "voice_file": "voices/alt.wav"})
        assert (status, headers["content-type"], sound[44:]) == (200, "audio/wav", PCM)
        assert service.asked == [("/api/tts", {"text": "Hello", "voice_file": "voices/alt.wav"})]
        for path in ("/api/tts", "/api/tts/stream"):
            for body in (b"", b"{", {"text": 7}, {}):
                assert (await script.post(path, body))[::2] == (400, b"Invalid JSON payload")
            for text in ("", " ", "<think>x</think>"):
                status, _, answer = await script.post(path, {"text": text})
                assert (status, json.loads(answer)) == (400, {"error": "No text provided"})
            for pieces, reason in (
                *(([b'{"error": "no such voice"}'], "no such voice"), ([b"plain words"], "plain words")),
                ([], "Not Found"),
            ):
                service.status, service.pieces = "404 Gone", pieces
                status, _, answer = await script.post(path, {"text": "x"})
                assert (status, json.loads(answer)) == (502, {"error": reason})
            service.status, service.pieces = "200 OK", [PCM]
        service.cut = True
        assert (await script.post("/api/tts", {"text": "x"}))[::2] == (502, b"TTS backend response error")


async def test_what_is_more_than_we_collect_is_not_told_as_the_services_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of one file, or of all at once; nothing is kept of it, and a stream is as long as it is."""
    async with speaking(tmp_path) as (_, browser):

        async def refused(status: int, said: str) -> None:
            got, _, answer = await browser.post("/api/tts", {"text": "x"})
            assert got == status and said in json.loads(answer)["error"]
            assert (await browser.post("/tts", {"text": "x"}))[0] == 500
            assert (await browser.post("/api/tts/stream", {"text": "x"}))[2] == PCM
            assert browser.room.voices.bytes == 0

        with monkeypatch.context() as patch:
            patch.setattr(voices, "MOST_SOUND", len(PCM) - 1)
            await refused(413, "longer")
        with monkeypatch.context() as patch:
            patch.setattr(voices, "MOST_TOGETHER", len(PCM) - 1)
            await refused(503, "Too many")
        assert (await browser.post("/api/tts", {"text": "x"}))[2][44:] == PCM


async def test_a_stream_passes_its_bytes_through(tmp_path: Path) -> None:
    """As they are, however many."""
    async with speaking(tmp_path) as (service, browser):
        service.pieces = [bytes([at % 256]) * 65_536 for at in range(40)]
        status, headers, sound = await browser.post("/api/tts/stream", {"text": "Hello"})
        assert (status, headers["content-type"]) == (200, "audio/wav")
        assert headers["content-disposition"] == "inline; filename=tts-stream.wav"
        assert sound == b"".join(service.pieces)
        assert service.asked == [("/api/tts/stream", {"text": "Hello", "voice_file": "voices/default.wav"})]


async def test_a_service_that_is_not_there_is_told(tmp_path: Path) -> None:
    """As text to scripts, as a failure to the page."""
    async with serving(tmp_path, env={"TTS_HOST": "127.0.0.1", "TTS_PORT": "9"}) as browser:
        await browser.page()
        for path in ("/api/tts", "/api/tts/stream"):
            assert (await browser.post(path, {"text": "x"}))[::2] == (502, b"TTS backend unreachable")
        status, _, answer = await browser.post("/tts", {"text": "x"})
        assert (status, json.loads(answer)) == (500, {"error": "TTS generation failed"})
