"""The chat engine: one call to the upstream's chat, text completion or responses route."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from parlance.engines.openai_http.chat_stream import ChatReader
from parlance.engines.openai_http.completions import completion_body
from parlance.engines.openai_http.intake import MAX_STREAM, Intake, Reader
from parlance.engines.openai_http.requests import Habits, chat_body
from parlance.engines.openai_http.responses import ResponseReader
from parlance.engines.openai_http.responses_request import response_body
from parlance.engines.openai_http.target import Target
from parlance.engines.openai_http.upstream_errors import Errors
from parlance.outbound.client import Client
from parlance.ports.engines import Sink
from parlance.values.asks import ChatAsk


class OpenAIChat:
    """A `ChatEngine`. `responses`: chats go to `/responses` in place of `/chat/completions`."""

    def __init__(
        self, client: Client, target: Target, errors: Errors, habits: Habits, *, responses: bool = False
    ) -> None:
        self._client = client
        self._target = target
        self._errors = errors
        self._habits = habits
        self._responses = responses

    def chat(self, ask: ChatAsk, sink: Sink) -> Coroutine[Any, Any, None]:
        """Ask the upstream and push what it answers. Raises `Fault`; what was pushed before it is kept.

        The first-byte deadline is also that of the first token: comments that an upstream sends meanwhile keep the
        connection alive, but do not move it. Between tokens they count as signs of life.
        """
        # No coroutine itself: one would keep the messages for as long as the stream.
        route, body, reader = self._asked(ask, sink)
        call = self._target.post(route, body, stream=ask.stream, max_body=MAX_STREAM)
        intake = Intake(reader, sink, self._errors, self._target.deadlines.first_byte)
        return intake.take(self._client.exchange(call, intake))

    def _asked(self, ask: ChatAsk, sink: Sink) -> tuple[str, bytes, Reader]:
        """Where to ask, what, and who reads the answer."""
        if ask.prompt is not None:
            return "/completions", completion_body(ask, self._habits), ChatReader(sink, self._errors, ask.model)
        if self._responses:
            return "/responses", response_body(ask), ResponseReader(sink, self._errors, ask.model)
        return "/chat/completions", chat_body(ask, self._habits), ChatReader(sink, self._errors, ask.model)
