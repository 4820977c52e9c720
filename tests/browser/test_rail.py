"""The list of chats and folders stands still while it is drawn: what comes late moves nothing that is there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from parlance.testing.servers import Server
from tests.browser.browsing import Window, barriers, clipped, sideways
from tests.browser.conftest import Windows
from tests.browser.dragging import held_over
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.talking import until

pytestmark = pytest.mark.slow
CHATS = "**/parlance/v1/chats.list*"
FOLDERS = "**/parlance/v1/folders.list*"
TITLES = ("Spade", "Rake", "Hoe")


def filled(server: Server, *titles: str, folders: bool = True) -> Person:
    """Chats of these titles and, one within another, three folders."""
    me = Person(server)
    me.bring(file_of(*(thread(title, "Why?", "Because.", age=age) for age, title in enumerate(titles))))
    if folders:
        house = me.do("folders.create", name="House")["id"]
        me.do("folders.create", name="Cellar", parent=house)
        me.do("folders.create", name="Shed")
    return me


class Held:
    """Keeps back what is answered to an operation, until it is said what shall become of it."""

    def __init__(self, window: Window, operation: str) -> None:
        self._asked: list[Route] = []
        self._end: Callable[[Route], None] = self._asked.append
        window.context.route(operation, lambda route: self._end(route))

    def let_go(self) -> None:
        """Have it answered."""
        self._all(lambda route: route.continue_())

    def refuse(self) -> None:
        """Have it fail."""
        self._all(lambda route: route.fulfill(status=500, json={"code": "internal", "detail": "It broke."}))

    def _all(self, end: Callable[[Route], None]) -> None:
        """Those that were asked, and those that will be."""
        self._end = end
        for route in self._asked:
            end(route)


def opened(window: Window) -> Page:
    """A page that tells what moves in its list, which is a drawer on a phone."""
    window.context.add_init_script(_WATCH)
    page = window.tab("/")
    drawer = page.get_by_role("button", name="Show chats")
    expect(drawer.or_(page.get_by_role("button", name="Hide chats"))).to_be_visible()
    if drawer.is_visible():
        drawer.tap()
    return page


def stopped(window: Window) -> Page:
    """A page whose clock stands still: nothing in it is drawn because of the time."""
    page = window.context.new_page()
    page.clock.install()
    page.clock.pause_at(time.time() + 60)
    return page


def rail(page: Page) -> Locator:
    """The list of chats and folders."""
    return page.get_by_role("navigation", name="Chats")


def chat(page: Page, title: str) -> Locator:
    """A chat's line."""
    return rail(page).get_by_role("link", name=title, exact=True)


def folder(page: Page, name: str) -> Locator:
    """A folder's line."""
    return rail(page).get_by_role("listitem").filter(has=page.get_by_role("button", name=name, exact=True))


def heading(page: Page) -> Locator:
    """What folders are folded behind."""
    return rail(page).get_by_role("button", name=re.compile("^Folders"))


def arrived(folders: Held, page: Page) -> None:
    """Let the folders come, and wait until something shows that they have."""
    folders.let_go()
    expect(heading(page).or_(folder(page, "House"))).to_be_visible()


def places(page: Page) -> dict[str, float]:
    """How far from the upper edge each chat stands."""
    found: dict[str, float] = rail(page).evaluate(_PLACES)
    return found


def moved(page: Page) -> list[Any]:
    """What has moved in the list so far, as the browser has counted it when its next frame is drawn."""
    found: list[Any] = page.evaluate(_MOVED)
    return found


@pytest.mark.parametrize("width", [375, 1280])
def test_folders_that_come_late_move_no_chat(shelf: Server, windows: Windows, width: int) -> None:
    """They are folded behind their heading, which opens by key too; back from one of them all are in place."""
    filled(shelf, *TITLES)
    window = windows(at=shelf, width=width)
    folders = Held(window, FOLDERS)
    page = opened(window)
    expect(chat(page, "Spade")).to_be_visible()
    before = places(page)
    assert list(before) == [*TITLES]
    arrived(folders, page)
    assert places(page) == before
    assert moved(page) == []
    expect(heading(page)).to_have_attribute("aria-expanded", "false")
    assert barriers(page) == sideways(page) == clipped(page) == []
    heading(page).press("Enter")
    expect(heading(page)).to_have_attribute("aria-expanded", "true")
    expect(heading(page)).to_be_focused()
    expect(folder(page, "Cellar")).to_be_visible()
    heading(page).press("Space")
    expect(folder(page, "Cellar")).to_have_count(0)
    assert places(page) == before
    heading(page).click()
    rail(page).get_by_role("button", name="Shed", exact=True).click()
    rail(page).get_by_role("button", name="Back to all chats").click()
    expect(folder(page, "Shed")).to_be_visible()
    expect(heading(page)).to_have_count(0)


def test_chats_wait_for_folders_that_come_soon(shelf: Server, windows: Windows) -> None:
    """Both are there then, and nothing is folded."""
    filled(shelf, *TITLES)
    window = windows(at=shelf)
    folders = Held(window, FOLDERS)
    page = stopped(window)
    with page.expect_event("requestfinished", lambda one: "chats.list" in one.url):
        page.goto("/")
    expect(rail(page).get_by_role("button", name="New folder")).to_be_visible()
    expect(chat(page, "Spade")).to_have_count(0)
    arrived(folders, page)
    expect(chat(page, "Spade")).to_be_visible()
    expect(folder(page, "Cellar")).to_be_visible()
    expect(heading(page)).to_have_count(0)


def test_chats_do_not_wait_for_folders_that_never_come(shelf: Server, windows: Windows) -> None:
    """A second of the page's clock is enough, and without it nothing comes."""
    filled(shelf, *TITLES)
    window = windows(at=shelf)
    folders = Held(window, FOLDERS)
    page = stopped(window)
    with page.expect_event("requestfinished", lambda one: "chats.list" in one.url):
        page.goto("/")
    expect(rail(page).get_by_role("button", name="New folder")).to_be_visible()
    expect(chat(page, "Spade")).to_have_count(0)

    def passed() -> bool:
        page.clock.run_for(1_000)
        return chat(page, "Spade").is_visible()

    until(page, passed)
    arrived(folders, page)


def test_chats_do_not_wait_for_folders_that_have_failed(shelf: Server, windows: Windows) -> None:
    """Before the chats were there."""
    filled(shelf, *TITLES)
    window = windows(at=shelf)
    window.tolerate("500")
    folders, chats = Held(window, FOLDERS), Held(window, CHATS)
    page = stopped(window)
    with page.expect_request(FOLDERS), page.expect_request(CHATS):
        page.goto("/")
    folders.refuse()
    expect(rail(page).get_by_role("alert")).to_be_visible()
    chats.let_go()
    expect(chat(page, "Spade")).to_be_visible()
    expect(heading(page)).to_have_count(0)
    expect(rail(page).get_by_role("alert")).to_be_visible()


def test_chats_wait_no_longer_when_folders_fail(shelf: Server, windows: Windows) -> None:
    """The failure is told below them."""
    filled(shelf, *TITLES)
    window = windows(at=shelf)
    window.tolerate("500")
    folders = Held(window, FOLDERS)
    page = stopped(window)
    with page.expect_request(FOLDERS), page.expect_event("requestfinished", lambda one: "chats.list" in one.url):
        page.goto("/")
    folders.refuse()
    expect(chat(page, "Spade")).to_be_visible()
    expect(heading(page)).to_have_count(0)
    expect(rail(page).get_by_role("alert")).to_be_visible()


def test_where_there_are_no_folders_nothing_is_folded_and_nothing_moves(shelf: Server, windows: Windows) -> None:
    """However late that is known."""
    filled(shelf, *TITLES, folders=False)
    window = windows(at=shelf)
    folders = Held(window, FOLDERS)
    page = opened(window)
    expect(chat(page, "Spade")).to_be_visible()
    before = places(page)
    with page.expect_event("requestfinished", lambda one: "folders.list" in one.url):
        folders.let_go()
    assert moved(page) == []
    assert places(page) == before
    expect(heading(page)).to_have_count(0)
    page.reload()
    expect(chat(page, "Spade")).to_be_visible()
    assert moved(page) == []


def test_nothing_moves_in_a_long_list_that_is_read_further_down(shelf: Server, windows: Windows) -> None:
    """With its next page, and with the arrow keys."""
    titles = [f"Chat {number}" for number in range(60)]
    filled(shelf, *titles)
    window = windows(at=shelf, width=1280)
    folders = Held(window, FOLDERS)
    page = opened(window)
    rail(page).get_by_role("button", name="More chats").click()
    expect(chat(page, titles[-1])).to_be_visible()
    chat(page, titles[30]).focus()
    page.keyboard.press("ArrowDown")
    expect(chat(page, titles[31])).to_be_focused()
    before, sofar = places(page), moved(page)  # the button for more has gone down
    arrived(folders, page)
    assert places(page) == before
    assert len(before) == len(titles)
    assert moved(page) == sofar


def test_a_chat_is_dragged_to_folders_that_are_folded(shelf: Server, windows: Windows) -> None:
    """They open below it as soon as it is over their heading."""
    filled(shelf, *TITLES)
    window = windows(at=shelf)
    folders = Held(window, FOLDERS)
    page = opened(window)
    expect(chat(page, "Spade")).to_be_visible()
    arrived(folders, page)
    with held_over(chat(page, "Spade"), heading(page)):
        shed = folder(page, "Shed")
        expect(shed).to_be_visible()
        shed.hover()
        shed.hover()
        expect(shed).to_have_css("outline-style", "solid")
    expect(page.get_by_text("Moved to Shed")).to_be_visible()


def test_a_folder_that_is_made_is_shown(shelf: Server, windows: Windows) -> None:
    """Also where the others were folded."""
    filled(shelf, *TITLES)
    window = windows(at=shelf)
    folders = Held(window, FOLDERS)
    page = opened(window)
    expect(chat(page, "Spade")).to_be_visible()
    arrived(folders, page)
    rail(page).get_by_role("button", name="New folder").click()
    dialog = page.get_by_role("dialog", name="New folder")
    dialog.get_by_label("Name").fill("Attic")
    dialog.get_by_role("button", name="Save").click()
    expect(folder(page, "Attic")).to_be_visible()


_WATCH = """window.moved = [];
new PerformanceObserver((list) => {
  for (const { sources } of list.getEntries())
    for (const { node, previousRect, currentRect } of sources) {
      const own = node?.nodeType === Node.ELEMENT_NODE ? node : node?.parentElement;
      const [before, now] = [previousRect.top, currentRect.top];
      if (before !== now && own?.closest("nav")) window.moved.push([own.outerHTML.slice(0, 120), before, now]);
    }
}).observe({ type: "layout-shift", buffered: true });"""
_MOVED = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() =>
  done(window.moved)))))"""
_PLACES = """(nav) => Object.fromEntries([...nav.querySelectorAll("a[data-chat]")].map((link) =>
  [link.title, link.getBoundingClientRect().top]))"""
