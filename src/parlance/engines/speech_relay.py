"""The chatbot app's text-to-speech service: one POST, whose answer is handed on as it comes (contract §10)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from http import HTTPStatus

import msgspec

from parlance.outbound.calls import Call, Headers, Origin
from parlance.outbound.client import Client
from parlance.outbound.exchange import Tap
from parlance.outbound.faults import ended_early
from parlance.ports.chatbot import Sound
from parlance.ports.fetching import Deadlines
from parlance.values.errors import Fault

PATH = "/api/tts"
DEADLINES = Deadlines(connect=10.0, first_byte=30.0, between=30.0, total=600.0)
"""Half a minute until it speaks, as in that app; a long text may be read for ten."""
AHEAD = 256 * 1024
"""Bytes kept for a listener who is slower than the service, before it is made to wait: six seconds of sound."""
MOST_WORDS = 300
_JSON: Headers = ((b"content-type", b"application/json"),)


class SpeechRelay:
    """`Speaker` over the outbound client. The service is the operator's own, so its address may be private."""

    def __init__(self, client: Client, host: str, port: int) -> None:
        self._client = client
        self._host = host
        self._port = port

    async def speak(self, text: str, voice: str, *, stream: bool) -> Sound:
        """Ask for speech; the status is there when this returns."""
        body = msgspec.json.encode({"text": text, "voice_file": voice})
        origin = Origin("http", self._host, self._port)
        target = f"{PATH}/stream" if stream else PATH
        call = Call(origin, "POST", target, _JSON, body, deadlines=DEADLINES)
        intake = Intake()
        intake.task = asyncio.get_running_loop().create_task(self._exchange(call, intake))
        try:
            await intake.head()
            reason = "" if 200 <= intake.status < 300 else await _reason(intake)
        except BaseException:
            await intake.aclose()
            raise
        return Sound(intake.status, intake, reason)

    async def _exchange(self, call: Call, intake: Intake) -> None:
        try:
            await self._client.exchange(call, intake)
        except Fault as fault:
            intake.failure = fault
        finally:
            intake.over = True
            intake.wake()


class Intake(AsyncIterator[bytes]):
    """Takes an answer in, and gives its pieces out; whoever leaves closes it, and the connection with it."""

    def __init__(self) -> None:
        self.status = 0
        self.over = False
        self.failure: Fault | None = None
        self.task: asyncio.Task[None] | None = None
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._flow: Tap | None = None
        self._news = asyncio.Event()

    async def head(self) -> None:
        """Wait for the status. Raises the `Fault` that came instead."""
        while not self.status:
            if self.over:
                raise self.failure or ended_early()
            await self._wait()

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self.over:
                if self.failure is not None:
                    raise self.failure
                raise StopAsyncIteration
            await self._wait()
        piece = self._pieces.popleft()
        self._size -= len(piece)
        if self._flow is not None and not self.over and self._size < AHEAD:
            self._flow.resume()
        return piece

    async def aclose(self) -> None:
        """Hang up."""
        if self.task is not None and not self.task.done():
            self.task.cancel()
            await asyncio.wait((self.task,))

    def wake(self) -> None:
        """There is something new."""
        self._news.set()

    async def _wait(self) -> None:
        self._news.clear()
        await self._news.wait()

    # -- called by the client ---------------------------------------------------------------------------------------

    def on_flow(self, flow: Tap) -> None:
        """How to make the service wait."""
        self._flow = flow

    def on_head(self, status: int, headers: Headers) -> None:
        """The status."""
        self.status = status
        self.wake()

    def on_data(self, data: bytes) -> None:
        """A piece of sound."""
        self._pieces.append(bytes(data))
        self._size += len(data)
        if self._flow is not None and self._size >= AHEAD:
            self._flow.pause()
        self.wake()


async def _reason(intake: Intake) -> str:
    """The words of a refusal: its JSON's `error`, else its text, else what the status is called."""
    body = b""
    async for piece in intake:
        body += piece
        if len(body) >= AHEAD:
            break
    await intake.aclose()
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    said = found.get("error") if isinstance(found, dict) else None
    text = said if isinstance(said, str) else body.decode("utf-8", "replace")
    return text.strip()[:MOST_WORDS] or _phrase(intake.status)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"
