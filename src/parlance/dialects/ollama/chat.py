"""`POST /api/chat` and `POST /api/generate`. Asked nothing, both load the model, or unload it."""

from __future__ import annotations

from parlance.core.chat.operations import SendMessage
from parlance.core.models.operations import LoadModel
from parlance.dialects.ollama.answers import whole_chat, whole_prompt
from parlance.dialects.ollama.asks import chat_ask, generate_ask
from parlance.dialects.ollama.bodies import read, required
from parlance.dialects.ollama.frames import CHAT, GENERATE, streamed
from parlance.dialects.ollama.shown import ChatShown, GenerateShown
from parlance.dialects.ollama.times import is_zero, rfc3339
from parlance.dialects.ollama.wire import AskFields, ChatRequest, GenerateRequest
from parlance.dialects.run_headers import trimmed_headers
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.values import json_door
from parlance.values.time import Clock


class Asks:
    """The two rows; `clock` dates the answer about a model that was only loaded."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def chat(self, request: Request, do: Do) -> Reply:
        """Ask a model in a conversation."""
        asked, kept = read(request.body, ChatRequest)
        if not asked.messages:
            return await self._load(asked, do, {"message": {"role": "assistant", "content": ""}})
        run = await do(SendMessage(chat_ask(asked, kept), trim=kept.top.get("truncate") is not False))
        if asked.stream is not False:
            return await streamed(run, CHAT)
        return Reply(whole_chat(await run.answer(), run), headers=trimmed_headers(run))

    async def generate(self, request: Request, do: Do) -> Reply:
        """Ask a model one thing."""
        asked, kept = read(request.body, GenerateRequest)
        if not asked.prompt and not asked.suffix and not asked.images:
            return await self._load(asked, do, {"response": ""})
        run = await do(SendMessage(generate_ask(asked, kept)))
        if asked.stream is not False:
            return await streamed(run, GENERATE)
        return Reply(whole_prompt(await run.answer(), run))

    async def _load(self, asked: AskFields, do: Do, nothing: dict[str, object]) -> Reply:
        model = required(asked.model)
        await do(LoadModel(model, asked.keep_alive))
        reason = "unload" if is_zero(asked.keep_alive) else "load"
        head: dict[str, object] = {"model": model, "created_at": rfc3339(self._clock.now())}
        return Reply(json_door.encode({**head, **nothing, "done": True, "done_reason": reason}))

    def rows(self) -> tuple[Row, ...]:
        """Both."""
        return (
            Row(
                "POST",
                "/api/chat",
                "ollama.chat",
                self.chat,
                (SendMessage, LoadModel),
                "Ask a model in a conversation; without messages load or unload it",
                body="bytes",
                takes=ChatRequest,
                gives=ChatShown,
                streams=ChatShown,
                stream_media="application/x-ndjson",
            ),
            Row(
                "POST",
                "/api/generate",
                "ollama.generate",
                self.generate,
                (SendMessage, LoadModel),
                "Ask a model one thing; without a prompt load or unload it",
                body="bytes",
                takes=GenerateRequest,
                gives=GenerateShown,
                streams=GenerateShown,
                stream_media="application/x-ndjson",
            ),
        )
