"""A session that ends from elsewhere while an answer comes: the page says so, asks to sign in, and goes on there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Serving, Windows
from tests.browser.people import PASSWORD, Person, enter, first
from tests.browser.talking import CHAT, answers, button, questions
from tests.browser.ways import ask, entry

pytestmark = pytest.mark.slow


def test_whoever_is_signed_out_elsewhere_is_told_and_goes_on_there(windows: Windows, serving: Serving) -> None:
    """Once by another tab's sign-out, once by the session's end; nothing is asked again and again."""
    server = serving()
    first(server)
    window = enter(windows(at=server, prefs={"model": "mock-idle"}))
    window.tolerate("401|ERR_INCOMPLETE_CHUNKED")
    page = entry(window)
    ask(page, "Go on and on.")
    expect(answers(page).last).to_contain_text("tok0")
    expect(page).to_have_url(CHAT)
    place = page.url
    other = window.tab("/settings/profile")
    button(other, "Sign out").click()
    expect(other.get_by_role("heading", level=1, name="Sign in")).to_be_visible()
    expect(other.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("alert")).to_contain_text("Your session here has ended")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_label("E-mail address or name").fill("Ada")
    page.wait_for_timeout(1_500)  # Three times what a broken line waits: what would be asked again would be by now.
    assert asked == []
    page.get_by_label("Password").fill(PASSWORD)
    button(page, "Sign in").click()
    expect(page).to_have_url(place)
    expect(questions(page).first).to_contain_text("Go on and on.")
    me = Person.at(server.url)
    me.token = me.do("accounts.sign_in", account="Ada", password=PASSWORD)["token"]
    me.do("accounts.sign_out_everywhere")
    expect(page.get_by_role("alert")).to_contain_text("Your session here has ended")
