"""The graph of a base is switched on, grows before one's eyes, and leads to passages: by pointer, key and voice."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers
from tests.browser.conftest import Serving, Windows
from tests.browser.graphs import DRAWN, grown
from tests.browser.people import Person, emptied
from tests.browser.talking import button, choose


@pytest.fixture(scope="module")
def workshop(serving: Serving) -> Server:
    """A server that draws graphs."""
    return serving(toml='[models]\ndefault = "mock-echo"\n[knowledge]\ngraph = true\n')


@pytest.fixture
def lamps(workshop: Server) -> Server:
    """That server, with a single base that has no graph yet."""
    me = Person(emptied(workshop))
    base = me.do("bases.create", name="Lamps", embedder="")["id"]
    for name, text in DRAWN.items():
        me.add(base, name, text.encode())
    return workshop


def test_a_graph_is_switched_on_and_leads_to_the_passages(windows: Windows, lamps: Server) -> None:
    """It is drawn while one looks; an entity tells what it is related to, and opens where it stands."""
    page = windows(at=lamps).tab("/bases")
    page.get_by_role("link", name="Lamps").click()
    expect(page.get_by_role("link", name="Graph", exact=True)).to_have_count(0)
    choose(page, "More of this base", "Settings of the base")
    page.get_by_role("checkbox", name="Draw a graph of what is in it").check()
    button(page, "Save").click()
    page.get_by_role("link", name="Graph", exact=True).click()
    entities = page.get_by_role("region", name="Most spoken of")
    expect(entities.get_by_role("link")).to_have_count(7)
    expect(page.get_by_role("status").filter(has_text="7 entities")).to_contain_text("6 relations")
    assert barriers(page, strict=True) == []
    _find(page)
    _follow(page)
    page.get_by_role("link", name="lamp.txt").click()
    expect(page.locator("mark")).to_be_visible()


def _find(page: Page) -> None:
    """By a piece of a name, which stands in the address, and back."""
    page.get_by_role("searchbox", name="Find by name").fill("lant")
    button(page, "Find").click()
    expect(page.get_by_role("region", name="Most spoken of").get_by_role("link")).to_have_count(1)
    expect(page).to_have_url(re.compile("piece=lant"))
    page.get_by_role("searchbox", name="Find by name").fill("nobody")
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox", name="Find by name")).to_be_focused()
    expect(page.get_by_text("No name in the graph has that in it.")).to_be_visible()
    page.get_by_role("link", name="Back to those that most passages speak of").press("Enter")
    expect(page.get_by_role("heading", name="Most spoken of")).to_be_focused()


def _follow(page: Page) -> None:
    """From one entity to the next by keys, and by a click into the drawing."""
    page.get_by_role("region", name="Most spoken of").get_by_role("link", name="Acme Works").focus()
    page.keyboard.press("Enter")
    acme = page.get_by_role("region", name="Acme Works")
    expect(acme.get_by_role("heading", name="Acme Works")).to_be_focused()
    expect(acme.get_by_role("link", name="Lyon")).to_be_visible()
    expect(acme.get_by_text("← built by")).to_be_visible()
    assert barriers(page, strict=True) == []
    page.locator("svg text", has_text="Lantern X2").click()
    expect(page.get_by_role("region", name="Lantern X2").get_by_role("link", name="Acme Works")).to_be_visible()


def test_an_answer_says_which_way_the_graph_led(windows: Windows, lamps: Server) -> None:
    """Beside the passage that it brought."""
    me = Person(lamps)
    [base] = [each["id"] for each in me.do("bases.list")["bases"]]
    me.do("bases.change", base=base, graph={"enabled": True})
    grown(me, base, len(DRAWN))
    chat = me.said("What about Paris?", bases=[base], models=["quote"])
    page = windows(at=lamps).tab(f"/c/{chat}")
    page.get_by_role("link", name=re.compile("^Passage 1")).first.click()
    page.get_by_text(re.compile("found, not cited|not cited")).first.click()
    expect(page.get_by_text("by the graph: Paris → Lyon").first).to_be_visible()


def test_the_search_test_says_which_way_the_graph_led(windows: Windows, lamps: Server) -> None:
    """And finds less when it does not follow it."""
    me = Person(lamps)
    [base] = [each["id"] for each in me.do("bases.list")["bases"]]
    me.do("bases.change", base=base, graph={"enabled": True})
    grown(me, base, len(DRAWN))
    page = windows(at=lamps).tab(f"/bases/{base}/search?q=Paris")
    field = page.get_by_role("searchbox", name="Question")
    field.press("Enter")
    expect(page.get_by_text("by the graph: Paris → Lyon").first).to_be_visible()
    found = page.get_by_role("region", name="What was found").get_by_role("listitem")
    expect(found).to_have_count(2)
    page.get_by_text("Options").click()
    page.get_by_role("checkbox", name="Follow the graph").uncheck()
    field.press("Enter")
    expect(found).to_have_count(1)
