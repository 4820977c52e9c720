"""What the composition root tells the core about the installation."""

from __future__ import annotations

from collections.abc import Callable

import msgspec


class Spoken(msgspec.Struct, frozen=True):
    """A dialect at a door. `path` is where its clients point their base URL, below the door's address."""

    name: str
    title: str
    about: str
    path: str


class DoorFace(msgspec.Struct, frozen=True):
    """A door: its name, `host:port` as configured (port 0: the system chose) and what it speaks, in order. `locked`: it
    listens beyond this machine and no key exists yet."""

    name: str
    address: str
    dialects: tuple[Spoken, ...]
    locked: bool = False


class Face(msgspec.Struct, frozen=True):
    """How the server introduces itself. `tls`: its doors speak HTTPS themselves. `command`: what is typed where it runs
    for its command line."""

    version: str = ""
    tls: bool = False
    doors: tuple[DoorFace, ...] = ()
    command: str = "parlance"


def _no_console(token: str) -> bool:
    return False


class ServerFacts(msgspec.Struct, frozen=True):
    """The face, what writes the metrics in Prometheus's text format (`None` where they are switched off), and what
    knows the console token."""

    face: Face = Face()
    metrics: Callable[[], bytes] | None = None
    is_console: Callable[[str], bool] = _no_console
