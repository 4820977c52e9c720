"""`POST /api/chat-optimized`: an answer now, from the cache where it is known."""

from __future__ import annotations

from functools import partial

import msgspec

from parlance.core.chat.operations import SendMessage
from parlance.core.runs.run import Run
from parlance.dialects.chatqueue.asks import POOL, DirectAsk, Options, chat_ask
from parlance.dialects.chatqueue.errors import failed_run
from parlance.dialects.chatqueue.frames import Chunk, frames
from parlance.dialects.table import SSE_TYPE, Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault

PATIENCE = 50.0
"""Seconds a status may be withheld, so that a failure until then is a 500. Proxies give up after a minute."""
HEARTBEAT = b": keep-alive\n\n"


class Spoken(msgspec.Struct, frozen=True):
    """What the model said."""

    role: str
    content: str


class Answered(msgspec.Struct, frozen=True):
    """A whole answer. `cached` says that it was kept from before."""

    message: Spoken
    cached: bool


async def complete(options: Options, request: Request, do: Do) -> Reply:
    """Ask a model and show its answer, streamed unless `stream` is false."""
    asked = json_door.decode(request.body, DirectAsk)
    run = await do(
        SendMessage(
            chat_ask(asked, options, stream=asked.stream),
            priority=asked.priority,
            share=True,
            cache="use" if asked.use_cache else "skip",
            keep=asked.use_cache,
            pool=POOL,
        )
    )
    try:
        return await (_streamed(run) if asked.stream else _whole(run))
    except Fault as fault:
        raise failed_run(fault) from None


async def _streamed(run: Run) -> Reply:
    begun = await run.begun(PATIENCE)
    return Reply(frames=frames(run, begun=begun), type=SSE_TYPE, heartbeat=HEARTBEAT)


async def _whole(run: Run) -> Reply:
    answer = await run.answer()
    return Reply(json_door.encode(Answered(Spoken("assistant", answer.text), run.cached)))


def rows(options: Options) -> tuple[Row, ...]:
    """The route."""
    return (
        Row(
            "POST",
            "/api/chat-optimized",
            "chatqueue.chat",
            partial(complete, options),
            (SendMessage,),
            "Ask a model in a conversation",
            body="bytes",
            takes=DirectAsk,
            gives=Answered,
            streams=Chunk,
        ),
    )
