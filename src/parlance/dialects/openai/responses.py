"""`POST /v1/responses`."""

from __future__ import annotations

import msgspec

from parlance.core.chat.operations import SendMessage
from parlance.dialects.openai.answers import run_headers
from parlance.dialects.openai.bodies import Body
from parlance.dialects.openai.responses_ask import previous_missing, response_operation
from parlance.dialects.openai.responses_frames import ResponseFrames
from parlance.dialects.openai.responses_reply import Response, whole_response
from parlance.dialects.openai.responses_wire import ResponsesRequest
from parlance.dialects.openai.streams import streamed
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.errors import Fault
from parlance.values.messages import Foreign

BODY = Body(ResponsesRequest)


class ResponseEvent(msgspec.Struct, frozen=True):
    """One event of a stream; what else it holds depends on its type."""

    type: str
    sequence_number: int
    response: Foreign | None = None
    item: Foreign | None = None
    part: Foreign | None = None
    output_index: int | None = None
    content_index: int | None = None
    item_id: str | None = None
    delta: str | None = None
    text: str | None = None
    arguments: str | None = None


async def respond(request: Request, do: Do) -> Reply:
    """Ask a model, perhaps where an earlier response left off."""
    asked, kept = BODY.read(request.body)
    try:
        run = await do(response_operation(asked, kept))
    except Fault as fault:
        if fault.code == "previous_not_found":
            raise previous_missing() from None
        raise
    if asked.stream:
        return await streamed(run, ResponseFrames(asked, run))
    answer = await run.answer()
    return Reply(json_door.encode(whole_response(asked, run, answer)), headers=run_headers(run))


ROWS = (
    Row(
        "POST",
        "/v1/responses",
        "openai.responses.create",
        respond,
        (SendMessage,),
        "Ask a model for a response",
        body="bytes",
        takes=ResponsesRequest,
        gives=Response,
        streams=ResponseEvent,
    ),
)
