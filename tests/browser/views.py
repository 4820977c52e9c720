"""Every view of the page that `make screenshots` draws: how somebody comes to it, at the shared server."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect

from tests.browser.browsing import Window

Way = Callable[[Window], Page]
QUESTION = "Tea is grown in Assam. Coffee is grown in Kerala. Where is tea grown?"


def ask(page: Page, text: str) -> None:
    """Write a message and send it."""
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def entry(window: Window) -> Page:
    """The empty page."""
    page = window.tab("/")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    return page


def answered(window: Window) -> Page:
    """A chat with one answer."""
    page = entry(window)
    ask(page, QUESTION)
    expect(page.get_by_role("article").last).to_contain_text("Tea is grown in Assam.")
    return page


def palette(window: Window) -> Page:
    """Everything that can be done, in a list."""
    page = entry(window)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_be_visible()
    return page


def settings(window: Window) -> Page:
    """The first page of the settings."""
    page = window.tab("/settings")
    expect(page.get_by_role("main").get_by_role("heading").first).to_be_visible()
    return page


VIEWS: Mapping[str, Way] = {"entry": entry, "answered": answered, "palette": palette, "settings": settings}
"""By the names that the pictures get."""
