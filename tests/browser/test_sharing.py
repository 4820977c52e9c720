"""A thread is shown to people who have no account, for as long as its owner likes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import THEMES, Window, barriers, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.people import enter, first, signed_in
from tests.browser.talking import choose
from tests.browser.views import ask
from tests.naming import fresh

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def house(serving: Serving) -> Server:
    """A server with accounts: who has none reads nothing but what is shared."""
    server = serving()
    first(server)
    return server


@pytest.fixture
def owner(windows: Windows, house: Server) -> Iterator[Page]:
    """Ada, with a thread."""
    page = enter(windows(at=house)).tab("/")
    ask(page, "Tea is grown in Assam. Where is tea grown?")
    expect(page.get_by_role("article").last).to_contain_text("Tea is grown in Assam.")
    expect(page).to_have_url(re.compile("/c/"))
    yield page


def dialog(page: Page) -> Locator:
    """The dialog of the links to the thread that is open."""
    here = page.get_by_role("navigation", name="Chats").locator("[aria-current=page]")
    here.hover()
    page.get_by_role("button", name=re.compile("^Actions for Tea is")).first.click()
    page.get_by_role("menuitem", name="Share…").click()
    return page.get_by_role("dialog", name=re.compile("^Share “"))


def link_of(shown: Locator) -> str:
    """Make a link, and read it."""
    shown.get_by_role("button", name="Create link").click()
    made = shown.get_by_role("region", name="Link", exact=True)
    expect(made).to_contain_text("/parlance/share/")
    return made.inner_text().strip()


def test_a_link_shows_the_thread_as_it_was_until_it_is_revoked(owner: Page, windows: Windows, house: Server) -> None:
    """To somebody without an account; what is written later is not in it."""
    shown = dialog(owner)
    shown.get_by_label("Works for").select_option("1 day")
    link = link_of(shown)
    expect(shown.get_by_role("listitem")).to_contain_text(re.compile("until"))
    shown.get_by_role("button", name="Close").click()
    ask(owner, "And coffee, in Kerala?")
    expect(owner.get_by_role("article")).to_have_count(4)

    stranger = windows(at=house)
    page = stranger.tab(link)
    expect(page.get_by_role("article")).to_have_count(2)
    expect(page.get_by_role("article").first).to_contain_text("Where is tea grown?")
    expect(page.get_by_role("article").last).to_contain_text("Tea is grown in Assam.")
    expect(page.get_by_text("Kerala")).to_have_count(0)

    shown = dialog(owner)
    shown.get_by_role("button", name="Revoke").click()
    expect(shown.get_by_text("There are no links to this chat.")).to_be_visible()
    stranger.tolerate("404")
    page.reload()
    expect(page.get_by_role("heading", name="There is nothing at this link")).to_be_visible()
    expect(page.get_by_text("Where is tea grown?")).to_have_count(0)


def test_a_link_is_copied_and_not_shown_again(owner: Page) -> None:
    """The dialog says so; the list of links stays."""
    owner.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown = dialog(owner)
    link = link_of(shown)
    shown.get_by_role("button", name="Copy: Link").click()
    expect(owner.get_by_text("Copied")).to_be_visible()
    assert owner.evaluate("navigator.clipboard.readText()") == link
    expect(shown.get_by_text("Copy it now: it is not shown again.")).to_be_visible()
    shown.get_by_role("button", name="Close").click()
    shown = dialog(owner)
    expect(shown.get_by_role("button", name="Revoke")).to_be_visible()
    expect(shown.get_by_role("region", name="Link", exact=True)).to_have_count(0)


def test_a_link_shows_that_an_answer_has_sources_and_not_what_they_say(
    owner: Page, windows: Windows, house: Server
) -> None:
    """Nor the numbers, which would lead nowhere; both for whoever makes the link and for whoever reads it, in Chinese
    too."""
    ada, drinks = signed_in(house), fresh("Drinks")
    base = ada.do("bases.create", name=drinks, embedder="")["id"]
    ada.add(base, "tea.txt", b"Darjeeling is a tea. Nobody else may read that it is sold in Siliguri.")
    owner.goto("/")
    choose(owner, "Ask documents", drinks)
    ask(owner, "Tea is what, Darjeeling?")
    expect(owner.get_by_role("link", name="Passage 1: tea.txt").first).to_be_visible()
    expect(owner).to_have_url(re.compile("/c/"))
    shown = dialog(owner)
    expect(shown).to_contain_text("nor are documents that answers rest on")
    link = link_of(shown)
    for language, words in (("en-US", "rests on 1 passage of documents"), ("zh-CN", "依据了文档中的 1 个段落")):
        page = windows(at=house, language=language).tab(link)
        answer = page.get_by_role("article").last
        expect(answer).to_contain_text("Darjeeling is a tea.")
        expect(answer).to_contain_text(words)
        for hidden in ("[1]", "tea.txt"):
            expect(page.get_by_text(hidden)).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
def test_what_is_shared_can_be_read_by_everybody(owner: Page, windows: Windows, house: Server, theme: str) -> None:
    """On a phone, in both themes; also where there is nothing any more."""
    link = link_of(dialog(owner))
    window: Window = windows(at=house, width=320, theme=theme)
    window.tolerate("404")
    page = window.tab(link)
    for address in (link, link + "x"):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert sideways(page) == []
        assert barriers(page, strict=True) == []
