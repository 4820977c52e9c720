"""On a phone: an answer's buttons stand in one row, and what has no room there is in its menu."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.talking import answers, button, rested
from tests.browser.ways import QUESTION, ask, entry

FRAMES = """() => new Promise((done) => {
  let left = 6;
  const next = () => (left-- ? requestAnimationFrame(next) : done());
  next();
})"""
"""What moves after a change has moved by then."""
pytestmark = pytest.mark.slow


@pytest.fixture
def page(windows: Windows) -> Page:
    """A phone with an answer that was stopped, which has every button that there is."""
    page = entry(windows(width=320, prefs={"model": "mock-idle"}))
    ask(page, "Go on and on.")
    expect(answers(page).last).to_contain_text("tok0")
    button(page, "Stop").click()
    rested(page)
    return page


def test_the_buttons_of_an_answer_are_one_row(page: Page) -> None:
    """All as high as each other, none beyond the edge, and each large enough for a finger."""
    row = answers(page).last.get_by_role("group", name="What to do with this answer")
    boxes = [one.bounding_box() for one in row.get_by_role("button").all()]
    assert len(boxes) == 5 and len({box["y"] for box in boxes if box}) == 1
    assert all(box and box["width"] >= 44 and box["height"] >= 44 and box["x"] + box["width"] <= 320 for box in boxes)


def test_what_has_no_room_is_in_the_menu_and_reached_by_keys(page: Page) -> None:
    """It is kept, and the menu says so the next time."""
    more = button(answers(page).last, "More")
    more.focus()
    page.keyboard.press("Enter")
    good = page.get_by_role("menuitemcheckbox", name="Good answer")
    expect(good).to_have_attribute("aria-checked", "false")
    page.keyboard.press("g")
    expect(good).to_be_focused()
    page.keyboard.press("Enter")
    expect(more).to_be_focused()
    page.keyboard.press("Enter")
    expect(good).to_have_attribute("aria-checked", "true")


def test_a_question_that_is_edited_is_seen_whole(windows: Windows) -> None:
    """None of its lines is cut off, and it is not scrolled away."""
    page = entry(windows(width=320))
    ask(page, QUESTION)
    rested(page)
    button(page, "Edit question").click()
    field = page.get_by_role("textbox", name="Edit question")
    expect(field).to_be_focused()
    page.evaluate(FRAMES)
    expect(field).to_be_in_viewport(ratio=1)
    assert field.evaluate("each => each.scrollHeight <= each.clientHeight + 1")
