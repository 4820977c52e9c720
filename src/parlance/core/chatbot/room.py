"""What the app's handlers need, in one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from parlance.core.accounts.guesses import Guesses
from parlance.core.chat.operations import SendMessage
from parlance.core.chatbot.providers import Providers
from parlance.core.chatbot.shelf import Shelf
from parlance.core.chatbot.visits import Visits
from parlance.core.chatbot.voices import Voices
from parlance.core.runs.run import Run
from parlance.ports.chatbot import ChatbotStore, Cipher, Speaker
from parlance.ports.coordination import Counter
from parlance.ports.secrets import Passwords
from parlance.ports.visits import Locks
from parlance.values.accounts import Principal
from parlance.values.time import Clock

Ask = Callable[[Principal, SendMessage], Awaitable[Run]]
"""Dispatch in somebody's name: what is asked is authorised, counted and admitted like any other ask."""


class ChatbotRoom(msgspec.Struct, frozen=True):
    """All that the app needs. `locks` keep an owner to one answer at a time, `newcomers` count who comes from where,
    `draw` makes random bytes, `seconds` is how long a session lasts when it is not used."""

    store: ChatbotStore
    shelf: Shelf
    visits: Visits
    passwords: Passwords
    cipher: Cipher
    speaker: Speaker
    locks: Locks
    guesses: Guesses
    newcomers: Counter
    providers: Providers
    ask: Ask
    clock: Clock
    draw: Callable[[int], bytes]
    prompt: str
    seconds: int
    voices: Voices = msgspec.field(default_factory=Voices)
