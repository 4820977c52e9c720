"""What the page costs in a browser: `python -m benchmarks.page [--rounds N] [--write] [--strict]`.

The built page at a server of its own, in this machine's Chromium, with a chat of 2,000 turns and an answer of 100,000
characters. Each figure is the best of the rounds: what others do on the machine only ever adds.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import machine, page_chat, table
from benchmarks import page_measures as measures
from parlance.testing.servers import Server, as_process
from parlance.testing.upstreams import MockOpenAI
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import in_thread

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "src" / "parlance" / "page"
TURNS, CHARACTERS = 2_000, 100_000
KEYS = "how is this tea made"
SPEEDS = ((100, 240), (900, 120), (4_000, 60))
"""Pixels a frame, and frames: reading on, paging, and a throw."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
SILENT = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")


class Budget(NamedTuple):
    """One line of the table; a `limit` of 0 is none."""

    key: str
    what: str
    unit: str
    limit: float


BUDGETS = (
    Budget("script", "script before a chat with maths or diagrams, gzip", "kB", 180),
    Budget("paint", "first paint, processor slowed down 4 ×", "ms", 1000),
    Budget("open", "open a chat of 2,000 turns from the rail", "ms", 300),
    Budget("load", "the same by its address: page, list and chat", "ms", 0),
    Budget("scroll", "scroll through it: longest frame, main thread", "ms", 50),
    Budget("gap", "the same by the clock", "ms", 0),
    Budget("key", "type in it: a key, main thread", "ms", 16),
    Budget("slowest_key", "the same, the slowest of twenty", "ms", 16),
    Budget("early", "an answer of 100,000 characters: a frame near its beginning, main thread", "ms", 16),
    Budget("late", "the same near its end", "ms", 16),
    Budget("growth", "the latter over the former", "×", 1.5),
)


class Figures:
    """The best of each, by key."""

    def __init__(self) -> None:
        self.best: dict[str, float] = {}

    def put(self, key: str, value: float) -> None:
        """Keep it if it is the least."""
        self.best[key] = min(value, self.best.get(key, value))

    def missed(self) -> list[str]:
        """What does not hold its budget."""
        return [each.what for each in BUDGETS if each.limit and self.best.get(each.key, 0) > each.limit]

    def lines(self) -> Iterator[list[str]]:
        """Head and rows of the table."""
        yield ["what", "unit", "budget", "verdict", "Parlance"]
        for each in BUDGETS:
            value = self.best.get(each.key)
            if value is None:
                continue
            verdict = "" if not each.limit else "met" if value <= each.limit else "missed"
            told = f"{verdict} ({value / each.limit:.0%})" if verdict else ""
            budget = f"≤ {each.limit:g} {each.unit}" if each.limit else ""
            yield [each.what, each.unit, budget, told, f"{value:,.2f}" if value < 10 else f"{value:,.0f}"]


class Bench:
    """A browser, a server with the chat in it, and where the figures go."""

    def __init__(self, browser: Browser, server: Server, figures: Figures) -> None:
        self.browser, self.server, self.figures = browser, server, figures
        self.chat = page_chat.bring(server.url, page_chat.export(TURNS))
        self.last = page_chat.last_turn(server.url, self.chat)

    @contextlib.contextmanager
    def tab(self) -> Iterator[Page]:
        """A tab of a browser that has seen nothing yet."""
        context = self.browser.new_context(base_url=self.server.url, viewport={"width": 1440, "height": 900})
        yield context.new_page()
        context.close()

    def begin(self) -> None:
        """First paint, script, opening."""
        with self.tab() as page:
            measures.throttled(page, 4)
            self.figures.put("paint", measures.first_paint(page))
        with self.tab() as page:
            page.goto("/")
            page.wait_for_selector(f'a[href$="c/{self.chat}"]')
            page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
            self.figures.put("open", measures.opening(page, self.chat, self.last))
            measures.settled(page, TURNS)
            self.figures.put("script", measures.script_bytes(page, BUILT) / 1000)
        with self.tab() as page:
            self.figures.put("load", measures.loading(page, self.chat, self.last))

    def read(self) -> None:
        """Scrolling and typing in the long chat."""
        with self.tab() as page:
            measures.loading(page, self.chat, self.last)
            measures.settled(page, TURNS)
            scrolls = [self._scroll(page, *speed) for speed in SPEEDS]
            keys = measures.typing(page, KEYS)
        self.figures.put("scroll", max(task for task, _ in scrolls))
        self.figures.put("gap", max(gap for _, gap in scrolls))
        self.figures.put("key", statistics.median(keys))
        self.figures.put("slowest_key", max(keys))

    def _scroll(self, page: Page, pixels: int, frames: int) -> tuple[float, float]:
        """The longest task of the main thread and the longest gap between frames, in milliseconds."""
        act = partial(measures.scrolling, page, pixels, frames)
        task, gaps = measures.longest_task(self.browser, page, act)
        return task, max(gaps)

    def stream(self) -> None:
        """An answer that comes faster than any model says it."""
        with self.tab() as page:
            page.goto("/")
            page.get_by_role("textbox", name="Message", exact=True).fill("Say all of it.")
            page.keyboard.press("Enter")
            page.wait_for_selector('article[aria-busy="true"]')
            pace = measures.pace(list(measures.growing(page)))
        self.figures.put("early", pace.first_work)
        self.figures.put("late", pace.last_work)
        self.figures.put("growth", pace.last_work / pace.first_work)


@contextlib.contextmanager
def bench(figures: Figures) -> Iterator[Bench]:
    """Everything that is needed, ended with the block. Raises RuntimeError without Chromium."""
    path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if path is None:
        raise RuntimeError("Needs Chromium (sudo apt install chromium).")
    with contextlib.ExitStack() as life:
        folder = Path(life.enter_context(tempfile.TemporaryDirectory(prefix="parlance-page-")))
        script = Script(text=page_chat.answer(CHARACTERS), per_token=0.0005)
        upstream = life.enter_context(in_thread(MockOpenAI(models=("mock",), script=script)))
        server = life.enter_context(as_process(folder, toml=page_chat.settings(upstream.base_url)))
        browser = life.enter_context(sync_playwright()).chromium.launch(executable_path=path, args=list(SILENT))
        life.callback(browser.close)
        yield Bench(browser, server, figures)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Exit code 0 with a table, 2 without; with `--strict` 1 for a missed budget."""
    parser = argparse.ArgumentParser(prog="benchmarks.page", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="the best of so many is taken")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a budget does not hold")
    chosen = parser.parse_args(arguments)
    where, figures = machine.described(), Figures()
    try:
        with bench(figures) as run:
            for number in range(chosen.rounds):
                print(f"round {number + 1} of {chosen.rounds}", file=sys.stderr)
                run.begin()
                run.read()
                if number < 2:
                    run.stream()
    except RuntimeError as reason:
        print(reason, file=sys.stderr)
        return 2
    text = table.aligned(list(figures.lines()))
    print(f"\n{where}\n\n{text}")
    if chosen.write:
        table.write_page(HERE.parent / "docs" / "benchmarks.md", where, text)
    return 1 if figures.missed() and chosen.strict else 0


if __name__ == "__main__":
    sys.exit(main())
