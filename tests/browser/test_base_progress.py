"""How far a document is embedded is seen and heard while it is, without the page being loaded again."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import THEMES, barriers, clipped, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.embedders import Place, embedding
from tests.browser.people import Person

SIZE = 100
SHORT, LONG = 160, 140
"""Passages of two lengths: texts are embedded from the short to the long, and vectors written by 128 at the least."""


@pytest.fixture(scope="module")
def place(serving: Serving) -> Iterator[Place]:
    """One that embeds as fast as the tests let it."""
    with embedding(serving) as place:
        yield place


class Halting(NamedTuple):
    """A document that is being embedded: it halts behind 128 passages, and before the last of its 300."""

    base: str
    name: str
    first: threading.Event
    last: threading.Event


@pytest.fixture
def halting(place: Place) -> Iterator[Halting]:
    """A base of its own for each test and each of its runs."""
    mark = uuid4().hex[:12]
    halts = place.engine.hold(f"first {mark}"), place.engine.hold(f"last {mark}")
    base = Person(place.server).do("bases.create", name=f"Book {mark}", options={"size": SIZE, "overlap": 0})["id"]
    yield Halting(base, f"book-{mark}.txt", *halts)
    for let in halts:
        let.set()


def begin(server: Server, halting: Halting) -> None:
    """Have the document read and embedded."""
    mark = halting.name.removeprefix("book-").removesuffix(".txt")
    short = [f"Passage {n} of those that are short ".ljust(60, ".") for n in range(SHORT - 1)]
    long = [f"Passage {n} of those that are long ".ljust(90, ".") for n in range(LONG - 1)]
    halts = [f"first {mark} ".ljust(61, "."), f"last {mark} ".ljust(91, ".")]
    Person(server).do(
        "documents.add_text", base=halting.base, name=halting.name, text="\n\n".join(short + long + halts)
    )


def told(page: Page, halting: Halting) -> tuple[Locator, Locator]:
    """What the list tells of the document, and how far it is."""
    row = page.get_by_role("list", name="Documents").get_by_role("listitem").filter(has_text=halting.name)
    return row, row.get_by_role("progressbar", name=f"How far {halting.name} is embedded")


def test_the_list_tells_how_far_a_document_is_embedded_until_it_is_ready(
    windows: Windows, place: Place, halting: Halting
) -> None:
    """In words and by a bar that voices read, which grow while one looks; then it says what is in it as always."""
    page = windows(at=place.server).tab(f"/bases/{halting.base}")
    expect(page.get_by_text("No documents yet.", exact=False)).to_be_visible()
    begin(place.server, halting)
    row, bar = told(page, halting)
    words = "Being embedded: 128 of 300 passages"
    expect(row).to_contain_text(words)
    expect(bar).to_have_attribute("aria-valuetext", words)
    assert bar.evaluate("(bar) => bar.value / bar.max") == pytest.approx(128 / 300)
    assert barriers(page, strict=True) == []
    halting.first.set()
    expect(row).to_contain_text(re.compile(r"Being embedded: 2\d\d of 300 passages"))
    halting.last.set()
    expect(row).to_contain_text("300 passages ·")
    expect(bar).to_have_count(0)


def test_a_document_that_is_open_tells_how_far_it_is_embedded(windows: Windows, place: Place, halting: Halting) -> None:
    """Somebody who opened it before it is ready sees why its text is not there yet, in Chinese as well."""
    begin(place.server, halting)
    page = windows(at=place.server, language="zh-CN").tab(f"/bases/{halting.base}")
    page.get_by_role("link", name=halting.name).click()
    words = page.get_by_text("正在生成向量：已完成 128 个段落，共 300 个")
    expect(words).to_be_visible()
    assert words.get_attribute("role") is None, "figures that change every few seconds are not spoken each time"
    bar = page.get_by_role("progressbar", name=f"{halting.name} 的向量生成进度")
    expect(bar).to_have_attribute("aria-valuetext", re.compile("128"))
    halting.first.set()
    halting.last.set()
    expect(page.locator("article")).to_contain_text("of those that are long")
    expect(bar).to_have_count(0)


@pytest.mark.parametrize(("theme", "width"), tuple(product(THEMES, (375, 1280))))
def test_the_progress_fits_and_bars_nobody(
    windows: Windows, place: Place, halting: Halting, theme: str, width: int
) -> None:
    """On a phone and on a desk, light and dark."""
    begin(place.server, halting)
    page = windows(at=place.server, theme=theme, width=width).tab(f"/bases/{halting.base}")
    _, bar = told(page, halting)
    expect(bar).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
