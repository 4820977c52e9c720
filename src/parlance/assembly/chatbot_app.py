"""From settings to the chatbot app: its room, and the connections behind its providers. Imported where it is wanted."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

from parlance.assembly.coordination import Shared
from parlance.core.accounts.guesses import Guesses
from parlance.core.chatbot.handlers import AREA
from parlance.core.chatbot.providers import Provider, Providers
from parlance.core.chatbot.room import Ask, ChatbotRoom
from parlance.core.chatbot.shelf import Shelf
from parlance.core.chatbot.visits import Visits
from parlance.core.operation import Handler, Operation
from parlance.engines.speech_relay import SpeechRelay
from parlance.outbound.client import Client
from parlance.ports.stores import Database
from parlance.settings.chatbot import ChatbotProvider
from parlance.settings.chatbot_file import FALLBACK
from parlance.settings.connection import HTTP_URL, USUAL_URLS, Card, Connection
from parlance.settings.schema import Settings
from parlance.stores.sql.chatbot import SqlChatbot
from parlance.values.accounts import DEFAULT_TENANT
from parlance.values.time import Clock
from parlance.vault.bcrypt_passwords import BcryptPasswords
from parlance.vault.fernet import FernetCipher

LONGEST_NAME = 50


def made(
    settings: Settings, database: Database, clock: Clock, shared: Shared, client: Client, ask: Ask
) -> tuple[ChatbotRoom, BcryptPasswords]:
    """The app's room, and what has threads to be let go of; nothing is asked or opened before somebody comes."""
    chosen, passwords, counter = settings.chatbot, BcryptPasswords(), shared.counter()
    store, cipher = SqlChatbot(database, DEFAULT_TENANT), FernetCipher()
    visits = Visits(shared.visits(chosen.idle_seconds), cipher, secrets.token_urlsafe)
    room = ChatbotRoom(
        store=store,
        shelf=Shelf(store, database, cipher, visits, clock),
        visits=visits,
        passwords=passwords,
        cipher=cipher,
        speaker=SpeechRelay(client, chosen.tts_host, chosen.tts_port),
        locks=shared.locks(),
        guesses=Guesses(counter),
        newcomers=counter,
        providers=providers(settings),
        ask=ask,
        clock=clock,
        draw=secrets.token_bytes,
        prompt=chosen.system_prompt,
        seconds=chosen.idle_seconds,
    )
    return room, passwords


def handled(room: ChatbotRoom) -> dict[type[Operation[Any]], Handler]:
    """What the app handles, with its room."""
    return {kind: partial(handle, room) for kind, handle in AREA.items()}


def connections(settings: Settings) -> tuple[Connection, ...]:
    """One for each provider that can be asked; none where nobody wants the app."""
    return tuple(_connection(name, each) for name, each in _named(settings) if _is_asked(each) and not _trouble(each))


def providers(settings: Settings) -> Providers:
    """What people may choose."""
    found = tuple(_provider(name, each) for name, each in _named(settings))
    return Providers(found or (_provider("", FALLBACK),), settings.chatbot.default_provider)


def _named(settings: Settings) -> Iterator[tuple[str, ChatbotProvider]]:
    """Each with the name of its connection: its own as far as a connection may be called so, and each once."""
    taken = {connection.name for connection in settings.connections}
    for provider in settings.chatbot.providers:
        safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", provider.name)[:LONGEST_NAME] or "provider"
        name, at = safe, 2
        while name in taken:
            name, at = f"{safe}-{at}", at + 1
        taken.add(name)
        yield name, provider


def _provider(name: str, given: ChatbotProvider) -> Provider:
    return Provider(
        given.name,
        given.kind,
        f"{name}/{given.model}",
        given.tier,
        given.context,
        given.template,
        given.allowed_providers,
        given.test_chunks,
        _trouble(given),
    )


def _is_asked(provider: ChatbotProvider) -> bool:
    return provider.kind.lower() in USUAL_URLS and provider.test_chunks is None


def _trouble(provider: ChatbotProvider) -> str:
    """The code of what keeps a provider from being asked."""
    if provider.kind.lower() == "openai" and provider.api_key is None:
        return "provider_unready"
    return "provider_unbuilt" if provider.base_url and not re.match(HTTP_URL, provider.base_url) else ""


def _connection(name: str, provider: ChatbotProvider) -> Connection:
    seconds = provider.timeout_seconds
    return Connection(
        name,
        kind=provider.kind.lower(),
        base_url=provider.base_url or None,
        api_key=provider.api_key,
        prefix=f"{name}/",
        models=(provider.model,),
        cards={provider.model: Card(context=provider.context)},
        first_token_seconds=seconds,
        between_seconds=seconds,
        total_seconds=seconds,
        retries=0,
    )
