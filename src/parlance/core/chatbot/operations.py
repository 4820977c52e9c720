"""What can be wanted of the chatbot app.

`visit` is the value of the session's cookie and `csrf` the token that came with the request, each as it was sent; a
field is `None` where the client left it out. What is refused is a `Fault` with one of the codes of `refusals.py`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

import msgspec

from parlance.core.chatbot.talk import Talk
from parlance.core.operation import Operation, T_co
from parlance.values.accounts import Scope
from parlance.values.chatbot import Contents, Pair, SetEntry


class Visited(msgspec.Struct, frozen=True):
    """A session as its pages know it. `token` is the cookie's value, `seconds` how long it lasts, `models` are names
    and tiers of those that may be chosen, `contents` what a guest has said; a user's are asked for by `LoadSet`."""

    token: str
    csrf: str
    seconds: int
    user: str | None = None
    tier: str = "free"
    models: tuple[tuple[str, str], ...] = ()
    prompt: str = ""
    contents: Contents | None = None


class ChatbotOperation(Operation[T_co], frozen=True):
    """An operation of the app: it knows its callers by itself, so none needs a scope of ours."""

    scope: ClassVar[Scope | None] = None


class OpenVisit(ChatbotOperation[Visited], frozen=True):
    """Show a page: the session of a cookie, or a new guest's."""

    visit: str | None = None


class EnterVisit(ChatbotOperation[Visited], frozen=True):
    """Sign in; gives a new session."""

    visit: str | None
    csrf: str
    name: str
    password: str


class JoinChatbot(ChatbotOperation[None], frozen=True):
    """Sign up; nobody is signed in by it."""

    visit: str | None
    csrf: str
    name: str
    password: str


class LeaveVisit(ChatbotOperation[Visited], frozen=True):
    """Sign out; gives a new guest's session."""

    visit: str | None = None


class ProveVisit(ChatbotOperation[None], frozen=True):
    """Only judge the CSRF token."""

    visit: str | None
    csrf: str | None


class AskChatbot(ChatbotOperation[Talk], frozen=True):
    """Ask a model and keep what it says. `again`: in the place of an earlier pair, that at `pair` or the last one.
    `earlier` is that pair itself, where it must be no other one."""

    visit: str | None
    csrf: str | None
    message: str
    prompt: str | None = None
    set_name: str | None = None
    model: str | None = None
    again: bool = False
    pair: int | None = None
    earlier: Pair | None = None


class ResetSet(ChatbotOperation[str], frozen=True):
    """Forget a set's history; gives the set's name."""

    visit: str | None
    csrf: str | None
    set_name: str | None = None


class ListSets(ChatbotOperation[tuple[SetEntry, ...]], frozen=True):
    """A user's sets."""

    visit: str | None


class CreateSet(ChatbotOperation[None], frozen=True):
    """Make a set."""

    visit: str | None
    csrf: str | None
    set_name: str | None = None


class DeleteSet(ChatbotOperation[None], frozen=True):
    """Delete a set with all that is in it."""

    visit: str | None
    csrf: str | None
    set_name: str | None = None


class LoadSet(ChatbotOperation[Contents], frozen=True):
    """What is in a set; `prompt` is never `None`."""

    visit: str | None
    csrf: str | None
    set_name: str | None = None


class KeepMemory(ChatbotOperation[bool], frozen=True):
    """Another memory for a set; whether it is kept on disk."""

    visit: str | None
    csrf: str | None
    memory: str | None = None
    set_name: str | None = None


class KeepPrompt(ChatbotOperation[bool], frozen=True):
    """Another system prompt for a set; whether it is kept on disk."""

    visit: str | None
    csrf: str | None
    prompt: str | None = None
    set_name: str | None = None


class DropPair(ChatbotOperation[None], frozen=True):
    """Delete the first pair of these texts, else the first with this question. `exact`: none but one of these texts,
    and of several that at `pair`."""

    visit: str | None
    csrf: str | None
    said: str | None = None
    answered: str | None = None
    set_name: str | None = None
    exact: bool = False
    pair: int | None = None


class SpeakText(ChatbotOperation[AsyncIterator[bytes]], frozen=True):
    """Have a text spoken: raw sound as it comes, or with `stream` off a whole WAVE file in one piece."""

    text: str
    voice: str | None = None
    stream: bool = False
