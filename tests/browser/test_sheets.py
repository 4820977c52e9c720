"""Documents as they look: a citation opens the page with its words under the marker."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from parlance.testing.documents import pdf
from parlance.testing.servers import Server
from tests.browser.browsing import barriers, clipped, sideways
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.talking import answers, button

FIRST = ("The shed is for tools.", "The rake stands behind its door.")
SECOND = ("The red pot holds the basil.", "The blue pot holds the rosemary.", "The green pot is empty.")
TOP = 700
PICTURES = os.environ.get("PARLANCE_SCREENSHOTS", "")
"""As in test_views.py."""
CLOSE = 0.01
"""Shares of the page."""


def booklet(path: Path) -> bytes:
    """Two pages, whose words stand at places that are known."""
    pages = [[pdf.Words(60, TOP - 100 * n, line, 14) for n, line in enumerate(lines)] for lines in (FIRST, SECOND)]
    return pdf.written(path, [(words, []) for words in pages], title="Pots").read_bytes()


def asked(shelf: Server, name: str, content: bytes, question: str) -> str:
    """The address of a chat that cites a document."""
    me = Person(shelf)
    base = me.do("bases.create", name=name, embedder="")["id"]
    me.add(base, f"{name}.pdf", content, "application/pdf")
    return f"/c/{me.said(question, models=['quote'], bases=[base])}"


def opened(page: Page, name: str) -> Locator:
    """The citation is followed to its page."""
    answers(page).get_by_role("link", name=re.compile(rf"^Passage 1: {name}.pdf, page 2")).first.click()
    page.get_by_role("list", name="Cited passages").get_by_role("link", name=f"{name}.pdf").first.click()
    sheet = page.get_by_role("img", name="Page 2 of Pots")
    expect(sheet).to_be_in_viewport()
    expect(page.locator("figure")).to_have_attribute("aria-busy", "false")
    return sheet


def test_a_citation_opens_the_page_with_its_words_marked(windows: Windows, shelf: Server, tmp_path: Path) -> None:
    """The mark lies over the words, where the file has them; the pages can be turned, and the text is a switch away."""
    chat = asked(shelf, "pots", booklet(tmp_path / "a.pdf"), "Which pot holds the rosemary?")
    page = windows(at=shelf).tab(chat)
    sheet = opened(page, "pots")
    mark = page.locator("figure [data-mark]")
    expect(mark).to_have_count(1)
    expect(mark).to_be_in_viewport()
    whole, box = sheet.bounding_box(), mark.bounding_box()
    assert whole and box
    left, right = (box["x"] - whole["x"]) / whole["width"], (box["x"] + box["width"] - whole["x"]) / whole["width"]
    bottom = (box["y"] + box["height"] - whole["y"]) / whole["height"]
    base = 1 - (TOP - 100) / pdf.HEIGHT
    assert abs(left - 60 / pdf.WIDTH) < CLOSE and 0.4 < right < 0.5 and abs(bottom - base) < CLOSE
    assert abs(whole["height"] / whole["width"] - pdf.HEIGHT / pdf.WIDTH) < 0.01
    expect(page.get_by_role("group", name="Text of page 2")).to_contain_text(SECOND[2])
    expect(page.get_by_text("The cited words are marked.")).to_be_visible()
    assert barriers(page, strict=True) == []
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("img", name="Page 1 of Pots")).to_be_visible()
    expect(mark).to_have_count(0)
    button(page, "Next page").click()
    expect(mark).to_have_count(1)
    page.get_by_label("Page", exact=True).last.fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("img", name="Page 1 of Pots")).to_be_visible()
    page.get_by_role("radio", name="Text").check()
    expect(page.locator("article mark")).to_contain_text(SECOND[1])
    page.reload()
    expect(page.locator("article mark")).to_be_in_viewport()
    page.get_by_role("radio", name="Page").check()
    expect(page.get_by_role("img", name="Page 2 of Pots")).to_be_in_viewport()


def test_on_a_phone_in_the_dark_the_page_is_paper_and_fits(windows: Windows, shelf: Server, tmp_path: Path) -> None:
    """320 px wide, nothing reaches beyond the edge, and the picture comes once more when it broke off."""
    chat = asked(shelf, "sheds", booklet(tmp_path / "a.pdf") + b"\n", "Which pot holds the basil?")
    page = windows(at=shelf, width=320, theme="dark").tab(chat)
    sheet = opened(page, "sheds")
    expect(page.locator("figure [data-mark]")).to_be_in_viewport()
    box = sheet.bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= 320
    assert sideways(page) == [] and clipped(page) == [] and barriers(page, strict=True) == []


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1440, "dark")])
def test_a_page_is_drawn_larger_and_moved_in_its_own_frame(
    windows: Windows, shelf: Server, tmp_path: Path, width: int, theme: str
) -> None:
    """By its buttons and by keys; a sharper picture comes, the mark stays over its words, the window stays as wide."""
    content = booklet(tmp_path / "a.pdf") + b"\n" * width
    page = windows(at=shelf, width=width, theme=theme).tab(
        asked(shelf, f"pots{width}", content, "Which pot holds the rosemary?")
    )
    sheet = opened(page, f"pots{width}")
    fitting = sheet.bounding_box()
    button(page, "Larger").click()
    page.keyboard.press("+")
    expect(page.get_by_text("200 %")).to_be_visible()
    expect(page.locator("figure")).to_have_attribute("aria-busy", "false")
    large, mark = sheet.bounding_box(), page.locator("figure [data-mark]").bounding_box()
    assert fitting and large and mark and abs(large["width"] / fitting["width"] - 2) < CLOSE
    assert abs((mark["x"] - large["x"]) / large["width"] - 60 / pdf.WIDTH) < CLOSE
    base = 1 - (TOP - 100) / pdf.HEIGHT
    assert abs((mark["y"] + mark["height"] - large["y"]) / large["height"] - base) < CLOSE
    expect(page.locator("figure [data-mark]")).to_be_in_viewport()
    pane = page.get_by_role("group", name="Enlarged page: the arrow keys move it")
    assert sideways(page) == [] and clipped(page) == [] and barriers(page, strict=True) == []
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"sheet-large-{theme}-{width}.png", animations="disabled")
    pane.evaluate("(pane) => pane.scrollTo(0, 0)")
    pane.press("ArrowRight")
    page.wait_for_function("(pane) => pane.scrollLeft > 0", arg=pane.element_handle())
    expect(page.get_by_role("img", name="Page 2 of Pots")).to_be_visible()
    button(page, "Next page").or_(button(page, "Previous page")).first.click()
    expect(page.get_by_role("img", name="Page 1 of Pots")).to_be_visible()
    page.keyboard.press("-")
    page.keyboard.press("-")
    expect(page.get_by_text("Fits the width")).to_be_visible()
    expect(button(page, "Smaller")).to_be_disabled()
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"sheet-fits-{theme}-{width}.png", animations="disabled")


def test_a_page_that_cannot_be_drawn_says_why(windows: Windows, shelf: Server, tmp_path: Path) -> None:
    """And the text is still there."""
    me = Person(shelf)
    base = me.do("bases.create", name="Broken", embedder="")["id"]
    document = me.add(base, "a.pdf", booklet(tmp_path / "a.pdf") + b"\n\n", "application/pdf")
    window = windows(at=shelf)
    window.tolerate("504")
    page = window.context.new_page()
    told = '{"kind": "timed_out", "code": "parser_too_slow", "message": "Reading this file took too long."}'
    page.route("**/pages/1?*", lambda route: route.fulfill(status=504, body=told, content_type="application/json"))
    page.goto(f"/documents/{document}")
    expect(page.get_by_role("alert")).to_contain_text("parser_too_slow")
    page.get_by_role("radio", name="Text").check()
    expect(page.locator("article")).to_contain_text(FIRST[1])


def test_why_a_page_could_not_be_drawn_is_not_said_of_the_next(windows: Windows, shelf: Server, tmp_path: Path) -> None:
    """Whoever has turned the page before that was known sees a page that has nothing."""
    me = Person(shelf)
    base = me.do("bases.create", name="Slow", embedder="")["id"]
    document = me.add(base, "a.pdf", booklet(tmp_path / "a.pdf") + b"\n\n\n", "application/pdf")
    window = windows(at=shelf)
    window.tolerate("504")
    page = window.context.new_page()
    asking: list[Route] = []

    def broken(route: Route) -> None:
        if route.request.resource_type == "image":
            route.fulfill(status=504, body="{}", content_type="application/json")
        else:
            asking.append(route)

    page.route("**/pages/1?*", broken)
    with page.expect_request(lambda request: "/pages/1?" in request.url and request.resource_type == "fetch"):
        page.goto(f"/documents/{document}")
    button(page, "Next page").click()
    expect(page.get_by_role("img", name="Page 2 of Pots")).to_be_visible()
    expect(page.locator("figure")).to_have_attribute("aria-busy", "false")
    told = '{"kind": "timed_out", "code": "parser_too_slow", "message": "Reading this file took too long."}'
    with page.expect_event("requestfinished", lambda request: "/pages/1?" in request.url):
        asking[0].fulfill(status=504, body=told, content_type="application/json")
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    expect(page.get_by_role("alert")).to_have_count(0)
