"""Where the words stand that an answer cites: they are in sight, in wide tables, long cells and pieces of code."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import THEMES, barriers, clipped, sideways
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.talking import answers

PICTURES = os.environ.get("PARLANCE_SCREENSHOTS", "")
"""As in test_views.py."""
CITED = "Rinse the heron filter twice"
COLUMNS = [f"Column with a long title {number}" for number in range(9)]
WIDE = "\n".join(
    [
        f"| {' | '.join(COLUMNS)} |",
        f"|{' --- |' * len(COLUMNS)}",
        f"| {' | '.join(f'The value {number} of this row is good.' for number in range(8))} | {CITED}. |",
    ]
)
LONG = f"| Code | What to do |\n|---|---|\n| E18 | {'The pump hums and waits. ' * 60}{CITED}. {'It hums. ' * 30}|"
CODE = "\n".join(f"# remark {number}\nstep_{number} = run({number})" for number in range(60))
FENCED = (
    f"# Washer\n\nHow it is run.\n\n```python\n{CODE}\nif heron:\n    # {CITED}\n    rinse()\n{CODE}\n```\n\nThe end.\n"
)
_SEEN = """(mark) => {
  const box = mark.getClientRects()[0];
  for (let at = mark.parentElement; at; at = at.parentElement) {
    if (getComputedStyle(at).overflow === "visible") continue;
    const frame = at.getBoundingClientRect();
    if (box.top < frame.top - 1 || box.bottom > frame.bottom + 1) return false;
    if (at.matches("dialog, [popover]")) break;
    if (box.left < frame.left - 1 || box.left > frame.right - 8) return false;
  }
  return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.left < innerWidth;
}"""
_PAGE = "() => [scrollX, scrollY, document.querySelector('main .scroller').scrollTop]"
_TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"


def shot(page: Page, name: str) -> None:
    """A picture, where some are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", animations="disabled")


def asked(shelf: Server, text: str, size: int = 8000, model: str = "mock-echo") -> str:
    """A chat whose answer cites this document, which is called washer.md: `mock-echo` cites those words alone, where
    `quote` cites a whole row."""
    me = Person(shelf)
    base = me.do("bases.create", name="Washer", embedder="", options={"size": size})["id"]
    me.add(base, "washer.md", text.encode(), "text/markdown")
    question = CITED if model == "quote" else f"{CITED} [1]."
    return me.said(question, models=[model], bases=[base])


def number_in(page: Page) -> Locator:
    """The last number in the answer that leads to a passage."""
    return answers(page).locator("a[data-cite]").last


def in_sight(place: Locator) -> None:
    """Fails where a mark stays hidden by any box that it is in."""
    expect(place).to_have_count(1)
    place.page.wait_for_function(_SEEN, arg=place.element_handle())


@pytest.mark.parametrize("text", [WIDE, LONG], ids=["wide", "long"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1280, 375])
def test_cited_words_are_in_sight_in_the_card_and_in_the_list(
    windows: Windows, shelf: Server, text: str, theme: str, width: int
) -> None:
    """In a column far to the right, and far down in a cell; the card stays while it scrolls itself, the page stays."""
    chat = asked(shelf, text)
    page = windows(at=shelf, width=width, theme=theme).tab(f"/c/{chat}")
    number = number_in(page)
    number.focus()
    mark = page.locator(".peek mark").filter(has_text=CITED)
    expect(mark).to_be_visible()
    page.evaluate(_TWO_FRAMES)
    expect(page.locator(".peek")).to_be_visible()
    kind = "wide" if text == WIDE else "long"
    shot(page, f"cited-peek-{kind}-{theme}-{width}")
    in_sight(mark)
    if width > 1000:  # the answer makes room for what is beside it, which moves it
        number.press("Enter")
        expect(page.get_by_role("complementary", name="Sources").locator("mark")).to_be_visible()
        page.evaluate(_TWO_FRAMES)
    before = page.evaluate(_PAGE)
    number.press("Enter")
    sources = page.get_by_role("complementary" if width > 1000 else "dialog", name="Sources")
    expect(sources.locator("mark").filter(has_text=CITED)).to_be_visible()
    page.evaluate(_TWO_FRAMES)
    in_sight(sources.locator("mark").filter(has_text=CITED))
    assert page.evaluate(_PAGE) == before
    shot(page, f"cited-list-{kind}-{theme}-{width}")
    assert sideways(page) == [] and clipped(page) == [] and barriers(page, strict=True) == []


def test_the_card_closes_when_its_number_is_scrolled_away_and_not_when_something_else_scrolls(
    windows: Windows, shelf: Server
) -> None:
    """What moves beside the answer leaves the card alone; the answer itself takes it along."""
    chat = asked(shelf, WIDE)
    page = windows(at=shelf, width=1280).tab(f"/c/{chat}")
    page.set_viewport_size({"width": 1280, "height": 300})
    card = page.locator(".peek")
    number_in(page).hover()
    expect(card).to_be_visible()
    page.evaluate("() => document.querySelector('.peek [role=group]').scrollTo(0, 0)")
    page.evaluate(_TWO_FRAMES)
    expect(card).to_be_visible()
    page.evaluate(
        "() => { const at = document.querySelector('main .scroller'); at.scrollTop += at.scrollTop ? -40 : 40; }"
    )
    expect(card).to_be_hidden()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1280, 375])
def test_a_piece_of_code_is_drawn_as_code(windows: Windows, shelf: Server, theme: str, width: int) -> None:
    """Cut out of the midst of a fence, its remarks are no headings, and what is indented stays so."""
    chat = asked(shelf, FENCED, 512, "quote")
    page = windows(at=shelf, width=width, theme=theme).tab(f"/c/{chat}")
    number_in(page).focus()
    code = page.locator(".peek pre code").filter(has_text=CITED)
    expect(code).to_contain_text(f"\n    # {CITED}\n    rinse()")
    expect(page.locator(".peek .heading")).to_have_count(0)
    shot(page, f"cited-peek-code-{theme}-{width}")
    number_in(page).press("Enter")
    sources = page.get_by_role("complementary" if width > 1000 else "dialog", name="Sources")
    expect(sources.locator("pre code").filter(has_text=CITED)).to_be_visible()
    assert set(sources.locator(".heading").all_inner_texts()) <= {"Washer"}
    expect(sources).not_to_contain_text("```")
    shot(page, f"cited-list-code-{theme}-{width}")
    assert sideways(page) == [] and clipped(page) == [] and barriers(page, strict=True) == []
