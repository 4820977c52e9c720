"""What people do in a chat, and what they look at, in the words of the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from parlance.testing.upstreams import MockOpenAI
from parlance.testing.upstreams.calls import Call
from tests.browser.browsing import PATIENCE

CHAT = re.compile(r"/c/[0-9a-f-]{36}$")


def field(page: Page) -> Locator:
    """Where a message is written."""
    return page.get_by_role("textbox", name="Message", exact=True)


def say(page: Page, text: str) -> None:
    """Write a message and send it by the key."""
    field(page).fill(text)
    field(page).press("Enter")


def questions(page: Page) -> Locator:
    """What was asked, from the top down."""
    return page.get_by_role("article", name="Question", exact=True)


def answers(page: Page) -> Locator:
    """What was answered, from the top down."""
    return page.get_by_role("article", name=re.compile("^Answer by"))


def button(place: Page | Locator, name: str) -> Locator:
    """A button by its whole name."""
    return place.get_by_role("button", name=name, exact=True)


def choose(place: Page | Locator, menu: str, item: str) -> None:
    """Open a menu and take one of its items."""
    button(place, menu).click()
    page = place if isinstance(place, Page) else place.page
    page.get_by_role("menu", name=menu).locator("[role^=menuitem]").filter(has_text=re.compile(item)).click()


def dialog(page: Page, title: str) -> Locator:
    """What stands over the page."""
    return page.get_by_role("dialog", name=title, exact=True)


def rested(page: Page) -> None:
    """Wait until nothing is being answered."""
    expect(answers(page).last).to_have_attribute("aria-busy", "false")
    expect(button(page, "Stop")).to_have_count(0)


def words(count: int, first: int = 0) -> str:
    """What a fake model says that has so many words."""
    return " ".join(f"tok{index}" for index in range(first, count))


def reads(answer: Locator, text: str) -> None:
    """Wait until the text of an answer is this, without what is around it: a page draws what is in sight, and a moment
    after what says how it ended."""
    expect(answer.locator(".prose")).to_have_text(text)


def until(page: Page, what: Callable[[], bool]) -> None:
    """Wait for something beyond the page, while the page goes on. Raises TimeoutError."""
    end = time.monotonic() + PATIENCE / 1000
    while not what():
        if time.monotonic() > end:
            raise TimeoutError("it did not come")
        page.wait_for_timeout(10)


def asked(upstream: MockOpenAI, words: str) -> list[Call]:
    """The calls of the engine whose newest message has these words."""
    return [call for call in upstream.calls_to("/chat/completions") if words in str(call.payload["messages"][-1])]
