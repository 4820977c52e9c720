"""A circuit per connection: after several failures in a row nobody waits for a dead engine for a while."""

from __future__ import annotations

from types import TracebackType

from parlance.ports.observing import Meters
from parlance.values.connections import Circuitry
from parlance.values.errors import Fault, Kind
from parlance.values.time import Clock

FAILURES = 5
"""Failures in a row that open the circuit: one or two are bad luck."""
OPEN_SECONDS = 10.0
"""How long it stays open before one call may try: an engine's restart takes about as long."""


class Circuit:
    """Closed, open, or half open (one call is trying). `with circuit.call(who):` goes around one call and learns from
    its end.

    Whose calls fail matters: what one caller sends may make an engine break its connection or answer 500, and must not
    take the engine from everybody. So the engine is left alone by all once no connection can be made to it, or once the
    calls of two callers failed in a row. While all failures in a row are one caller's, only that caller is refused; the
    others go on, and the first success of any of them closes it.
    """

    def __init__(
        self, name: str, clock: Clock, meters: Meters, *, failures: int = FAILURES, seconds: float = OPEN_SECONDS
    ) -> None:
        self._name = name
        self._clock = clock
        self._meters = meters
        self._limit = failures
        self._seconds = seconds
        self._failures = 0
        self._failing: set[str] = set()
        """Two at most of those whose calls failed in a row: more are not told apart."""
        self._unreachable = False
        self._opened_at: float | None = None
        self._trying: _Call | None = None
        self.calls = 0
        """Calls that are under way."""
        self.last: tuple[int, Fault] | None = None
        """What went wrong last, and when (microseconds since 1970): it stays told when things go well again."""

    @property
    def state(self) -> Circuitry:
        """How it stands."""
        if self._opened_at is None:
            return "closed"
        return "open" if self._trying is None else "half_open"

    def note(self, fault: Fault) -> None:
        """Remember what went wrong, for those who look after the engine."""
        self.last = (self._clock.now(), fault)

    def call(self, who: str) -> _Call:
        """One call, of this caller (a lane). Entering it raises `Fault(upstream, code="circuit_open")` while open; when
        it is time to try, one call is let through."""
        return _Call(self, who)

    def _begin(self, call: _Call) -> None:
        if self._opened_at is None or not self._concerns(call.who):
            return
        left = self._opened_at + self._seconds - self._clock.monotonic()
        if left > 0 or self._trying is not None:
            raise Fault(
                Kind.upstream,
                f"The connection '{self._name}' keeps failing; it is being left alone for a moment.",
                hint="Check the engine behind it, then try again.",
                retry_after=max(1.0, left),
                code="circuit_open",
            )
        self._trying = call
        self._meters.circuit(self._name, "half_open")

    def _concerns(self, who: str) -> bool:
        return self._unreachable or len(self._failing) > 1 or who in self._failing

    def _succeeded(self) -> None:
        """The engine answered (or refused for a good reason): close."""
        if self._opened_at is not None:
            self._meters.circuit(self._name, "closed")
        self._failures = 0
        self._failing.clear()
        self._unreachable = False
        self._opened_at = self._trying = None

    def _failed(self, call: _Call, fault: Fault) -> None:
        """The engine could not be reached, or broke."""
        self.note(fault)
        self._failures += 1
        self._unreachable = self._unreachable or fault.code in _NO_CONNECTION
        if len(self._failing) < 2:
            self._failing.add(call.who)
        if self._trying is call:
            self._trying = None
        if self._failures >= self._limit:
            self._opened_at = self._clock.monotonic()
            if self._trying is None:
                self._meters.circuit(self._name, "open")

    def _abandoned(self, call: _Call) -> None:
        """The caller left before it was known. If it was the one who tried, the next one may."""
        if self._trying is call:
            self._trying = None
            self._meters.circuit(self._name, "open")


class _Call:
    """One call through a circuit."""

    __slots__ = ("_circuit", "who")

    def __init__(self, circuit: Circuit, who: str) -> None:
        self._circuit = circuit
        self.who = who

    def __enter__(self) -> None:
        if self._circuit._opened_at is not None:
            self._circuit._begin(self)
        self._circuit.calls += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        circuit = self._circuit
        circuit.calls -= 1
        if error is None and not circuit._failures:
            return  # nothing is wrong, and nothing was
        if isinstance(error, Fault) and counts_against(error):
            circuit._failed(self, error)
        elif error is None or isinstance(error, Fault):
            if isinstance(error, Fault) and error.kind is Kind.upstream and error.code != "circuit_open":
                circuit.note(error)  # a key that is refused is no sick engine, but somebody must hear of it
            circuit._succeeded()
        else:
            circuit._abandoned(self)


_NO_CONNECTION = frozenset({"unreachable", "connect_timeout", "bad_certificate"})
"""Codes of faults that came before anything of a request was sent: no request can be to blame."""


def counts_against(fault: Fault) -> bool:
    """Whether a fault tells of a sick engine, rather than of a request it was right to refuse."""
    if fault.kind is Kind.timed_out:
        return True
    return (
        fault.kind is Kind.upstream and fault.code != "circuit_open" and (fault.status is None or fault.status >= 500)
    )
