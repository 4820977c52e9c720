"""Whoever signs in where somebody else was finds nothing of them: not for a moment, and not where reading fails."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from parlance.testing.servers import Server
from tests.browser.browsing import Window
from tests.browser.conftest import Serving, Windows
from tests.browser.people import PASSWORD, another, enter, first
from tests.browser.samples import file_of, thread
from tests.browser.talking import button

pytestmark = pytest.mark.slow
OF_ADA = ("Spade", "Cellar", "ripening", "Because.", "quince")
LISTS = ("chats.list", "folders.list", "tags.list", "bases.list", "models.list")
_KEEPS_PROMPT = """() => {
  const prompt = { id: "p", name: "quince", text: "Plant it" };
  localStorage.setItem("parlance.prompts", JSON.stringify([prompt]));
}"""


def house(serving: Serving) -> Server:
    """A server where Ada has a chat with a tag, and a folder, and Grace has nothing."""
    server = serving()
    ada = first(server)
    another(ada, "Grace")
    ada.bring(file_of(thread("Spade", "Why?", "Because.")))
    [chat] = ada.do("chats.list")["chats"]
    ada.do("folders.create", name="Cellar")
    ada.do("chats.tag", chat=chat["id"], add=["ripening"])
    return server


@pytest.mark.parametrize("refused", [False, True], ids=["late", "refused"])
def test_the_next_one_sees_nothing_of_the_last(serving: Serving, windows: Windows, refused: bool) -> None:
    """Neither while the lists are on their way nor when they are refused; nor a prompt that the last one keeps."""
    window = enter(windows(at=house(serving)))
    window.tolerate("401|500|ERR_INCOMPLETE_CHUNKED")
    page = lived_in(window)
    for operation in LISTS:
        window.context.route(f"**/{operation}*", refuse if refused else kept_back)
    button(page, "Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert page.title() == "Parlance"
    page.get_by_label("E-mail address or name").fill("Grace")
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Sign in").click()
    expect(page.get_by_role("navigation", name="Chats")).to_be_visible()
    expect(page.get_by_text("Grace", exact=True)).to_be_visible()
    nothing_of_ada(page)
    page.get_by_role("link", name="New chat").click()
    page.get_by_role("textbox", name="Message").fill("/")
    nothing_of_ada(page)


def test_another_tab_shows_nothing_of_the_last_either(serving: Serving, windows: Windows) -> None:
    """Tabs share a session: one that stands open takes nothing over, whoever comes in beside it."""
    window = enter(windows(at=house(serving)))
    window.tolerate("401|404|ERR_INCOMPLETE_CHUNKED")
    page = window.tab("/")
    page.get_by_role("link", name="Spade", exact=True).first.click()
    expect(page.get_by_text("Because.").first).to_be_visible()
    enter(window, "Grace")
    expect(window.tab("/").get_by_text("Grace", exact=True)).to_be_visible()
    expect(page.get_by_text("Grace", exact=True)).to_be_visible()
    nothing_of_ada(page)


def lived_in(window: Window) -> Page:
    """A tab in which Ada has seen all that is hers, and that she may leave."""
    page = window.tab("/")
    page.evaluate(_KEEPS_PROMPT)
    page.reload()
    for title in ("Spade", "Cellar"):
        expect(page.get_by_text(title, exact=True).first).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("/")
    expect(page.get_by_text("quince").first).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("")
    page.get_by_role("link", name="Spade", exact=True).first.click()
    expect(page.get_by_text("Because.").first).to_be_visible()
    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_role("link", name="Account", exact=True).click()
    return page


def refuse(route: Route) -> None:
    """Have it fail."""
    route.fulfill(status=500, json={"code": "internal", "detail": "It broke."})


def kept_back(route: Route) -> None:
    """Answer it never."""


def nothing_of_ada(page: Page) -> None:
    """Nowhere in what is drawn, whether it can be seen or not, nor in the menu of tags, nor on the tab."""
    menu = page.get_by_role("navigation", name="Chats").get_by_role("button", name="More for all chats")
    menu.click()
    drawn = page.evaluate("document.documentElement.outerHTML + document.title")
    page.keyboard.press("Escape")
    assert [each for each in OF_ADA if each in drawn] == []
