"""A document that is cut anew while somebody reads it: what is shown of it is what is there."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.talking import until, words

TEXT = "\n\n".join(words(60 * part + 60, 60 * part) for part in range(60))
PATIENCE = 60_000.0
IN_SIGHT = """() => {
    const seen = (one) => one.getBoundingClientRect().top > 100 && one.getBoundingClientRect().bottom < innerHeight;
    const begin = [...document.querySelectorAll('[data-begin]')].find(seen);
    begin?.focus({ preventScroll: true });
    return document.activeElement === begin;
}"""
"""Focuses a passage that is in sight."""


def passages(page: Page) -> Locator:
    """The buttons with which passages begin."""
    return page.get_by_role("article").get_by_role("button", name=re.compile("^Passage "))


def opened(windows: Windows, shelf: Server) -> tuple[Person, str, Page]:
    """A document of few long passages, and a page that shows its end."""
    me = Person(shelf)
    base = me.do("bases.create", name="Tea", embedder="", options={"size": 500})["id"]
    document = me.add(base, "tea.txt", TEXT.encode())
    start = me.do("chunks.list", document=document)["chunks"][-2]["span"]["start"]
    page = windows(at=shelf).tab(f"/documents/{document}?at={start}-{start + 5}")
    expect(page.locator("mark")).to_be_in_viewport()
    expect(passages(page).last).to_be_visible()
    return me, document, page


def recut(me: Person, document: str) -> None:
    """Into smaller passages."""
    base = me.do("documents.read", document=document)["base"]
    me.do("bases.change", base=base, options={"size": 100})
    me.do("documents.recut", document=document)


def test_the_new_passages_take_the_place_of_the_old(windows: Windows, shelf: Server) -> None:
    """Each can be turned off at once; the page stays where it was, and the focus where one can go on from."""
    me, document, page = opened(windows, shelf)
    until(page, lambda: page.evaluate(IN_SIGHT))
    before = passages(page).count()
    recut(me, document)
    expect(passages(page).nth(before + 3)).to_be_attached(timeout=PATIENCE)
    expect(page.locator("mark")).to_be_in_viewport()
    held = page.locator(":focus")
    expect(held).to_have_attribute("data-begin", re.compile("^[0-9]+$"))
    expect(held).to_be_in_viewport()
    page.keyboard.press("Enter")
    open_one = page.get_by_role("dialog")
    open_one.get_by_role("button", name="Do not find it").click()
    expect(open_one.get_by_role("button", name="Let it be found")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_passage_that_is_being_rewritten_says_that_it_is_gone(windows: Windows, shelf: Server) -> None:
    """What was written there stays until it is closed."""
    me, document, page = opened(windows, shelf)
    until(page, lambda: page.evaluate(IN_SIGHT))
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog", name=re.compile("^Passage "))
    box.get_by_role("button", name="Rewrite").click()
    box.get_by_role("textbox").fill("What I wrote")
    recut(me, document)
    expect(box.get_by_role("alert")).to_contain_text("no longer has this passage", timeout=PATIENCE)
    expect(box.get_by_role("textbox")).to_have_value("What I wrote")
    expect(box.get_by_role("button", name="Save")).to_have_count(0)
    assert barriers(page, strict=True) == []
    box.get_by_role("button", name="Close").last.click()
    expect(box).to_have_count(0)
