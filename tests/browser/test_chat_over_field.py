"""A chat of the rail that is let go over something that is written in: its address does not become words there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from parlance.testing.servers import Server
from tests.browser.conftest import Windows
from tests.browser.dragging import held_over
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.talking import field

pytestmark = pytest.mark.slow


def test_a_chat_that_is_let_go_over_the_composer_leaves_nothing_there(shelf: Server, windows: Windows) -> None:
    """What is written stays as it is; words that are dragged there are still taken."""
    Person(shelf).bring(file_of(thread("Spade", "Why?", "Because.", age=1)))
    page = windows(at=shelf, width=1280).tab("/")
    chat = page.get_by_role("navigation").get_by_role("link", name="Spade")
    field(page).fill("Dear")
    with held_over(chat, field(page)):
        pass
    page.evaluate("new Promise((done) => setTimeout(done))")
    expect(field(page)).to_have_value("Dear")
    page.evaluate("""() => {
        const words = document.createElement('p');
        words.textContent = 'elephant';
        words.style.cssText = 'position:fixed;top:0;left:50%;z-index:9';
        document.body.append(words);
        getSelection().selectAllChildren(words);
    }""")
    with held_over(page.get_by_text("elephant"), field(page)):
        pass
    expect(field(page)).to_have_value("Dearelephant")


def test_a_new_chat_offers_each_title_once(shelf: Server, windows: Windows) -> None:
    """The latest of those that are called the same."""
    titles = ("Tea", "Tea", "Tea", "Rice", "Salt")
    Person(shelf).bring(file_of(*(thread(title, "Why?", "Because.", age=age) for age, title in enumerate(titles))))
    page = windows(at=shelf).tab("/")
    offered = page.get_by_role("list", name="Last chats").get_by_role("link")
    expect(offered).to_have_text(["Tea", "Rice", "Salt"])
