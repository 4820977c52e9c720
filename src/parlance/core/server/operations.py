"""What can be wanted of the server itself."""

from __future__ import annotations

from typing import ClassVar

from parlance.core.operation import Operation
from parlance.core.server.facts import Face, SettingFacts
from parlance.values.accounts import Scope


class ReadHealth(Operation[int], frozen=True):
    """Whether the process answers: its clock, in microseconds since 1970. Needs no engine and no caller."""

    scope: ClassVar[Scope | None] = None


class ReadReady(Operation[bool], frozen=True):
    """Whether new work is taken: not so while the server drains."""

    scope: ClassVar[Scope | None] = None


class ReadMetrics(Operation[bytes], frozen=True):
    """All metrics in Prometheus's text format."""

    scope: ClassVar[Scope | None] = "observe"


class OpenConsole(Operation[None], frozen=True):
    """Show the console token, to be remembered by a browser. Raises `Fault(unauthenticated)` for a wrong one."""

    scope: ClassVar[Scope | None] = None

    token: str


class ReadFace(Operation[Face], frozen=True):
    """How the server introduces itself: its doors, what they speak, and whether a key is still missing."""

    scope: ClassVar[Scope | None] = None
    wire_name: ClassVar[str] = "server.show"


class ListSettings(Operation[SettingFacts], frozen=True):
    """Every setting with its value and where that comes from, as `parlance config show --origin` tells them."""

    scope: ClassVar[Scope | None] = "operate"
    wire_name: ClassVar[str] = "settings.list"
