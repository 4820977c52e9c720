"""What the composition root tells the core about the installation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

UNLOCKING = (
    "Make the first account with `accounts.sign_up`, showing the console token (the file `console-token` in the data "
    "folder) as the key. Or run `{command} config new-key --user NAME` on the server, add what it prints to "
    "parlance.toml, and restart."
)
"""What ends the state in which nobody is known: `{command}` is what is typed where the server runs."""


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

    @property
    def unlocking(self) -> str:
        """What ends the state in which nobody is known."""
        return UNLOCKING.format(command=self.command)


class SettingFact(msgspec.Struct, frozen=True):
    """A setting as it was when the server started. `key` is dotted, items of lists by their place (`keys[0].name`); a
    secret's `value` is `set`. `layer` says whose word it is (`default`, `file`, `environment` and so on), `place` where
    exactly: a file and its line, or the name of a variable or flag."""

    key: str
    value: Any
    layer: str
    place: str = ""


class SettingFacts(msgspec.Struct, frozen=True):
    """Every setting, in the order of the reference, and the settings file: the one that was read, or else where one
    would be (then `exists` is false)."""

    file: str = ""
    exists: bool = False
    settings: tuple[SettingFact, ...] = ()


def _no_console(token: str) -> bool:
    return False


class ServerFacts(msgspec.Struct, frozen=True):
    """What gives the face as it is now and what writes the metrics in Prometheus's text format (`None` where they are
    switched off), what knows the console token, and the settings without their secrets."""

    face: Callable[[], Face] = Face
    metrics: Callable[[], bytes] | None = None
    is_console: Callable[[str], bool] = _no_console
    settings: SettingFacts = SettingFacts()
