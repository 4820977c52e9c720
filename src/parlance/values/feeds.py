"""What a user's pages are told of: small facts to redraw from, never the content itself."""

from __future__ import annotations

from typing import Literal

import msgspec

from parlance.values.chats import TurnState
from parlance.values.knowledge import DocumentState

ChatChange = Literal["created", "changed", "deleted"]


class ChatChanged(msgspec.Struct, frozen=True, tag="chat", tag_field="t", omit_defaults=True):
    """A chat came, got another title, folder, place or branch, or went."""

    chat: str
    change: ChatChange
    title: str | None = None


class AnswerBegun(msgspec.Struct, frozen=True, tag="answer_begun", tag_field="t", omit_defaults=True):
    """An answer is on its way: it is read from its run."""

    chat: str
    turn: str
    run: str


class AnswerEnded(msgspec.Struct, frozen=True, tag="answer_ended", tag_field="t", omit_defaults=True):
    """An answer is written to its end."""

    chat: str
    turn: str
    state: TurnState
    title: str = ""


class ListChanged(msgspec.Struct, frozen=True, tag="list", tag_field="t", omit_defaults=True):
    """Something else in the sidebar changed: read that list again."""

    what: Literal["chats", "folders", "tags", "shares", "files", "bases"]


class DocumentChanged(msgspec.Struct, frozen=True, tag="document", tag_field="t", omit_defaults=True):
    """A document of a knowledge base came, came further, or went: it is read to `done` of `pages`, as far as these are
    known; `problem` is the code of what is wrong with it."""

    document: str
    base: str
    state: DocumentState | Literal["deleted"]
    done: int = 0
    pages: int = 0
    problem: str = ""


class Missed(msgspec.Struct, frozen=True, tag="missed", tag_field="t", omit_defaults=True):
    """What was told in between is not held any more: read everything that is shown again."""


FeedEntry = ChatChanged | AnswerBegun | AnswerEnded | ListChanged | DocumentChanged | Missed
