"""Signals in memory: between those who share one hub, which stand for processes in tests."""

from __future__ import annotations

import asyncio

from parlance.ports.signals import Answering


class Hub:
    """What the processes of a test share: who hears what, by process."""

    def __init__(self) -> None:
        self.listening: dict[str, dict[str, Answering]] = {}


class MemorySignals:
    """`Signals` of one process on a hub."""

    def __init__(self, hub: Hub, process: str) -> None:
        self._hub = hub
        self._process = process
        self._own = hub.listening.setdefault(process, {})
        self._heard: set[asyncio.Future[bytes | None]] = set()

    def on(self, topic: str, answering: Answering) -> None:
        """Hear what others say."""
        self._own[topic] = answering

    async def ask(self, topic: str, said: bytes, *, process: str | None = None) -> bytes | None:
        """The first answer."""
        for answering in self._others(topic, process):
            answer = await answering(said)
            if answer is not None:
                return answer
        return None

    async def tell(self, topic: str, said: bytes) -> None:
        """Let all others hear it."""
        for answering in self._others(topic, None):
            task = asyncio.ensure_future(answering(said))
            self._heard.add(task)
            task.add_done_callback(self._heard.discard)

    def _others(self, topic: str, process: str | None) -> list[Answering]:
        others = [name for name in self._hub.listening if name != self._process and process in (None, name)]
        return [self._hub.listening[name][topic] for name in others if topic in self._hub.listening[name]]
