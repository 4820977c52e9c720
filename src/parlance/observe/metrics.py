"""The numbers of `/metrics`: what the core reports (`ports.observing.Meters`), and what is read when somebody asks.

An observation is one look in a dictionary and one addition. Only the event loop's thread may report.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from parlance.observe.instruments import SECONDS, SIZES, Families, Family, Histogram, Number

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"
"""Of what `render` gives."""
REQUESTS = 2000
"""Combinations of dialect, route and status that are told apart."""
CIRCUIT_STATES = ("closed", "half_open", "open")


class Named(Protocol):
    """A member of an enumeration of words."""

    @property
    def value(self) -> str:
        """The word."""
        ...


class Metrics:
    """All metrics of one server. `clean` takes secrets out of labels (`Redactor.redact`)."""

    def __init__(self, clean: Callable[[str], str] = str) -> None:
        number = partial(self._numbers, clean)
        timed = partial(self._histograms, clean, SECONDS)
        self._families = families = Families()
        self._clean = clean
        self._registry: Any = None
        count, gauge = families.counters, families.gauges
        self._requests = timed("request_seconds", "Time to answer a request.", "dialect", "route", "status")
        self._first = timed("first_token_seconds", "Time to the first piece of an answer.", "connection")
        self._waits = timed("queue_wait_seconds", "Time a run waited for its slot.", "engine")
        self._lengths = number(gauge, "queue_length", "Runs that wait for a slot.", "engine")
        self._caches = number(count, "cache_operations", "What happened in a cache.", "cache", "outcome")
        self._tokens = number(count, "tokens", "Tokens of finished calls.", "connection", "direction")
        self._streams = number(gauge, "active_streams", "Streamed replies that are open.").child((), ())
        self._errors = number(count, "upstream_errors", "Calls that failed.", "connection", "kind")
        self._circuits = number(gauge, "circuit_state", "1 for the state a circuit is in.", "connection", "state")
        self._joins = number(count, "joins", "Runs that joined an identical flight.").child((), ())
        self._batches = self._histograms(clean, SIZES, "batch_size", "Single asks that left together.").child((), ())
        self._lag = number(gauge, "event_loop_lag_seconds", "How late the event loop last was.").child((), ())

    def _numbers(
        self, clean: Callable[[str], str], kind: list[Family[Number]], name: str, help: str, *labels: str
    ) -> Family[Number]:
        family = Family(f"parlance_{name}", help, labels, Number, clean)
        kind.append(family)
        return family

    def _histograms(
        self, clean: Callable[[str], str], bounds: tuple[float, ...], name: str, help: str, *labels: str
    ) -> Family[Histogram]:
        cap = REQUESTS if name == "request_seconds" else 200
        family = Family(f"parlance_{name}", help, labels, partial(Histogram, bounds), clean, cap)
        self._families.histograms.append(family)
        return family

    # -- what is reported -------------------------------------------------------------------------------------------

    def request_finished(self, dialect: str, route: str, status: int, seconds: float) -> None:
        """A request was answered. `route` is the row's name, or `unmatched`."""
        key = (dialect, route, status)
        (self._requests.seen.get(key) or self._requests.child(key, key)).observe(seconds)

    def first_token(self, connection: str, seconds: float) -> None:
        """The first piece of an answer came this long after the call was made."""
        (self._first.seen.get(connection) or self._first.child(connection, (connection,))).observe(seconds)

    def queue(self, engine: str, length: int) -> None:
        """So many runs wait for this engine now."""
        self._lengths.child(engine, (engine,)).value = length

    def waited(self, engine: str, seconds: float) -> None:
        """A run got its slot after this wait."""
        self._waits.child(engine, (engine,)).observe(seconds)

    def cache(self, name: str, outcome: str) -> None:
        """A cache was asked or changed: `hit`, `miss`, `store` or `eviction`."""
        key = (name, outcome)
        self._caches.child(key, key).value += 1

    def tokens(self, connection: str, prompt: int, completion: int) -> None:
        """A finished call used these."""
        # A counter never falls, whatever an upstream claims.
        if prompt > 0:
            key = (connection, "prompt")
            (self._tokens.seen.get(key) or self._tokens.child(key, key)).value += prompt
        if completion > 0:
            key = (connection, "completion")
            (self._tokens.seen.get(key) or self._tokens.child(key, key)).value += completion

    def streams(self, delta: int) -> None:
        """A streamed reply was opened (1) or closed (-1)."""
        self._streams.value += delta

    def upstream_error(self, connection: str, kind: Named) -> None:
        """A call failed."""
        key = (connection, kind.value)
        self._errors.child(key, key).value += 1

    def circuit(self, connection: str, state: str) -> None:
        """The circuit in front of a connection changed."""
        for one in CIRCUIT_STATES:
            key = (connection, one)
            self._circuits.child(key, key).value = one == state

    def joined(self) -> None:
        """A run joined an identical flight."""
        self._joins.value += 1

    def batch(self, size: int) -> None:
        """A batch of this many single asks left as one call."""
        self._batches.observe(size)

    def lagged(self, seconds: float) -> None:
        """The event loop was this late."""
        self._lag.value = seconds

    # -- what is read -----------------------------------------------------------------------------------------------

    def watch(self, name: str, help: str, read: Callable[[], float], **labels: str) -> None:
        """Read a gauge `parlance_<name>` whenever the metrics are asked for: flights, runs, holds, bytes of a cache.

        `read` must be quick. The same name may be watched with several values of the same labels.
        """
        _, reads = self._families.watched.setdefault(f"parlance_{name}", (help, {}))
        names = {tuple(label for label, _ in key) for key in reads}
        if names and names != {tuple(sorted(labels))}:
            raise ValueError(f"{name} is watched with other labels already")
        reads[tuple(sorted((label, self._clean(value)) for label, value in labels.items()))] = read

    def render(self) -> bytes:
        """All metrics in Prometheus's text format (`CONTENT_TYPE`), those of the process too. Takes milliseconds."""
        # Imported here: 20 ms and 4 MiB that a server which nobody scrapes never needs.
        from parlance.observe import exposition

        if self._registry is None:
            self._registry = exposition.registry(self._families)
        return exposition.text(self._registry)
