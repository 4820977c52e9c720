"""A chat on paper: all of it, as it is set, and nothing of what is around it; and a far turn before it is set."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.samples import file_of, thread
from tests.browser.talking import answers, field

pytestmark = pytest.mark.slow
PAIRS = 80
ANSWER = "Answer {n} has a **bold word** in it.\n\n" + "It goes on for some lines, so that it takes its room. " * 20


@pytest.fixture(scope="module")
def long_chat(server: Server) -> str:
    """The path of a chat of many pairs."""
    texts = [text for n in range(PAIRS) for text in (f"Question {n}", ANSWER.format(n=n))]
    me = Person(server)
    me.bring(file_of(thread("On paper", *texts)))
    [chat] = [each["id"] for each in me.do("chats.list")["chats"] if each.get("title") == "On paper"]
    return f"/c/{chat}"


def test_the_whole_chat_is_printed_and_nothing_around_it(windows: Windows, long_chat: str) -> None:
    """More pages than one, every answer as prose; neither rail nor composer."""
    page = opened(windows, long_chat)
    sheets = len(re.findall(rb"/Type\s*/Page\b", page.pdf()))
    assert sheets > PAIRS // 8
    assert page.get_by_role("log").locator("strong").count() == PAIRS
    page.emulate_media(media="print")
    expect(answers(page).first).to_be_visible()
    expect(field(page)).to_be_hidden()
    expect(page.get_by_role("complementary")).to_be_hidden()


def test_far_turns_are_found_by_their_words(windows: Windows, long_chat: str) -> None:
    """What is not set yet has no marks in it."""
    page = opened(windows, long_chat)
    expect(page.get_by_role("log")).to_contain_text("Answer 0 has a bold word in it.")
    assert page.get_by_role("log").locator("strong").count() < PAIRS
    assert "**" not in (page.get_by_role("log").text_content() or "")


def opened(windows: Windows, path: str) -> Page:
    """The chat, at its end."""
    page = windows().tab(path)
    expect(answers(page).last).to_contain_text(f"Answer {PAIRS - 1}")
    return page
