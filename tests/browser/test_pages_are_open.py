"""Nobody is kept out of what opens and closes: axe looks at it while people use it.

The views (`test_views.py`) are looked at likewise, each as it is when it has come up.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers, clipped, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.people import enter, first
from tests.browser.samples import file_of, thread
from tests.browser.ways import entry

pytestmark = pytest.mark.slow

OTHERS = (("dark", 320), ("light", 1440))
"""The looks that the suite does not draw of every view."""


@pytest.fixture(scope="module")
def house(serving: Serving) -> Server:
    """A server with an administrator who has a thread."""
    server = serving()
    first(server).bring(file_of(thread("Gardening", "When?", "In May.")))
    return server


@pytest.fixture(params=OTHERS, ids=lambda look: f"{look[0]}-{look[1]}")
def page(request: pytest.FixtureRequest, windows: Windows, house: Server) -> Page:
    """The administrator's window, in both themes and at both widths."""
    theme, width = request.param
    return entry(enter(windows(at=house, theme=theme, width=width, reduced_motion="reduce")))


def held(page: Page, what: str) -> None:
    """Nothing is in anybody's way now."""
    assert [what, barriers(page, strict=True), sideways(page), clipped(page)] == [what, [], [], []]


def test_every_page_of_the_settings_is_open_to_all(page: Page) -> None:
    """One after the other, as somebody goes through them."""
    page.goto("/settings")
    links = page.get_by_role("navigation", name="Settings", include_hidden=True).locator("li a")
    expect(links.first).to_be_attached()
    for path in [str(link.get_attribute("href")) for link in links.all()]:
        page.evaluate(
            "(path) => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')) }", path
        )
        expect(page.locator(f"a[href='{path}'][aria-current]")).to_be_attached()
        expect(page.get_by_role("main").locator("[aria-busy=true]")).to_have_count(0)
        held(page, path)


def test_menus_and_dialogs_give_the_focus_back(page: Page, house: Server) -> None:
    """To what opened them, when Escape closes them."""
    drawer = page.get_by_role("button", name="Show chats")
    if drawer.is_visible():
        drawer.click()
    more = page.get_by_role("button", name="More for all chats")
    more.click()
    held(page, "menu")
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    actions = page.get_by_role("button", name="Actions for Gardening")
    page.get_by_role("navigation", name="Chats").get_by_role("link", name="Gardening").hover()
    for item in ("Move to a folder…", "Tags…", "Share…", "Export…", "Delete…"):
        actions.click()
        page.get_by_role("menuitem", name=item).click()
        dialog = page.get_by_role("dialog").last
        expect(dialog.get_by_role("heading").first).to_be_visible()
        held(page, item)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog").filter(has=page.get_by_role("button", name="Close"))).to_have_count(0)
        page.get_by_role("navigation", name="Chats").get_by_role("link", name="Gardening").hover()
