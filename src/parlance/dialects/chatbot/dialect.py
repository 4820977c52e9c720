"""The chatbot dialect whole."""

from __future__ import annotations

from collections.abc import Mapping

from parlance.dialects.chatbot import auth, chat, pages, sets, speech
from parlance.dialects.chatbot.errors import Said, fault_reply
from parlance.dialects.table import Dialect


def dialect(files: Mapping[str, bytes], *, secure: bool = True) -> Dialect:
    """The dialect. `files` are those of its pages by name; `secure` is whether its cookie is for HTTPS (and localhost)
    alone."""
    return Dialect(
        name="chatbot",
        title="Chatbot",
        rows=(
            *pages.rows(files, secure=secure),
            *auth.rows(secure=secure),
            *chat.ROWS,
            *sets.ROWS,
            *speech.ROWS,
        ),
        fault=fault_reply,
        subtrees=("/static",),
        about="The chatbot app: chats in sets with memory and prompt, encrypted for each user, and guests.",
        error=Said,
        error_texts=True,
        site=True,
    )
