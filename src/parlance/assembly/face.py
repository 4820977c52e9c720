"""From settings to how the server introduces itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from parlance import __version__
from parlance.core.accounts.identity import Identity
from parlance.core.server.facts import DoorFace, Face, ServerFacts, Spoken
from parlance.dialects.table import Dialect
from parlance.settings import schema
from parlance.settings.addresses import doors, is_loopback, split_address

BASES = {"native": "/parlance/v1", "openai": "/v1"}
"""What stands behind the address in the base URL of a dialect's clients; nothing for those not named."""


def command_line(path: str, executable: str, folder: Path) -> str:
    """What people type for the command line: its name where `path` (the variable PATH) has it, else its place below the
    working folder, else this Python's module. Never a whole path: the page that says it is for everybody."""
    if shutil.which("parlance", path=path):
        return "parlance"
    beside = shutil.which("parlance", path=str(Path(executable).parent))
    if beside is not None and Path(beside).is_relative_to(folder):
        return str(Path(beside).relative_to(folder))
    return f"{Path(executable).name} -m parlance"


def server_facts(
    settings: schema.Settings,
    dialects: Mapping[str, Dialect],
    identity: Identity,
    metrics: Callable[[], bytes],
    command: str,
) -> ServerFacts:
    """The face over all doors, and the metrics unless they are switched off."""
    shown = [_door(door, dialects, settings, identity.has_keys) for door in doors(settings, tuple(dialects))]
    face = Face(__version__, settings.server.tls_cert is not None, tuple(shown), command)
    return ServerFacts(face, metrics if settings.metrics.enabled else None, identity.is_console)


def _door(door: schema.Door, dialects: Mapping[str, Dialect], settings: schema.Settings, has_keys: bool) -> DoorFace:
    host, _ = split_address(door.address or "", settings.server.host)
    spoken = tuple(
        Spoken(name, dialects[name].title, dialects[name].about, BASES.get(name, "")) for name in door.dialects
    )
    locked = not has_keys and not is_loopback(host) and door.anonymous is None
    return DoorFace(door.name, door.address or "", spoken, locked)
