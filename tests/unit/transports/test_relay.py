"""A heartbeat is written at once or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.dialects.table import Reply
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.line import Unwatched
from parlance.transports.http.relay import Relay
from parlance.values.time import SystemClock


class Line:
    """A client that takes what it is sent, or keeps the sender waiting once `open` is cleared."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.sent: list[Any] = []

    async def send(self, message: Any) -> None:
        if not self.open.is_set():
            await self.open.wait()
        self.sent.append(message.get("body", message["type"]))


async def silent() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


def relay_to(line: Line) -> Relay:
    return Relay(Reply(frames=silent(), heartbeat=b":"), [], line.send, Wheel(SystemClock()), Unwatched())


async def test_a_heartbeat_sends_the_head_once() -> None:
    """The first one opens the stream."""
    line = Line()
    relay = relay_to(line)
    relay.beat()
    relay.beat()
    assert line.sent == ["http.response.start", b":", b":"]
    assert (relay.started, relay.sent) == (True, 2)


@pytest.mark.parametrize("before", [0, 1])
async def test_a_heartbeat_does_not_wait_for_a_client_that_does_not_read(before: int) -> None:
    """Neither with its head nor with itself; what was dropped is not sent later."""
    line = Line()
    relay = relay_to(line)
    for _ in range(before):
        relay.beat()
    sent = list(line.sent)
    line.open.clear()
    relay.beat()
    line.open.set()
    await asyncio.sleep(0)
    assert line.sent == sent and relay.sent == before
