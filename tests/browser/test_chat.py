"""A chat from the first word to the reload, as somebody has it who knows only other chats, at a desk and on a phone."""

from __future__ import annotations

import itertools
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.browsing import sideways
from tests.browser.conftest import Windows
from tests.browser.talking import CHAT, answers, button, dialog, field, reads, rested, say, words
from tests.browser.views import QUESTION, ask
from tests.naming import fresh

GROWN = """(place) => {
  window.grown = [];
  new MutationObserver(() => window.grown.push(place.innerText)).observe(place, { subtree: true, childList: true,
    characterData: true });
}"""


def test_an_answer_comes_and_is_there_after_a_reload(page: Page) -> None:
    """Under an address of its own."""
    ask(page, QUESTION)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("Tea is grown in Assam.")
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    page.reload()
    expect(page.get_by_role("article").last).to_contain_text("Tea is grown in Assam.")
    expect(page.get_by_role("textbox", name="Message")).to_have_value("")


@pytest.mark.slow
def test_an_answer_grows_by_whole_words_and_never_shrinks(windows: Windows) -> None:
    """From the first one on: each sight of it is the begin of the next."""
    page = windows(prefs={"model": "mock-p40-n60"}).tab("/")
    say(page, "Grow")
    expect(answers(page)).to_be_visible()
    page.get_by_role("log").evaluate(GROWN)
    rested(page)
    reads(answers(page), words(60))
    sights = [sight for seen in page.evaluate("window.grown") if (sight := " ".join(re.findall(r"tok\d+", seen)))]
    assert len(set(sights)) > 5
    assert all(words(60).startswith(sight) for sight in sights)
    assert all(len(before) <= len(after) for before, after in itertools.pairwise(sights))


@pytest.mark.slow
def test_the_waiting_line_says_what_is_waited_for(windows: Windows) -> None:
    """In words, where the answer will be."""
    page = windows(prefs={"model": "mock-d2000"}).tab("/")
    say(page, "Wait for it")
    expect(answers(page)).to_contain_text(re.compile("Reading|Waiting for mock-d2000|Next in line"))
    expect(answers(page)).to_contain_text(words(8))
    expect(answers(page)).not_to_contain_text(re.compile("Reading|Waiting"))


def test_whoever_writes_before_the_models_are_listed_gets_the_one_they_chose(windows: Windows) -> None:
    """And not the server's default, which is another here."""
    window = windows(prefs={"model": "mock-echo"})
    held: list[Route] = []
    window.context.route("**/models.list", lambda route: held.append(route))
    page = window.tab("/")
    say(page, "Quicker than the list")
    expect(page.get_by_role("article", name="Answer by mock-echo", exact=True)).to_contain_text("Quicker than the list")
    assert held
    window.context.unroute("**/models.list")  # which lets go of those that were held
    page.get_by_role("button", name="Model: mock-echo").click()
    expect(page.get_by_role("group", name="Choose a model").get_by_role("button", name="quote")).to_be_visible()


def test_thoughts_stand_folded_before_the_answer(windows: Windows) -> None:
    """They can be opened, and are not taken for what was said."""
    page = windows(prefs={"model": "mock-think"}).tab("/")
    say(page, "Think first")
    expect(answers(page)).to_contain_text(words(8))
    thoughts = answers(page).get_by_text("The user greets me. I greet back.")
    expect(thoughts).to_be_hidden()
    answers(page).get_by_text("Thoughts", exact=True).click()
    expect(thoughts).to_be_visible()
    reads(answers(page), words(8))


def test_a_chat_on_a_phone(windows: Windows) -> None:
    """Its title, the rail and the ledger as sheets over it, and nothing beyond the edge."""
    said = fresh("Small as a stamp")
    page = windows(width=320, prefs={"model": "mock"}).tab("/")
    field(page).fill(said)
    button(page, "Send").click()
    expect(answers(page)).to_contain_text(words(8))
    expect(page.get_by_role("heading", level=1)).to_have_text(said)
    rested(page)
    expect(page).to_have_title(f"{said} · Parlance")
    assert sideways(page) == []
    answers(page).get_by_role("button", name=re.compile("saw")).click()
    ledger = dialog(page, "What the model saw")
    expect(ledger).to_contain_text("What went in")
    expect(ledger.get_by_role("listitem").filter(has_text=said)).to_be_visible()
    assert sideways(page) == []
    button(ledger, "Close").click()
    expect(ledger).to_have_count(0)
    button(page, "Show chats").click()
    rail = dialog(page, "Chats")
    expect(rail.get_by_role("link", name=said)).to_be_visible()
    assert sideways(page) == []
    rail.get_by_role("link", name="New chat").click()
    expect(rail).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_have_text("New chat")
    button(page, "Show chats").click()
    rail.get_by_role("link", name=said).click()
    expect(rail).to_have_count(0)
    expect(page).to_have_url(CHAT)
    expect(answers(page)).to_contain_text(words(8))


@pytest.mark.parametrize("width", [320, 1440])
def test_a_chat_has_its_title_before_its_first_answer_ends(windows: Windows, width: int) -> None:
    """It is never called Untitled, however soon the next message is sent."""
    page = windows(width=width, prefs={"model": "mock"}).tab("/")
    page.evaluate(
        """() => {
          window.titles = [];
          new MutationObserver(() => window.titles.push(document.querySelector("h1")?.textContent))
            .observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    for text in ("A name of its own", "Another question"):
        field(page).fill(text)
        button(page, "Send").click()
        expect(page.get_by_role("article").filter(has_text=text)).to_be_visible()
        rested(page)
    expect(answers(page)).to_have_count(2)
    expect(page.get_by_role("heading", level=1)).to_have_text("A name of its own")
    assert set(page.evaluate("window.titles")) <= {"New chat", "A name of its own"}
