"""From settings to how the server introduces itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from parlance import __version__
from parlance.core.accounts.identity import Identity
from parlance.core.server.facts import DoorFace, Face, ServerFacts, SettingFact, SettingFacts, Spoken
from parlance.dialect_list import SITES, doors_of
from parlance.dialects.table import Dialect
from parlance.settings import schema, view
from parlance.settings.addresses import is_loopback, split_address
from parlance.settings.load import FILE_NAME, Loaded

BASES = {"native": "/parlance/v1", "openai": "/v1", "weknora": "/api/v1", "mcp": "/mcp"}
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
    loaded: Loaded,
    dialects: Mapping[str, Dialect],
    identity: Identity,
    metrics: Callable[[], bytes],
    command: str,
) -> ServerFacts:
    """The face over all doors, the metrics unless they are switched off, and the settings without secrets."""
    settings = loaded.settings
    described = doors_of(settings)

    def face() -> Face:
        shown = (_door(door, dialects, is_locked(door, settings, identity)) for door in described)
        return Face(__version__, settings.server.tls_cert is not None, tuple(shown), command)

    return ServerFacts(face, metrics if settings.metrics.enabled else None, identity.is_console, told(loaded))


def told(loaded: Loaded) -> SettingFacts:
    """The settings as an operator is shown them; where no file was read, with the place of one."""
    folder = loaded.settings.data.dir
    file = loaded.file or (Path(folder) / FILE_NAME if folder else None)
    facts = [SettingFact(row.key, row.value, row.origin.layer, row.origin.place) for row in view.rows(loaded)]
    return SettingFacts(str(file) if file else "", loaded.file is not None, tuple(facts))


def is_locked(door: schema.Door, settings: schema.Settings, identity: Identity) -> bool:
    """Whether a door serves nobody yet: it listens beyond this machine and takes no guests, and nobody is known. Asked
    anew each time, since the first account may be made at any moment."""
    host, _ = split_address(door.address or "", settings.server.host)
    if all(name in SITES for name in door.dialects):  # a site knows its callers by itself
        return False
    return not identity.has_keys and not is_loopback(host) and door.anonymous is None


def _door(door: schema.Door, dialects: Mapping[str, Dialect], locked: bool) -> DoorFace:
    spoken = tuple(
        Spoken(name, dialects[name].title, dialects[name].about, BASES.get(name, "")) for name in door.dialects
    )
    return DoorFace(door.name, door.address or "", spoken, locked)
