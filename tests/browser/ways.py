"""What a view is, and the steps to it that many have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from playwright.sync_api import Page, expect

from tests.browser.browsing import Window
from tests.browser.people import Person

QUESTION = "Tea is grown in Assam. Coffee is grown in Kerala. Where is tea grown?"


class View(NamedTuple):
    """How somebody comes to what is drawn, in which house it is (`houses.py`), and what the browser speaks."""

    way: Callable[[Window], Page]
    house: str = "lived"
    language: str = "en-US"


def ask(page: Page, text: str) -> None:
    """Write a message and send it."""
    page.get_by_role("textbox", name="Message").fill(text)
    page.get_by_role("button", name="Send", exact=True).click()


def entry(window: Window) -> Page:
    """The empty page."""
    page = window.tab("/")
    expect(page.get_by_role("textbox", name="Message")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"^Model: (?!No|…)"))).to_be_visible()
    return page


def answered(window: Window) -> Page:
    """A chat with one answer."""
    page = entry(window)
    ask(page, QUESTION)
    expect(page.get_by_role("article").last).to_contain_text("Tea is grown in Assam.")
    return page


def asking(window: Window, model: str, seen: str) -> Page:
    """A question to a model, up to what is then seen."""
    page = entry(window)
    page.get_by_title("Choose a model").click()
    page.get_by_role("group", name="Choose a model").get_by_role("button").filter(
        has_text=re.compile(rf"^\s*{re.escape(model)}(:latest)?\s")
    ).click()
    ask(page, QUESTION)
    expect(page.get_by_role("article", name=re.compile("^Answer"))).to_contain_text(re.compile(seen))
    return page


def thread(window: Window, title: str) -> Page:
    """A thread that is there."""
    chats = Person.at(window.origin).do("chats.list", limit=100)["chats"]
    [chat] = [each["id"] for each in chats if each["title"] == title]
    page = window.tab(f"/c/{chat}")
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    expect(page.get_by_role("article").last).to_be_visible()
    return page


def rail(window: Window) -> Page:
    """The list of threads, which is a drawer on a phone."""
    page = entry(window)
    drawer = page.get_by_role("button", name="Show chats")
    if drawer.is_visible():
        drawer.click()
    expect(page.get_by_role("navigation", name="Chats").get_by_role("link", name="Gardening")).to_be_visible()
    return page


def of_thread(window: Window, item: str, title: str = "Gardening") -> Page:
    """What an item of a thread's menu opens."""
    page = rail(window)
    page.get_by_role("navigation", name="Chats").get_by_role("link", name=title).hover()
    page.get_by_role("button", name=f"Actions for {title}").click()
    page.get_by_role("menuitem", name=item).click()
    return page
