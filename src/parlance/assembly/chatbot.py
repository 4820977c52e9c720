"""From settings to the chatbot app, where somebody wants it; to what moves its people in and out in any case."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from parlance.assembly.coordination import Shared
from parlance.core.chat.operations import SendMessage
from parlance.core.chatbot.moving import MovingRoom
from parlance.core.operation import Handler, Operation
from parlance.core.runs.run import Run
from parlance.dialect_list import spoken
from parlance.outbound.client import Client
from parlance.ports.stores import Database
from parlance.settings.connection import Connection
from parlance.settings.schema import Settings
from parlance.stores.sql.chatbot import SqlChatbot
from parlance.values.accounts import DEFAULT_TENANT, Principal
from parlance.values.time import Clock

if TYPE_CHECKING:
    from parlance.core.chatbot.room import ChatbotRoom
    from parlance.vault.bcrypt_passwords import BcryptPasswords

DIALECT = "chatbot"


class Chatbot:
    """The app in one process. `room` is `None` where nobody wants it: then nothing of it is imported."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        shared: Shared,
        client: Client,
        ask: Callable[[Principal, SendMessage], Awaitable[Run]],
    ) -> None:
        self.moving = MovingRoom(SqlChatbot(database, DEFAULT_TENANT), clock)
        self.room: ChatbotRoom | None = None
        self.handled: Mapping[type[Operation[Any]], Handler] = {}
        self._passwords: BcryptPasswords | None = None
        if DIALECT in spoken(settings):
            from parlance.assembly import chatbot_app

            self.room, self._passwords = chatbot_app.made(settings, database, clock, shared, client, ask)
            self.handled = chatbot_app.handled(self.room)

    async def stop(self) -> None:
        """Let go of the threads."""
        if self._passwords is not None:
            self._passwords.close()


def connections(settings: Settings) -> tuple[Connection, ...]:
    """One for each of the app's providers that can be asked; none where nobody wants the app."""
    if DIALECT not in spoken(settings):
        return ()
    from parlance.assembly import chatbot_app

    return chatbot_app.connections(settings)
