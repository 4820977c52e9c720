"""The circuit: who is refused, who may try, and what the gauge says of it."""

from __future__ import annotations

import asyncio

import pytest

from parlance.core.admission.circuit import FAILURES, OPEN_SECONDS, Circuit
from parlance.ports.observing import CircuitState, NullMeters
from parlance.testing.clocks import HandClock
from parlance.values.errors import Fault, Kind

REFUSED = Fault(Kind.upstream, "No connection.", code="unreachable")
BROKEN = Fault(Kind.upstream, "Broke.", code="ended_early")
ILL = Fault(Kind.upstream, "Failed.", code="engine_error", status=500)


class Gauge(NullMeters):
    """Remembers what the circuit was said to be."""

    def __init__(self) -> None:
        self.state = "closed"

    def circuit(self, connection: str, state: CircuitState) -> None:
        self.state = state


class Stage:
    """A circuit with its clock and gauge."""

    def __init__(self) -> None:
        self.clock, self.gauge = HandClock(), Gauge()
        self.circuit = Circuit("gpu", self.clock, self.gauge)

    def fails(self, who: str, fault: Fault, times: int = 1) -> None:
        """Calls that the engine does not answer."""
        for _ in range(times):
            with pytest.raises(Fault) as failed, self.circuit.call(who):
                raise fault
            assert failed.value is fault, "refused before it was tried"

    def works(self, who: str) -> None:
        """A call that is answered."""
        with self.circuit.call(who):
            pass

    def is_refused(self, who: str) -> bool:
        """Whether a call is not even tried; the engine would answer it."""
        try:
            self.works(who)
        except Fault as fault:
            assert fault.code == "circuit_open" and fault.retry_after
            return True
        return False


def test_an_engine_that_takes_no_connection_is_left_alone_by_all() -> None:
    stage = Stage()
    stage.fails("ada", REFUSED, FAILURES)
    assert stage.is_refused("ada") and stage.is_refused("bob")
    assert stage.gauge.state == "open"


@pytest.mark.parametrize("fault", [BROKEN, ILL, Fault(Kind.timed_out, "Late.", code="first_byte_timeout")])
def test_what_one_caller_sends_does_not_take_the_engine_from_others(fault: Fault) -> None:
    """A prompt that crashes an engine's worker is that caller's own affair, however often it is sent."""
    stage = Stage()
    stage.fails("eve", fault, FAILURES)
    assert stage.is_refused("eve"), "an engine that fails one caller each time is asked on and on"
    assert not stage.is_refused("bob")
    assert stage.gauge.state == "closed"
    assert not stage.is_refused("eve"), "the engine is known to live"


@pytest.mark.parametrize("fault", [BROKEN, ILL])
def test_an_engine_that_fails_two_callers_in_a_row_is_left_alone_by_all(fault: Fault) -> None:
    stage = Stage()
    stage.fails("ada", fault, FAILURES - 1)
    stage.fails("bob", fault)
    assert all(stage.is_refused(who) for who in ("ada", "bob", "eve"))


def test_another_caller_who_fails_while_one_is_refused_closes_the_door_for_all() -> None:
    stage = Stage()
    stage.fails("eve", BROKEN, FAILURES)
    stage.fails("bob", BROKEN)
    assert all(stage.is_refused(who) for who in ("ada", "bob", "eve"))


def test_a_success_ends_the_row() -> None:
    stage = Stage()
    stage.fails("ada", REFUSED, FAILURES - 1)
    stage.works("ada")
    stage.fails("ada", REFUSED, FAILURES - 1)
    assert not stage.is_refused("ada")


def opened() -> Stage:
    """A circuit whose time to try has come."""
    stage = Stage()
    stage.fails("ada", REFUSED, FAILURES)
    stage.clock.move(OPEN_SECONDS + 1)
    return stage


def test_one_call_tries_and_the_others_wait_for_what_it_finds() -> None:
    stage = opened()
    with stage.circuit.call("ada"):
        assert stage.gauge.state == "half_open"
        assert stage.is_refused("ada") and stage.is_refused("bob")
    assert stage.gauge.state == "closed"
    assert not stage.is_refused("bob")


def test_a_try_that_fails_opens_it_again() -> None:
    stage = opened()
    stage.fails("ada", REFUSED)
    assert stage.gauge.state == "open" and stage.is_refused("ada")


def test_a_try_that_is_abandoned_shows_the_circuit_open_and_leaves_it_to_the_next() -> None:
    stage = opened()
    with pytest.raises(asyncio.CancelledError), stage.circuit.call("ada"):
        raise asyncio.CancelledError
    assert stage.gauge.state == "open"
    assert not stage.is_refused("bob")
    assert stage.gauge.state == "closed"


@pytest.mark.parametrize("end", [asyncio.CancelledError(), REFUSED])
def test_the_end_of_an_older_call_lets_no_second_try_through(end: BaseException) -> None:
    """It was let in before the circuit opened, and says nothing of the call that tries."""
    stage = Stage()
    older = stage.circuit.call("old")
    older.__enter__()
    stage.fails("ada", REFUSED, FAILURES)
    stage.clock.move(OPEN_SECONDS + 1)
    with stage.circuit.call("ada"):
        older.__exit__(type(end), end, None)
        assert stage.gauge.state == "half_open"
        stage.clock.move(OPEN_SECONDS + 1)
        assert stage.is_refused("bob"), "two tries at once"
    assert not stage.is_refused("bob")


def test_what_went_wrong_last_is_remembered_with_its_time() -> None:
    """A key that is refused too, although it tells of no sick engine; a request that was rightly refused is not."""
    stage = Stage()
    stage.fails("ada", Fault(Kind.invalid, "Not like this."))
    assert stage.circuit.last is None and stage.circuit.state == "closed"
    key = Fault(Kind.upstream, "The key was refused.", code="upstream_auth", status=401)
    stage.fails("ada", key)
    assert stage.circuit.last == (stage.clock.now(), key)
    stage.clock.move(1)
    stage.fails("ada", BROKEN)
    stage.works("ada")
    assert stage.circuit.last == (stage.clock.now(), BROKEN) and stage.circuit.state == "closed"


def test_the_calls_under_way_are_counted() -> None:
    """Whoever puts an engine away waits for them; one that was refused never began."""
    stage = Stage()
    with stage.circuit.call("ada"), stage.circuit.call("bob"):
        assert stage.circuit.calls == 2
    stage.fails("ada", REFUSED, FAILURES)
    assert stage.is_refused("ada") and stage.circuit.calls == 0
    stage.clock.move(OPEN_SECONDS)
    with stage.circuit.call("ada"):
        assert (stage.circuit.state, stage.circuit.calls) == ("half_open", 1)
