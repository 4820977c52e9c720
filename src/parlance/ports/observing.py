"""What the core tells the operator: lines of a log and numbers. Contract suite: `tests/unit/observe`.

Neither may fail, wait or cost more than a few microseconds: both are called on the road of every request. Nobody asks
them anything, so that the core behaves the same with the null ones below.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

from parlance.values.errors import Kind

CacheName = Literal["answers", "conversations"]
CacheOutcome = Literal["hit", "miss", "store", "eviction"]
CircuitState = Literal["closed", "half_open", "open"]
OnDefect = Callable[[Exception], None]
"""Hears of defects of ours, which nobody above could answer."""


class Log(Protocol):
    """One module's log. `event` is a short constant in the past tense or a noun; everything that varies is a field.

    Field names are shared by all modules, so that one search finds a request everywhere: `request` (request id), `run`,
    `connection`, `model`, `principal`, `route`, `dialect`, `status`, `outcome`, `kind`, `ms` (milliseconds, float),
    `prompt` and `completion` (tokens), `error` (an exception: its type, message and places are written).
    """

    def debug(self, event: str, /, **fields: Any) -> None:
        """What helps while looking for a defect."""
        ...

    def info(self, event: str, /, **fields: Any) -> None:
        """What happened in the ordinary course."""
        ...

    def warning(self, event: str, /, **fields: Any) -> None:
        """What was survived, but should not happen often."""
        ...

    def error(self, event: str, /, **fields: Any) -> None:
        """What somebody has to look at."""
        ...

    def bind(self, **fields: Any) -> Log:
        """The same log with fields that every further line carries. Costs a microsecond: bind once, not per line."""
        ...


class Meters(Protocol):
    """The numbers of `/metrics`. Names are those of rows, connections and engines, never what a client sent."""

    def request_finished(self, dialect: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is the row's name, or `unmatched`."""
        ...

    def first_token(self, connection: str, seconds: float) -> None:
        """The first piece of an answer came this long after the call was made."""
        ...

    def queue(self, engine: str, length: int) -> None:
        """So many runs wait for this engine now."""
        ...

    def waited(self, engine: str, seconds: float) -> None:
        """A run got its slot after this wait."""
        ...

    def cache(self, name: CacheName, outcome: CacheOutcome) -> None:
        """A cache was asked or changed."""
        ...

    def tokens(self, connection: str, prompt: int, completion: int) -> None:
        """A finished call used these."""
        ...

    def streams(self, delta: int) -> None:
        """A streamed reply was opened (1) or closed (-1)."""
        ...

    def upstream_error(self, connection: str, kind: Kind) -> None:
        """A call failed."""
        ...

    def circuit(self, connection: str, state: CircuitState) -> None:
        """The circuit in front of a connection changed."""
        ...

    def joined(self) -> None:
        """A run joined an identical flight."""
        ...

    def batch(self, size: int) -> None:
        """A batch of this many single asks left as one call."""
        ...


class NullLog:
    """A log that nobody reads."""

    __slots__ = ()

    def debug(self, event: str, /, **fields: Any) -> None:
        """Nothing."""

    def info(self, event: str, /, **fields: Any) -> None:
        """Nothing."""

    def warning(self, event: str, /, **fields: Any) -> None:
        """Nothing."""

    def error(self, event: str, /, **fields: Any) -> None:
        """Nothing."""

    def bind(self, **fields: Any) -> Log:
        """Itself."""
        return self


class NullMeters:
    """Numbers that nobody reads."""

    __slots__ = ()

    def request_finished(self, dialect: str, route: str, status: int, seconds: float) -> None:
        """Nothing."""

    def first_token(self, connection: str, seconds: float) -> None:
        """Nothing."""

    def queue(self, engine: str, length: int) -> None:
        """Nothing."""

    def waited(self, engine: str, seconds: float) -> None:
        """Nothing."""

    def cache(self, name: CacheName, outcome: CacheOutcome) -> None:
        """Nothing."""

    def tokens(self, connection: str, prompt: int, completion: int) -> None:
        """Nothing."""

    def streams(self, delta: int) -> None:
        """Nothing."""

    def upstream_error(self, connection: str, kind: Kind) -> None:
        """Nothing."""

    def circuit(self, connection: str, state: CircuitState) -> None:
        """Nothing."""

    def joined(self) -> None:
        """Nothing."""

    def batch(self, size: int) -> None:
        """Nothing."""
