"""The drawing of a graph writes no name over another; those that it leaves out are read when somebody points there."""

from __future__ import annotations

import json
import re
from itertools import product
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import THEMES, barriers, clipped, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.graphs import grown
from tests.browser.people import Person

WORKS, LAMPS = 6, 5
"""So many works with so many lamps each: 36 names of some length, more than there is room for."""
LAID_OVER = """(svg) => {
  const boxes = [...svg.querySelectorAll("text")].map((each) => [each.textContent, each.getBoundingClientRect()]);
  const meet = (one, other) => one.left < other.right && other.left < one.right
    && one.top + 1 < other.bottom - 1 && other.top + 1 < one.bottom - 1;
  return boxes.flatMap(([name, box], n) =>
    boxes.slice(0, n).filter(([, other]) => meet(box, other)).map(([other]) => [name, other]));
}"""
UNNAMED = """(svg) => [...svg.querySelectorAll("a")]
  .filter((each) => {
    const box = each.querySelector("circle:not(.ring)").getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !each.querySelector("text") && top?.closest("a") === each;
  })
  .map((each) => each.getAttribute("aria-label"))"""
"""Those whose names are not written, and which nothing lies over."""


@pytest.fixture(scope="module")
def crowd(serving: Serving) -> Server:
    """A server that draws graphs."""
    return serving(toml='[models]\ndefault = "mock-echo"\n[knowledge]\ngraph = true\n')


@pytest.fixture
def base(crowd: Server) -> str:
    """A base of its own for each test and each of its runs, whose graph is crowded."""
    me, mark = Person(crowd), uuid4().hex[:8]
    graph = {"enabled": True, "model": "mock-echo"}
    made: str = me.do("bases.create", name=f"Crowd {mark}", embedder="", graph=graph)["id"]
    for number in range(WORKS):
        me.add(made, f"works-{number}.txt", drawn(number).encode())
    grown(me, made, WORKS)
    return made


def drawn(number: int) -> str:
    """What is read in a document: a work, its lamps, and where it stands."""
    work = f"Lamp works number {number}"
    lamps = [f"Lantern {number}{letter} of brass" for letter in "ABCDE"[:LAMPS]]
    entities = [{"name": name, "kind": "thing"} for name in (work, "Lyon", *lamps)]
    related = [{"source": work, "target": name, "kind": "makes", "strength": 8} for name in (*lamps, "Lyon")]
    return json.dumps({"entities": entities, "relations": related})


def opened(windows: Windows, crowd: Server, base: str, **look: object) -> tuple[Page, Locator]:
    """The graph, and its drawing."""
    page = windows(at=crowd, **look).tab(f"/bases/{base}/graph")
    drawing = page.get_by_role("group", name=re.compile("^Drawing of the graph"))
    expect(drawing.get_by_role("link")).to_have_count(1 + WORKS * (1 + LAMPS))
    return page, drawing


@pytest.mark.parametrize(("theme", "width"), tuple(product(THEMES, (375, 1280))))
def test_no_name_lies_over_another(windows: Windows, crowd: Server, base: str, theme: str, width: int) -> None:
    """On a phone and on a desk, light and dark; the one that most passages speak of is always written."""
    page, drawing = opened(windows, crowd, base, theme=theme, width=width)
    expect(drawing.locator("text", has_text="Lyon")).to_be_visible()
    assert drawing.evaluate(LAID_OVER) == []
    assert drawing.locator("text").count() > 5
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])


def test_a_name_that_is_not_written_is_read_where_somebody_points(windows: Windows, crowd: Server, base: str) -> None:
    """At its point or in the list; Escape and going elsewhere take it away, and a click on it leads there."""
    page, drawing = opened(windows, crowd, base, width=375, has_touch=False)
    name = drawing.evaluate(UNNAMED)[0]
    there = drawing.get_by_role("link", name=name, exact=True)
    sign = drawing.locator("text", has_text=name)
    expect(sign).to_have_count(0)
    there.locator("circle").last.hover()
    expect(sign).to_be_visible()
    page.keyboard.press("Escape")
    expect(sign).to_have_count(0)
    listed = page.get_by_role("region", name="Most spoken of").get_by_role("link", name=name, exact=True)
    listed.focus()
    expect(sign).to_be_visible()
    page.keyboard.press("Tab")
    expect(sign).to_have_count(0)
    there.locator("circle").last.hover()
    sign.click()
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_the_keys_go_from_name_to_name(windows: Windows, crowd: Server, base: str) -> None:
    """The drawing is one stop of the tab key; the arrows reach every entity, by its name, and Enter opens it."""
    page, drawing = opened(windows, crowd, base, width=375)
    names = page.get_by_role("region", name="Most spoken of").get_by_role("link").all_inner_texts()
    page.get_by_role("searchbox", name="Find by name").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    for name in names:
        here = drawing.get_by_role("link", name=name, exact=True)
        expect(here).to_be_focused()
        expect(drawing.locator("text", has_text=name)).to_have_count(1)
        page.keyboard.press("ArrowRight")
    expect(here).to_be_focused()
    page.keyboard.press("Home")
    expect(drawing.get_by_role("link", name=names[0], exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    assert barriers(page, strict=True) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=names[1], exact=True)).to_be_visible()
