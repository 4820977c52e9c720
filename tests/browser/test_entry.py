"""The page comes up: everywhere, in both themes, for everybody, and with nothing from elsewhere."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import THEMES, WIDTHS, barriers, sideways
from tests.browser.conftest import Windows


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_comes_up_and_fits(windows: Windows, width: int, theme: str) -> None:
    """In the theme that the reader's system asks for, with a place to write and no way to scroll sideways."""
    page = windows(width=width, theme=theme).tab("/")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    assert sideways(page) == []
    shade = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).map(Number)")
    assert (sum(shade) > 384) is (theme == "light"), shade


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_stands_in_the_way_of_anybody(windows: Windows, theme: str) -> None:
    """As far as axe can tell."""
    page = windows(theme=theme).tab("/")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    assert barriers(page, strict=True) == []


def test_the_policy_forbids_what_the_page_does_not_need(page: Page) -> None:
    """A script that somebody smuggles in does not run, and cannot tell anybody anything."""
    answer = page.reload()
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/settings", "/c/nothing-of-the-kind"])
def test_each_address_can_be_gone_to_at_once(windows: Windows, path: str) -> None:
    """The document finds out by itself where it is."""
    window = windows()
    window.tolerate("404|Not Found")
    page = window.tab(path)
    expect(page.get_by_role("main")).to_be_visible()
    assert page.url == window.origin + path
