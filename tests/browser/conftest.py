"""What the tests in a browser stand on: Chromium, the built page, servers, and models to talk to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import MockOpenAI
from parlance.testing.upstreams.server import in_thread
from tests.browser.browsing import SILENT, Window, chromium, looks
from tests.browser.people import emptied
from tests.flows.callers import table
from tools.node import NotBuilt
from tools.page import Page as Sources
from tools.page import ensure

MODELS = (
    *("mock", "mock-p40-n60", "mock-p100-n40", "mock-d2000", "mock-idle", "mock-think", "mock-echo", "mock-echo-p60"),
    "bad-reset-midway",
)
"""An answer at once, a slow one, one that is late, one that never ends, and others: how their names are read says
`parlance.testing.upstreams.scripts`."""
DEFAULT = '[models]\ndefault = "quote"\n'
Windows = Callable[..., Window]
Serving = Callable[..., Server]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test may have to build the page, and each may wait for several things that take their time."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """This machine's Chromium. It ends with each file: while it is there, no other test can have an event loop."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=list(SILENT))
        yield started
        started.close()


@pytest.fixture(scope="session")
def built() -> None:
    """The page as its sources are now."""
    try:
        ensure(Sources())
    except NotBuilt as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def upstream() -> Iterator[MockOpenAI]:
    """The engine behind `MODELS`; its `calls` say what reached it."""
    with in_thread(MockOpenAI(models=MODELS)) as running:
        yield running


@contextmanager
def starting(upstream: MockOpenAI, folders: pytest.TempPathFactory) -> Iterator[Serving]:
    """Starts servers, which end with it."""
    with ExitStack() as life:

        def start(*arguments: str, toml: str = DEFAULT, folder: Path | None = None) -> Server:
            connection = table("connections", {"name": "mock", "kind": "openai", "base_url": upstream.base_url})
            place = folder or folders.mktemp("server")
            return life.enter_context(as_process(place, *arguments, toml=f"{toml}\n{connection}"))

        yield start


@pytest.fixture(scope="module")
def serving(built: None, upstream: MockOpenAI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Starts servers for the tests of a file, each a process with a data folder of its own, in local mode, with `quote`
    and `MODELS`: `serving(toml="…")`."""
    with starting(upstream, tmp_path_factory) as start:
        yield start


@pytest.fixture(scope="module")
def cupboard(serving: Serving) -> Server:
    """The server of `shelf`, which starts once for all tests of a file."""
    return serving()


@pytest.fixture
def shelf(cupboard: Server) -> Server:
    """A server of the file's own, in local mode, with no chat, folder or base: what earlier tests left is gone, and
    what this very test left, where it failed and is run once more."""
    return emptied(cupboard)


@pytest.fixture(scope="session")
def server(built: None, upstream: MockOpenAI, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share. A test that counts what is there, or makes accounts, starts its own; what is
    looked for by its name has one of its own in each run (`people.fresh`)."""
    with starting(upstream, tmp_path_factory) as start:
        yield start()


@pytest.fixture
def windows(browser: Browser, server: Server, upstream: MockOpenAI) -> Iterator[Windows]:
    """Opens windows: `windows(width=320, theme="dark", prefs={"model": "mock"}, at=server)`; looks afterwards that
    nothing went wrong in any of them. The engine forgets what it was asked before, by this very test perhaps, which is
    run again where a busy machine failed it."""
    upstream.calls.clear()
    opened: list[Window] = []

    def open_one(*, at: Server = server, prefs: Mapping[str, Any] | None = None, **look: Any) -> Window:
        window = Window(browser, at.url, prefs or {}, **looks(**look))
        opened.append(window)
        return window

    yield open_one
    for window in opened:
        window.close()


@pytest.fixture
def page(windows: Windows) -> Page:
    """One wide, light window at the entry of the shared server."""
    return windows().tab("/")
