"""What was said is found again, and everything that can be done is found by its name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.conftest import Serving, Windows
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.views import ask, entry

LONG = [f"Line {number} of a talk about gardens." for number in range(60)]
LONG[3] = "The saffron is sown in August."
LONG[5] = "我喜欢喝绿茶。"


@pytest.fixture(scope="module")
def library(serving: Serving) -> Server:
    """A server with three threads."""
    server = serving()
    Person(server).bring(
        file_of(thread("Gardening", *LONG), thread("Recipes", "Soup?", "With leek."), thread("茶叶", "Tea?", "Yes."))
    )
    return server


@pytest.fixture
def reading(windows: Windows, library: Server) -> Page:
    """A window at that server."""
    page = entry(windows(at=library))
    expect(page.get_by_role("link", name="Gardening").first).to_be_visible()
    return page


def found(page: Page, words: str) -> Locator:
    """The hits for these words, as links."""
    page.get_by_role("searchbox", name="Search titles and text").fill(words)
    expect(page.get_by_role("status").filter(has_text=re.compile(r"result|Nothing"))).to_be_visible()
    return page.get_by_role("navigation", name="Chats").get_by_role("listitem").get_by_role("link")


@pytest.mark.parametrize("words, said", [("saffron", LONG[3]), ("绿茶", LONG[5])], ids=["english", "chinese"])
def test_a_hit_in_the_text_opens_the_thread_at_the_message(reading: Page, words: str, said: str) -> None:
    """Far up in a long thread; a word of two Chinese characters is enough."""
    hits = found(reading, words)
    expect(hits).to_have_count(1)
    expect(hits).to_contain_text(["Gardening"])
    hits.click()
    expect(reading).to_have_url(re.compile(r"/c/[0-9a-f-]{36}\?turn="))
    expect(reading.get_by_text(said, exact=True).last).to_be_in_viewport()
    expect(reading.get_by_text(LONG[-1])).not_to_be_in_viewport()


def test_a_hit_in_a_title_says_so(reading: Page) -> None:
    """And nothing found is said as well; Escape gives the list back."""
    hits = found(reading, "recip")
    expect(hits).to_contain_text(["In the title"])
    found(reading, "aardvark")
    expect(reading.get_by_text("Nothing was found.")).to_be_visible()
    reading.keyboard.press("Escape")
    expect(reading.get_by_role("link", name="Recipes").first).to_be_visible()


def test_the_search_is_reached_and_left_by_keyboard(reading: Page) -> None:
    """Ctrl+Shift+F, words, the arrow down, Enter."""
    reading.keyboard.press("Control+Shift+F")
    reading.keyboard.type("leek")
    expect(reading.get_by_text("1 result")).to_be_visible()
    reading.keyboard.press("ArrowDown")
    reading.keyboard.press("Enter")
    expect(reading.get_by_role("log").get_by_text("With leek.", exact=True)).to_be_in_viewport()


def test_the_same_hit_jumps_again(reading: Page) -> None:
    """Somebody scrolled away meanwhile."""
    found(reading, "saffron").click()
    place = reading.get_by_text(LONG[3], exact=True).last
    expect(place).to_be_in_viewport()
    reading.get_by_role("log").press("End")
    expect(reading.get_by_text(LONG[-1], exact=True)).to_be_in_viewport()
    reading.get_by_role("navigation", name="Chats").get_by_role("listitem").get_by_role("link").click()
    expect(place).to_be_in_viewport()
    ask(reading, "And then?")
    expect(reading.get_by_role("article").last).to_be_in_viewport()
    expect(place).not_to_be_in_viewport()


def palette(page: Page, words: str) -> Locator:
    """The lines of the palette for these words."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill(words)
    return page.get_by_role("option")


def test_the_palette_finds_threads(reading: Page) -> None:
    """Enter opens the first."""
    expect(palette(reading, "gardening")).to_contain_text(["Gardening"])
    reading.keyboard.press("Enter")
    expect(reading.get_by_role("heading", level=1, name="Gardening")).to_be_visible()


def test_the_palette_finds_models_settings_and_actions(reading: Page) -> None:
    """With their shortcuts, and without the letters in between."""
    expect(palette(reading, "mock-thi")).to_contain_text(["mock-think"])
    reading.keyboard.press("Enter")
    expect(reading.get_by_role("button", name="Model: mock-think")).to_be_visible()
    expect(palette(reading, "queue")).to_contain_text(["Queue and cache"])
    reading.keyboard.press("Enter")
    expect(reading.get_by_role("heading", level=1, name="Queue and cache")).to_be_visible()
    lines = palette(reading, "new chat")
    expect(lines.first).to_contain_text("New chat")
    expect(lines.first).to_contain_text("Ctrl+Shift+O")
    reading.keyboard.press("Enter")
    expect(reading.get_by_role("textbox", name="Message")).to_be_focused()


def test_the_palette_says_when_nothing_fits_and_gives_the_place_back(reading: Page) -> None:
    """Escape closes it; who wrote goes on writing."""
    reading.get_by_role("textbox", name="Message").focus()
    expect(palette(reading, "zzzzqqq")).to_have_count(0)
    expect(reading.get_by_text("Nothing fits.")).to_be_visible()
    reading.keyboard.press("Escape")
    expect(reading.get_by_role("dialog")).to_have_count(0)
    expect(reading.get_by_role("textbox", name="Message")).to_be_focused()


@pytest.mark.parametrize("words", ["export and import", "new folder", "search chats", "archive"])
def test_what_the_rail_does_is_in_the_palette_where_no_rail_is_shown(
    windows: Windows, library: Server, words: str
) -> None:
    """On a phone, where it is a drawer."""
    page = entry(windows(at=library, width=320))
    expect(palette(page, words).first).to_be_visible()
    page.keyboard.press("Enter")
    archive = page.get_by_role("navigation", name="Chats").get_by_text("Archive", exact=True)
    shown = {"search chats": page.get_by_role("searchbox"), "archive": archive}
    expect(shown.get(words, page.get_by_role("dialog").filter(has_text=re.compile(words, re.I)))).to_be_visible()
