"""What is found at start without being asked: a running Ollama, and a key for an OpenAI-compatible API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from parlance.outbound.calls import Call, Origin
from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.settings.addresses import points_at
from parlance.settings.schema import Connection, Settings
from parlance.values.errors import Fault

PROBE = Deadlines(connect=0.3, first_byte=0.5, between=0.5, total=1.0)
"""A local Ollama answers in a millisecond; start-up must not wait for one that is not there."""


async def discovered(settings: Settings, client: Client, own: Sequence[tuple[str, int]]) -> tuple[Connection, ...]:
    """Connections that nobody configured but that are there. `own` are the addresses of our own doors."""
    wanted = settings.discovery
    found: list[Connection] = []
    told = settings.chatqueue.configured
    if (wanted.ollama or told) and not any(c.kind == "ollama" for c in settings.connections):
        url = ollama_url(settings)
        if not is_own(url, own) and (told or await answers(client, url)):
            # An Ollama that the chatqueue settings name has the deadline they give.
            total = settings.chatqueue.timeout_seconds if told else None
            found.append(Connection("ollama", kind="ollama", base_url=url, total_seconds=total))
    if wanted.openai_env and wanted.openai_api_key is not None:
        found.append(
            Connection("openai", kind="openai", base_url=wanted.openai_base_url, api_key=wanted.openai_api_key)
        )
    taken = {c.name for c in settings.connections}
    return tuple(c if c.name not in taken else msgspec.structs.replace(c, name=f"{c.name}-found") for c in found)


def ollama_url(settings: Settings) -> str:
    """Where an Ollama would be: the chatqueue dialect's own address wins, since somebody wrote it down."""
    if settings.chatqueue.configured and settings.chatqueue.api_url is not None:
        return settings.chatqueue.api_url
    return settings.discovery.ollama_url


def is_own(url: str, own: Sequence[tuple[str, int]]) -> bool:
    """Whether a URL leads to one of our own doors: we must not take ourselves for an engine."""
    return any(points_at(url, host, port) for host, port in own)


async def answers(client: Client, url: str) -> bool:
    """Whether something that calls itself Ollama answers there."""
    try:
        origin, path = Origin.split(url)
        async with asyncio.timeout(1.0):
            reply = await client.fetch(Call(origin, target=f"{path}/api/version", deadlines=PROBE, max_body=4096))
    except (Fault, TimeoutError):
        return False
    return reply.status == 200 and b'"version"' in reply.body
