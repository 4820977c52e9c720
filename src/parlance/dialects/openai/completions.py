"""`POST /v1/completions`: raw text in, text out; several prompts are several runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from parlance.core.chat.operations import SendMessage
from parlance.core.runs.run import Run
from parlance.dialects.openai.answers import run_headers
from parlance.dialects.openai.bodies import Body
from parlance.dialects.openai.completions_ask import completion_asks
from parlance.dialects.openai.completions_reply import TextFrames, text_completion
from parlance.dialects.openai.completions_wire import CompletionRequest, TextCompletionShown
from parlance.dialects.openai.streams import HEARTBEAT, PATIENCE, pieces
from parlance.dialects.table import SSE_TYPE, Do, Reply, Request, Row
from parlance.values.asks import ChatAsk
from parlance.values.events import Usage

BODY = Body(CompletionRequest)


async def complete_text(request: Request, do: Do) -> Reply:
    """Continue one text or several."""
    asked, kept = BODY.read(request.body)
    asks = completion_asks(asked, kept)
    runs = [await do(SendMessage(ask)) for ask in asks]
    echoes = [ask.prompt or "" if asked.echo else "" for ask in asks]
    if not asked.stream:
        answers = [await run.answer() for run in runs]
        return Reply(text_completion(answers, runs, echoes, asks[0].n), headers=run_headers(runs[0]))
    begun = await runs[0].begun(PATIENCE)
    options = asked.stream_options
    counts: list[Usage] | None = [] if options is not None and options.include_usage else None
    frames = frames_of(runs, asks, echoes, counts)
    return Reply(
        frames=in_turn(runs, frames, begun=begun), type=SSE_TYPE, headers=run_headers(runs[0]), heartbeat=HEARTBEAT
    )


def frames_of(
    runs: Sequence[Run], asks: Sequence[ChatAsk], echoes: Sequence[str], counts: list[Usage] | None
) -> list[TextFrames]:
    """What renders each prompt's run; the first run's id is that of the whole answer."""
    return [
        TextFrames(run, head=runs[0], first=place * ask.n, echo=echo, counts=counts, last=place == len(runs) - 1)
        for place, (run, ask, echo) in enumerate(zip(runs, asks, echoes, strict=True))
    ]


async def in_turn(runs: Sequence[Run], frames: Sequence[TextFrames], *, begun: bool) -> AsyncIterator[bytes]:
    """The streams one after another. All runs go on meanwhile; their logs wait, so nothing is lost."""
    if not begun:
        yield b""
    for run, rendered in zip(runs, frames, strict=True):
        async with aclosing(pieces(run, rendered, begun=True)) as said:
            async for piece in said:
                yield piece
        if rendered.broken:
            return


ROWS = (
    Row(
        "POST",
        "/v1/completions",
        "openai.completions.create",
        complete_text,
        (SendMessage,),
        "Continue a text",
        body="bytes",
        takes=CompletionRequest,
        gives=TextCompletionShown,
        streams=TextCompletionShown,
    ),
)
