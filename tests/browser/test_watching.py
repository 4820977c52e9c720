"""The window that all tests here look through sees what goes wrong."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from parlance.testing.servers import Server
from tests.browser.browsing import Window, barriers, looks, sideways
from tests.browser.conftest import Serving, Windows


def test_an_error_of_the_console_and_a_request_to_elsewhere_end_a_test(browser: Browser, server: Server) -> None:
    """The policy stops the request as well; a message that was expected is let pass."""
    window = Window(browser, server.url, {}, **looks())
    page = window.tab("/")
    page.evaluate("console.error('expected'); console.error('a defect'); setTimeout(() => { throw Error('thrown') })")
    page.evaluate("fetch('http://127.0.0.1:9/').catch(() => 0)")
    window.tolerate("expected")
    with pytest.raises(AssertionError) as told:
        window.close()
    assert "a defect" in str(told.value) and "thrown" in str(told.value) and "127.0.0.1:9" in str(told.value)
    assert "expected" not in str(told.value)


def test_what_reaches_beyond_the_edge_is_found(windows: Windows) -> None:
    """But not what scrolls in a box of its own."""
    page = windows(width=320).tab("/")
    expect(page.get_by_role("main")).to_be_visible()
    page.evaluate("""() => {
      const wide = (parent, id) => {
        const made = document.createElement("p");
        made.id = id;
        made.style.whiteSpace = "nowrap";
        made.textContent = "x".repeat(400);
        parent.append(made);
      };
      const box = document.createElement("div");
      box.style.overflowX = "auto";
      document.body.append(box);
      wide(box, "inside");
      wide(document.body, "outside");
    }""")
    assert [found for found in sideways(page) if "outside" in found]
    assert not [found for found in sideways(page) if "inside" in found]


def test_what_keeps_somebody_out_is_found(windows: Windows) -> None:
    """With its place."""
    page = windows().tab("/")
    expect(page.get_by_role("main")).to_be_visible()
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [found for found in barriers(page) if found.startswith("button-name")]


def test_the_page_works_below_a_sub_path(serving: Serving, windows: Windows) -> None:
    """Its files, its addresses and what it asks the server for."""
    window = windows(at=serving(toml='[server]\nbase_path = "/ai"\n'))
    page = window.tab("/ai/settings")
    expect(page.get_by_role("main")).to_be_visible()
    page.goto("/ai")
    field = page.get_by_role("textbox", name="Message")
    field.fill("Tea is grown in Assam.")
    field.press("Enter")
    expect(page.get_by_role("article").last).to_contain_text("tok7")
    expect(page).to_have_url(re.compile(r"[0-9]/ai/c/[0-9a-f-]{36}$"))
