"""What is measured in the page: each function takes a tab of Chromium and gives figures; tests use them too."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from playwright.sync_api import Browser, CDPSession, Page

T = TypeVar("T")

_ALL = "(count) => document.querySelectorAll('[data-pair]').length >= count"
_LAST = 'article[data-turn="{turn}"]'
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
_SCRIPTS = (
    "() => performance.getEntriesByType('resource').map((each) => each.name).filter((name) => /\\.js$/.test(name))"
)
_OPENED = """async ([address, last]) => {
  const link = document.querySelector(`a[href$="${address}"]`);
  const began = performance.now();
  link.click();
  for (;;) {
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    if (document.querySelector(last)) return performance.now() - began;
    if (performance.now() - began > 60000) return performance.now() - began;
  }
}"""
_SCROLLED = """async ([pixels, frames]) => {
  const log = document.querySelector('[role="log"]');
  log.scrollTop = log.scrollHeight;
  const next = () => new Promise((done) => requestAnimationFrame(done));
  for (let at = 0; at < 10; at++) await next();
  const gaps = [];
  let before = await next();
  for (let at = 0; at < frames; at++) {
    log.scrollTop -= pixels;
    const now = await next();
    gaps.push(now - before);
    before = now;
  }
  return gaps;
}"""
_COUNT = """() => {
  window.frames_seen = 0;
  const again = () => { window.frames_seen += 1; requestAnimationFrame(again); };
  requestAnimationFrame(again);
}"""
_GROWN = """() => [
  document.querySelector('[role="log"] article:last-of-type .prose')?.textContent.length ?? 0,
  window.frames_seen,
  document.querySelector('[role="log"] article[aria-busy="true"]') === null,
]"""


class Grown(NamedTuple):
    """A look at an answer on its way."""

    characters: int
    frames: int
    worked_ms: float
    at_ms: float
    over: bool


class Pace(NamedTuple):
    """How an answer came: milliseconds of the main thread, and of the clock, for each frame of two parts of it."""

    first_work: float
    last_work: float
    first_frame: float
    last_frame: float


def longest_task(browser: Browser, page: Page, act: Callable[[], T]) -> tuple[float, T]:
    """What an act gives, and the longest task of the page's main thread meanwhile: milliseconds of the processor.

    A frame is one task: what scripts do for it, its layout and its paint. By the clock others' work would be in it.
    """
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline", "__metadata"])
    try:
        given = act()
    finally:
        events = json.loads(browser.stop_tracing())["traceEvents"]
    mains = {
        (each["pid"], each["tid"])
        for each in events
        if each["name"] == "thread_name" and each["args"]["name"] == "CrRendererMain"
    }
    tasks = [each for each in events if each["name"].endswith("RunTask") and (each["pid"], each["tid"]) in mains]
    return max(each.get("tdur", 0) for each in tasks) / 1000, given


def script_bytes(page: Page, folder: Path) -> int:
    """What the scripts that this tab has fetched are as gzip, by the files of the built page."""
    files = {Path(urlsplit(address).path).name for address in page.evaluate(_SCRIPTS)}
    found = [path for path in folder.rglob("*.js") if path.name in files]
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in found)


def first_paint(page: Page, path: str = "/") -> float:
    """Milliseconds from the navigation to the first paint of something."""
    page.goto(path)
    page.wait_for_function(_PAINTED)
    return float(page.evaluate(_PAINTED))


def throttled(page: Page, times: float) -> CDPSession:
    """Have the processor of this tab be so many times slower."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
    return session


def opening(page: Page, chat: str, last: str) -> float:
    """Milliseconds from the press of a chat's link in the rail to the frame with its last turn."""
    return float(page.evaluate(_OPENED, [f"c/{chat}", _LAST.format(turn=last)]))


def loading(page: Page, chat: str, last: str) -> float:
    """Milliseconds from the navigation to a chat's address to the frame with its last turn."""
    page.goto(f"/c/{chat}", wait_until="commit")
    page.wait_for_selector(_LAST.format(turn=last))
    return float(page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done(performance.now())))"))


def settled(page: Page, turns: int) -> None:
    """Wait until all turns of a chat stand in the page; those out of view are put there while it has nothing to do."""
    page.wait_for_function(_ALL, arg=turns // 2)


def scrolling(page: Page, pixels: int, frames: int) -> list[float]:
    """Milliseconds of each frame while the chat is scrolled up from its end, so many pixels in each."""
    gaps: list[float] = page.evaluate(_SCROLLED, [pixels, frames])
    return gaps


def typing(page: Page, keys: str) -> list[float]:
    """Milliseconds that the main thread works for each key in the composer, up to the frame that shows it."""
    session = clocked(page)
    page.get_by_role("textbox", name="Message", exact=True).focus()
    costs = []
    for key in keys:
        before = worked(session)
        page.keyboard.press(key)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
        costs.append(worked(session) - before)
    session.detach()
    return costs


def clocked(page: Page) -> CDPSession:
    """A session that tells how long the main thread has worked, in the processor's time: others' work is none of it."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def worked(session: CDPSession) -> float:
    """Milliseconds that the main thread has worked so far."""
    metrics: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def growing(page: Page, every_ms: float = 250) -> Iterator[Grown]:
    """Looks at the last answer of a chat until it is over."""
    session = clocked(page)
    page.evaluate(_COUNT)
    began = page.evaluate("() => performance.now()")
    while True:
        characters, frames, over = page.evaluate(_GROWN)
        at = page.evaluate("() => performance.now()") - began
        yield Grown(characters, frames, worked(session), at, over)
        if over and characters:
            return
        page.wait_for_timeout(every_ms)


def pace(looks: list[Grown]) -> Pace:
    """Of a fifth near the beginning of an answer, and of its last fifth. The frames of its very end are left out."""
    most = looks[-1].characters
    first, last = (
        [each for each in looks if low * most <= each.characters < high * most] for low, high in ((0.1, 0.3), (0.8, 1))
    )
    return Pace(_each(first, "worked_ms"), _each(last, "worked_ms"), _each(first, "at_ms"), _each(last, "at_ms"))


def _each(part: list[Grown], what: str) -> float:
    """Of a frame of this part. Raises ValueError when there are too few of them to tell."""
    frames = part[-1].frames - part[0].frames if part else 0
    if frames < 3:
        raise ValueError(f"the answer came too fast to be looked at: {frames} frames")
    grown: float = (getattr(part[-1], what) - getattr(part[0], what)) / frames
    return grown
