"""A chat from the first word to the reload, as somebody has it who knows only other chats."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.views import QUESTION, ask


def test_an_answer_comes_and_is_there_after_a_reload(page: Page) -> None:
    """Under an address of its own."""
    ask(page, QUESTION)
    answer = page.get_by_role("article").last
    expect(answer).to_contain_text("Tea is grown in Assam.")
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}$"))
    page.reload()
    expect(page.get_by_role("article").last).to_contain_text("Tea is grown in Assam.")
    expect(page.get_by_role("textbox", name="Message")).to_have_value("")
