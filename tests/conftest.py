"""What holds for every test: no traffic beyond this machine, repeatable examples, and in CI nothing is skipped."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from parlance.ports.stores import Database
from parlance.testing.databases import KINDS, fresh
from parlance.testing.services import VARIABLES, Missing, Service, service

IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")

# A shared machine can stall for a second: a deadline per example would make tests fail for reasons not their own.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
# `make check` asks for this one: it looks for what is plainly broken, and leaves the search to `make test`.
settings.register_profile("quick", settings.get_profile("local"), max_examples=15)
settings.load_profile("ci" if IN_CI else "local")

SERVERS = frozenset({"postgres", "mysql", "redis"})
"""The kinds of stores that are servers: a test of one of them is `slow`, because the server has to start first."""


class OutsideTraffic(AssertionError):
    """A test tried to reach an address that is not this machine."""


def is_loopback(family: int, address: Any) -> bool:
    """Whether an address stays on this machine. Of names only `localhost` does."""
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = str(address[0]).partition("%")[0]
    try:
        place = ipaddress.ip_address(host)
    except ValueError:
        return host in ("localhost", "")
    mapped = getattr(place, "ipv4_mapped", None)
    return (mapped or place).is_loopback or place.is_unspecified


class NetworkGuard:
    """Refuses every connection and datagram that would leave this machine, and remembers who tried.

    The refusal alone is not enough: code under test may well treat it as an ordinary network error. So the fixture
    below fails the test afterwards, whatever became of the exception.
    """

    def __init__(self) -> None:
        self.attempts: list[str] = []

    def check(self, family: int, address: Any) -> None:
        """Raise `OutsideTraffic` unless the address is loopback."""
        if not is_loopback(family, address):
            self.attempts.append(str(address))
            raise OutsideTraffic(f"a test may not reach {address}")

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook: sees asyncio and libraries. uvloop connects below Python: tests keep asyncio's loop."""
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and arguments[1]:
            self.check(arguments[0].family, arguments[1])
        elif event == "socket.getaddrinfo" and arguments[0] is not None:
            self.check(socket.AF_INET, (_text(arguments[0]),))


def _text(host: str | bytes) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes) else host


@pytest.hookimpl(tryfirst=True)  # before those that are `slow` are left out
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs against a server, by its parameters; and put the browser's files among the others."""
    items[:] = spread(items)
    for item in items:
        values = getattr(getattr(item, "callspec", None), "params", {}).values()
        if any(isinstance(value, str) and value in SERVERS for value in values):
            item.add_marker(pytest.mark.slow)


def spread(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same tests, file by file, those of the browser apart from each other: a browser takes a core and more, and
    most of the other files wait for servers meanwhile. They begin in the first two thirds, for they take long."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    heavy = [path for path in files if "browser" in path.parts]
    light = [path for path in files if "browser" not in path.parts]
    between, waiting, order = len(light) * 2 // (3 * max(1, len(heavy))), iter(light), list[Path]()
    for path in heavy:
        order += [path, *islice(waiting, between)]
    return [item for path in (*order, *waiting) for item in files[path]]


def pytest_configure(config: pytest.Config) -> None:
    """Install the guard once: an audit hook cannot be taken away again. And let Ctrl-C end what the tests start: what a
    script starts in the background ignores it, and so would every child."""
    guard = NetworkGuard()
    config.stash[GUARD] = guard
    sys.addaudithook(guard)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


GUARD = pytest.StashKey[NetworkGuard]()


@pytest.fixture
def network_guard(pytestconfig: pytest.Config) -> NetworkGuard:
    """The guard itself, for the tests that prove it works."""
    return pytestconfig.stash[GUARD]


@pytest.fixture(autouse=True)
def _no_outside_traffic(network_guard: NetworkGuard) -> Iterator[None]:
    network_guard.attempts.clear()
    yield
    attempts, network_guard.attempts = network_guard.attempts, []
    if attempts:
        pytest.fail(f"the test tried to reach {', '.join(attempts)}")


class Services:
    """The servers that tests need, each started once when the first test wants it."""

    def __init__(self, life: contextlib.ExitStack) -> None:
        self._life = life
        self._running: dict[str, Service] = {}

    def get(self, kind: str) -> Service | None:
        """A server of `postgres`, `mysql` or `redis`; none for what needs none. Skips where it is not installed."""
        if kind not in VARIABLES:
            return None
        if kind not in self._running:
            try:
                self._running[kind] = self._life.enter_context(service(kind, os.environ))
            except Missing as missing:
                pytest.skip(str(missing))
        return self._running[kind]


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """PostgreSQL, MariaDB and Redis on demand, until the session ends."""
    with contextlib.ExitStack() as life:
        yield Services(life)


@pytest.fixture(params=KINDS)
async def database(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database at the newest schema, of every kind in turn."""
    async with fresh(request.param, tmp_path, services.get(request.param)) as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """In CI a skipped test is a failed one: a promise that was not checked is not kept."""
    report: pytest.TestReport = yield
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in CI nothing may be: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    """A module that skips itself while it is being collected counts the same."""
    report: pytest.CollectReport = yield
    if IN_CI and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} skipped itself, and in CI nothing may be: {report.longrepr}"
    return report
