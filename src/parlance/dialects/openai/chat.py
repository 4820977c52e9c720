"""`POST /v1/chat/completions`."""

from __future__ import annotations

from parlance.core.chat.operations import SendMessage
from parlance.dialects.openai.answers import run_headers
from parlance.dialects.openai.bodies import Body
from parlance.dialects.openai.chat_ask import chat_ask, plain_ask
from parlance.dialects.openai.chat_reply import ChatCompletionShown, completion
from parlance.dialects.openai.chat_wire import ChatRequest, PlainChatRequest, SamplingFields
from parlance.dialects.openai.frames import ChatChunk, ChatFrames
from parlance.dialects.openai.streams import streamed
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.asks import ChatAsk

BODY = Body(ChatRequest)


async def complete_chat(request: Request, do: Do) -> Reply:
    """Ask a model and show its answer, whole or streamed."""
    asked, ask, legacy = read_ask(request.body)
    run = await do(SendMessage(ask))
    if not asked.stream:
        answer = await run.answer()
        return Reply(completion(answer, run, legacy), headers=run_headers(run))
    options = asked.stream_options
    usage = options is not None and bool(options.include_usage)
    return await streamed(run, ChatFrames(run, usage=usage, legacy=legacy))


def read_ask(body: bytes) -> tuple[SamplingFields, ChatAsk, bool]:
    """What is asked for, and whether in the old words for tools."""
    plain = json_door.decode_plain(body, PlainChatRequest)
    if plain is not None:
        return plain, plain_ask(plain), False
    asked, kept = BODY.read(body)
    return asked, chat_ask(asked, kept), bool(asked.functions)


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
