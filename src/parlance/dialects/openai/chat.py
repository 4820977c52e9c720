"""`POST /v1/chat/completions`."""

from __future__ import annotations

from parlance.core.chat.operations import SendMessage
from parlance.dialects.openai.answers import run_headers
from parlance.dialects.openai.bodies import Body
from parlance.dialects.openai.chat_ask import chat_ask
from parlance.dialects.openai.chat_reply import ChatCompletionShown, completion
from parlance.dialects.openai.chat_wire import ChatRequest
from parlance.dialects.openai.frames import ChatChunk, ChatFrames
from parlance.dialects.openai.streams import streamed
from parlance.dialects.table import Do, Reply, Request, Row

BODY = Body(ChatRequest)


async def complete_chat(request: Request, do: Do) -> Reply:
    """Ask a model and show its answer, whole or streamed."""
    asked, kept = BODY.read(request.body)
    run = await do(SendMessage(chat_ask(asked, kept)))
    legacy = bool(asked.functions)
    if not asked.stream:
        answer = await run.answer()
        return Reply(completion(answer, run, legacy), headers=run_headers(run))
    options = asked.stream_options
    usage = options is not None and bool(options.include_usage)
    return await streamed(run, ChatFrames(run, usage=usage, legacy=legacy))


ROWS = (
    Row(
        "POST",
        "/v1/chat/completions",
        "openai.chat.completions.create",
        complete_chat,
        (SendMessage,),
        "Ask a model in a conversation",
        body="bytes",
        takes=ChatRequest,
        gives=ChatCompletionShown,
        streams=ChatChunk,
    ),
)
