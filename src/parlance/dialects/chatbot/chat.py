"""`/chat` and `/regenerate`: an answer as text, as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from parlance.core.chatbot.operations import AskChatbot
from parlance.core.chatbot.talk import Talk
from parlance.dialects.chatbot.errors import Form, Forms, decoded, told
from parlance.dialects.chatbot.sessions import PROVED, csrf_of, visit_of
from parlance.dialects.table import TEXT_TYPE, Do, Headers, Reply, Request, Row
from parlance.values.chatbot import Pair
from parlance.values.errors import DRAINING, Fault

LIMIT = 2 * 1024 * 1024
FORMS: Forms = {
    "model_unknown": (400, "text", None),
    "provider_unsupported": (400, "text", None),
    "message_blank": (400, "json", None),
    "set_name_odd": (400, "json", None),
    "generating": (429, "json", None),
    "key_gone": (401, "json", "Session expired or invalid. Please log in again."),
    "premium": (403, "json", None),
    "sets_full": (400, "json", None),
    "room_full": (400, "json", None),
    "history_full": (400, "json", None),
    "pair_missing": (404, "json", None),
    "user_store": (500, "json", None),
    "queue_full": (503, "json", "Too many people are asking right now. Please wait and try again."),
    DRAINING: (503, "json", None),
    "provider_unbuilt": (502, "text", None),
    "provider_unready": (502, "text", None),
}
STORAGE: Form = (500, "json", "internal error while accessing chat history")
HEADERS: Headers = ((b"connection", b"keep-alive"),)
"""What goes with a stream besides; that nothing may keep or collect it, the transport says of every stream."""


class Asked(msgspec.Struct, frozen=True):
    """The body of `/chat`. `encrypted` says nothing any more: what a user has is always encrypted."""

    message: str
    system_prompt: str | None = None
    set_name: str | None = None
    model_name: str | None = None
    encrypted: bool | None = None


class AskedAgain(Asked, frozen=True):
    """The body of `/regenerate`. `replaces` is of our own page: the pair that is meant, question and answer, so that
    no other is lost where the index is of a history that has changed since."""

    pair_index: int | None = None
    replaces: Pair | None = None


class Frames(AsyncIterator[bytes]):
    """A talk as bytes. The status goes out before anything is said; closing it ends the talk, begun or not."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._begun = False

    async def __anext__(self) -> bytes:
        if not self._begun:
            self._begun = True
            return b""
        return (await anext(self._talk)).encode("utf-8", "replace")

    async def aclose(self) -> None:
        """End the talk."""
        await self._talk.aclose()


async def answer(again: bool, request: Request, do: Do) -> Reply:
    """Ask, and stream what is said."""
    try:
        asked = decoded(request.body, AskedAgain if again else Asked)
        talk = await do(
            AskChatbot(
                visit_of(request),
                csrf_of(request),
                asked.message,
                asked.system_prompt,
                asked.set_name,
                asked.model_name,
                again,
                asked.pair_index if isinstance(asked, AskedAgain) else None,
                asked.replaces if isinstance(asked, AskedAgain) else None,
            )
        )
    except Fault as fault:
        return told(fault, FORMS, STORAGE)
    return Reply(frames=Frames(talk), type=TEXT_TYPE, headers=HEADERS)


def _row(path: str, name: str, about: str, again: bool) -> Row:
    row = Row("POST", path, name, partial(answer, again), (AskChatbot,), about, body="bytes", limit=LIMIT, anyone=True)
    takes = AskedAgain if again else Asked
    return msgspec.structs.replace(row, takes=takes, headers=PROVED, media="text/plain")


ROWS = (
    _row("/chat", "chatbot.chat", "Ask a model", False),
    _row("/regenerate", "chatbot.regenerate", "Ask a model once more", True),
)
