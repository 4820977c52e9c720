"""Signals over Redis: one channel that all processes hear, and one for each.

`PUBLISH` gives how many heard it. Each of them answers, if only that it has no answer, so that whoever asks in vain
waits no longer than the slowest one takes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine
from itertools import count
from typing import Any

import msgspec
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from parlance.ports.observing import Log
from parlance.ports.signals import Answering
from parlance.stores.redis.link import Away, Link

PATIENCE_SECONDS = 1.0
"""For an answer: a process that is busy for longer is as good as gone."""
AGAIN_SECONDS = 1.0
"""Between two tries to listen again."""
LISTEN_SECONDS = 5.0
"""Of silence after which the connection is tried: one that was cut without a word would be silent for ever."""
CONNECT_SECONDS = 5.0


class _Said(msgspec.Struct, omit_defaults=True):
    """What goes over a channel. An answer names the number of the question, and no topic."""

    process: str
    number: int = 0
    topic: str = ""
    said: bytes | None = None


class _Question:
    """One that waits for answers: `missing` are those that heard it and said nothing yet, where that is known."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes | None] = asyncio.get_running_loop().create_future()
        self._missing = 0

    def heard(self, others: int) -> None:
        """So many will answer, some of whom may have."""
        self._missing += others
        self._look()

    def take(self, said: bytes | None) -> None:
        """One has answered."""
        self._missing -= 1
        if said is not None and not self.answer.done():
            self.answer.set_result(said)
        self._look()

    def _look(self) -> None:
        if self._missing == 0 and not self.answer.done():
            self.answer.set_result(None)


_decode = msgspec.json.Decoder(_Said).decode


class RedisSignals:
    """`Signals` of the process `process`. Hears nothing before `start`, and nothing while Redis is away."""

    def __init__(self, link: Link, process: str, log: Log) -> None:
        self._link = link
        self._process = process
        self._log = log
        self._all = f"{link.prefix}signals"
        self._answering: dict[str, Answering] = {}
        self._questions: dict[int, _Question] = {}
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Task[None] | None = None
        self.up = asyncio.Event()
        """Set while this process hears the others."""

    # -- life -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen from now on."""
        self._listening = asyncio.get_running_loop().create_task(self._listen())

    async def stop(self) -> None:
        """Listen no more."""
        tasks = [*self._tasks, *([self._listening] if self._listening is not None else [])]
        self._listening = None
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _listen(self) -> None:
        while True:
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                async with self._link.channel() as channel:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        await channel.subscribe(self._all, f"{self._all}:{self._process}")
                    await self._hear(channel)
            self.up.clear()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self, channel: PubSub) -> None:
        """Read until the connection fails. Raises when it is silent although it was asked for a sign of life."""
        asked = False
        while True:
            message = await channel.get_message(timeout=LISTEN_SECONDS)
            if message is None:
                if asked:
                    raise TimeoutError
                asked = True
                async with asyncio.timeout(CONNECT_SECONDS):
                    await channel.ping()
                continue
            asked = False
            if message["type"] == "subscribe":
                self.up.set()
            elif message["type"] == "message":
                self._take(message["data"])

    def _take(self, raw: bytes) -> None:
        try:
            heard = _decode(raw)
        except msgspec.DecodeError as error:
            self._log.warning("a signal cannot be read", error=type(error).__name__)
            return
        if heard.process == self._process:
            return
        if not heard.topic:
            question = self._questions.get(heard.number)
            if question is not None:
                question.take(heard.said)
            return
        self._do(self._answer(heard))

    async def _answer(self, heard: _Said) -> None:
        answering = self._answering.get(heard.topic)
        answer: bytes | None = None
        try:
            if answering is not None and heard.said is not None:
                answer = await answering(heard.said)
        except msgspec.MsgspecError as error:  # of a version that says it differently
            self._log.warning("a signal cannot be read", topic=heard.topic, error=type(error).__name__)
        finally:
            if heard.number:
                with contextlib.suppress(Away):
                    await self._publish(f"{self._all}:{heard.process}", _Said(self._process, heard.number, "", answer))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- saying -----------------------------------------------------------------------------------------------------

    def on(self, topic: str, answering: Answering) -> None:
        """Hear what others say."""
        self._answering[topic] = answering

    async def ask(self, topic: str, said: bytes, *, process: str | None = None) -> bytes | None:
        """The first answer; none while this process could not hear it."""
        if not self.up.is_set() or process == self._process:
            return None
        number, question = next(self._numbers), _Question()
        self._questions[number] = question
        try:
            channel = self._all if process is None else f"{self._all}:{process}"
            heard = await self._publish(channel, _Said(self._process, number, topic, said))
            question.heard(heard - 1 if process is None else heard)
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await question.answer
        except (Away, TimeoutError):
            return None
        finally:
            del self._questions[number]

    async def tell(self, topic: str, said: bytes) -> None:
        """Let all others hear it."""
        with contextlib.suppress(Away):
            await self._publish(self._all, _Said(self._process, 0, topic, said))

    async def _publish(self, channel: str, said: _Said) -> int:
        raw = msgspec.json.encode(said)
        return int(await self._link.call(lambda redis: redis.publish(channel, raw)))
