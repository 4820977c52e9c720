"""A base whose embedder became another model under its name has a way on in the page: to embed everything again; and a
way back from there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.browsing import THEMES, barriers, clipped, misplaced, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.embedders import EMBEDDER, Place, embedding
from tests.browser.people import Person
from tests.browser.talking import button, choose, dialog

AGAIN = "Embed everything again"
QUESTION = "Embed everything again?"
STOP = "Stop embedding"
DOUBT = "Stop embedding?"
STOPPED = "Embedding was stopped."
CHANGED = f"Another model goes by the name {EMBEDDER} now"
BEGUN = "Everything is being embedded again."


@pytest.fixture(scope="module")
def place(serving: Serving) -> Iterator[Place]:
    """One whose embedder may become another."""
    with embedding(serving) as place:
        yield place


class Gone(NamedTuple):
    """A base of one document, which it was embedded with a model that is not there any more: another has its name."""

    base: str
    name: str
    let: threading.Event
    """What the model waits for before it embeds that document."""


@pytest.fixture
def gone(place: Place) -> Iterator[Gone]:
    """Of its own for each test and each of its runs."""
    mark, me = uuid4().hex[:12], Person(place.server)
    place.engine.length = 8
    base = me.do("bases.create", name=f"Leaves {mark}")["id"]
    me.add(base, f"tea-{mark}.txt", f"Tea {mark} is grown in Assam.".encode())
    place.engine.length = 6
    # The first to ask is whoever looks whether it is another model that goes by its name.
    let = place.engine.hold(f"Tea {mark}", spared=1)
    yield Gone(base, f"Leaves {mark}", let)
    let.set()


def met(place: Place, gone: Gone) -> None:
    """Have a search meet what has become of the embedder."""
    found = Person(place.server).do("bases.retrieve", base=gone.base, query="tea")
    assert found["problem"] == "embedder_dimension"


def test_everything_is_embedded_again_from_the_settings_of_a_base(windows: Windows, place: Place, gone: Gone) -> None:
    """Once a search has met it; a question says before what it means, and what has begun is said in its place."""
    page = windows(at=place.server).tab(f"/bases/{gone.base}/search?q=tea")
    expect(page.get_by_role("searchbox", name="Question")).to_have_value("tea")
    expect(button(page, AGAIN)).to_have_count(0)
    page.get_by_role("searchbox", name="Question").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(CHANGED)
    assert barriers(page, strict=True) == []
    choose(page, "More of this base", "Settings of the base")
    settings = dialog(page, "Settings of the base")
    expect(settings).to_contain_text(CHANGED)
    _asked(page)
    button(dialog(page, QUESTION), AGAIN).click()
    expect(settings.get_by_text(BEGUN)).to_be_focused()
    expect(button(settings, AGAIN)).to_have_count(0)
    button(settings, "Cancel").click()
    expect(page.get_by_text(f"is being embedded anew by {EMBEDDER}")).to_be_visible()
    expect(button(page, "Keep the present model")).to_have_count(0)
    gone.let.set()
    expect(page.get_by_text(f"is being embedded anew by {EMBEDDER}")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.get_by_role("searchbox", name="Question").press("Enter")
    expect(page.get_by_role("region", name="What was found").get_by_text("meaning", exact=True)).to_be_visible()


def _asked(page: Page) -> None:
    """By the keys: the question says what would be done, and Escape leaves all as it is."""
    again = button(dialog(page, "Settings of the base"), AGAIN)
    again.focus()
    page.keyboard.press("Enter")
    question = dialog(page, QUESTION)
    expect(question).to_contain_text(f"1 document with 1 passage is embedded by {EMBEDDER}")
    expect(question).to_contain_text("searching is poorer")
    assert (barriers(page, strict=True), misplaced(page)) == ([], [])
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(again).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_be_visible()


def begun(place: Place, gone: Gone) -> None:
    """Have everything embedded again, of two documents the one that the model does not wait for."""
    me = Person(place.server)
    place.engine.length = 8
    me.add(gone.base, f"rice-{gone.base}.txt", f"Rice {gone.base} is grown in Bihar.".encode())
    place.engine.length = 6
    assert me.do("bases.change", base=gone.base, embedder=EMBEDDER)["coming"] == EMBEDDER


def test_it_is_seen_how_far_it_is_and_can_be_stopped(windows: Windows, place: Place, gone: Gone) -> None:
    """A question says before what is lost; then the base says what it said before, and has its way on."""
    begun(place, gone)
    page = windows(at=place.server).tab(f"/bases/{gone.base}")
    expect(page.get_by_text("Being embedded: 1 of 2 passages")).to_be_visible()
    bar = page.get_by_role("progressbar", name=f"How far {gone.name} is embedded")
    expect(bar).to_have_attribute("aria-valuetext", "Being embedded: 1 of 2 passages")
    assert barriers(page, strict=True) == []
    button(page, STOP).click()
    expect(dialog(page, DOUBT)).to_contain_text("What has been embedded so far is dropped.")
    assert barriers(page, strict=True) == []
    button(dialog(page, DOUBT), STOP).click()
    expect(page.get_by_text(STOPPED)).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text(CHANGED)
    expect(bar).to_have_count(0)
    expect(button(page, STOP)).to_have_count(0)
    expect(button(page, AGAIN)).to_be_visible()
    assert barriers(page, strict=True) == []


def test_whoever_looks_at_it_sees_it_come_to_its_end(windows: Windows, place: Place, gone: Gone) -> None:
    """In Chinese; nothing is left to stop then."""
    begun(place, gone)
    page = windows(at=place.server, language="zh-CN").tab(f"/bases/{gone.base}")
    expect(page.get_by_text("正在生成向量：已完成 1 个段落，共 2 个")).to_be_visible()
    bar = page.get_by_role("progressbar", name=f"{gone.name} 的向量生成进度")
    expect(bar).to_be_visible()
    button(page, "停止生成向量").click()
    expect(dialog(page, "停止生成向量？")).to_contain_text("只按字词搜索")
    page.keyboard.press("Escape")
    gone.let.set()
    expect(bar).to_have_count(0)
    expect(button(page, "停止生成向量")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_base_whose_embedder_fits_again_says_that_nothing_had_to_be_done(
    windows: Windows, place: Place, gone: Gone
) -> None:
    """The old model came back meanwhile; asked in Chinese, beside the documents."""
    met(place, gone)
    page = windows(at=place.server, language="zh-CN").tab(f"/bases/{gone.base}")
    button(page, "全部重新生成向量").click()
    question = dialog(page, "全部重新生成向量？")
    expect(question).to_contain_text("1 个文档、1 个段落")
    place.engine.length = 8
    gone.let.set()
    button(question, "全部重新生成向量").click()
    expect(page.get_by_text("模型又与知识库相符了，无需重新生成向量。")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_list_of_bases_tells_which_of_them_wants_it(windows: Windows, place: Place, gone: Gone) -> None:
    """So that nobody has to open each."""
    met(place, gone)
    page = windows(at=place.server).tab("/bases")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=gone.name))
    expect(row).to_contain_text(CHANGED)


@pytest.mark.parametrize(("theme", "width"), tuple(product(THEMES, (375, 1280))))
def test_the_way_on_fits_and_bars_nobody(windows: Windows, place: Place, gone: Gone, theme: str, width: int) -> None:
    """On a phone and on a desk, light and dark: in the page, in the settings, and the question; and what is there while
    it goes on."""
    met(place, gone)
    page = windows(at=place.server, theme=theme, width=width).tab(f"/bases/{gone.base}")
    expect(button(page, AGAIN)).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
    choose(page, "More of this base", "Settings of the base")
    settings = dialog(page, "Settings of the base")
    expect(button(settings, AGAIN)).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
    button(settings, AGAIN).click()
    expect(dialog(page, QUESTION)).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
    button(dialog(page, QUESTION), AGAIN).click()
    expect(button(settings, STOP)).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
    button(settings, "Cancel").click()
    expect(page.get_by_text("Being embedded: 0 of 1 passage")).to_be_visible()
    assert (sideways(page), clipped(page), barriers(page, strict=True)) == ([], [], [])
