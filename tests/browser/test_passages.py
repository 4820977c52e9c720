"""What stands in documents is drawn as what it is: tables and headings, with citations where they were counted."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from tests.browser.browsing import barriers, clipped, misplaced, sideways
from tests.browser.conftest import Windows
from tests.browser.people import Person
from tests.browser.talking import answers

PICTURES = os.environ.get("PARLANCE_SCREENSHOTS", "")
"""As in test_views.py."""
CODES = """# The washer 😀

What its display says.

## Error codes

| Code | Meaning | What to do |
|------|---------|------------|
| E18 | The pump is blocked 茶 | Clean the filter `a\\|b` |
| E20 | No water leaves <img src=x onerror=alert(1)> | Clean the drain hose |

## Warranty

Two years.
"""
COLUMNS = ("Month", "Electricity in kWh", "Gas in kWh", "Water in cubic metres", "Price of it all", "Who read it")
DAYS = [f"{year}-{month:02}" for year in range(1990, 2020) for month in range(1, 13)]
METERS = "\n".join([",".join(COLUMNS), *(f"{day},265,1210,8.9,{day[:4]}.50,Ada Lovelace" for day in DAYS)])


def shot(page: Page, name: str) -> None:
    """A picture, where some are wanted."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", animations="disabled")


def test_a_table_opens_as_a_table_with_the_cited_words_marked_in_its_cells(windows: Windows, shelf: Server) -> None:
    """The offsets are those of the text, bars and all; the mark goes across cells and over nothing else."""
    me = Person(shelf)
    base = me.do("bases.create", name="Washer", embedder="")["id"]
    document = me.add(base, "washer.md", CODES.encode(), "text/markdown")
    start, stop = CODES.index("E20"), CODES.index(" | Clean the drain")
    page = windows(at=shelf).tab(f"/documents/{document}?at={start}-{stop}")
    table = page.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Code", "Meaning", "What to do"])
    expect(page.locator("mark")).to_have_text(["E20", "No water leaves <img src=x onerror=alert(1)>"])
    expect(table.get_by_role("row").last.get_by_role("cell").last).to_have_text("Clean the drain hose")
    expect(table.get_by_role("cell", name="Clean the filter")).to_have_text("Clean the filter `a|b`")
    article = page.get_by_role("article")
    expect(article.get_by_role("heading")).to_contain_text(["The washer 😀", "Error codes", "Warranty"])
    expect(article).not_to_contain_text("---")
    assert page.locator("article img").count() == 0
    passages = me.do("chunks.list", document=document)["chunks"]
    expect(article.get_by_role("button", name=re.compile("^Passage "))).to_have_count(len(passages))
    assert barriers(page, strict=True) == [] and misplaced(page) == []
    shot(page, "passages-reader")


def test_sources_and_the_search_test_draw_the_table_too(windows: Windows, shelf: Server) -> None:
    """In the words that pass by, in the list beside the answer, and among what a question finds."""
    me = Person(shelf)
    base = me.do("bases.create", name="Codes", embedder="")["id"]
    me.add(base, "codes.md", CODES.encode(), "text/markdown")
    chat = me.said("Clean the drain hose", models=["quote"], bases=[base])
    page = windows(at=shelf).tab(f"/c/{chat}")
    number = answers(page).get_by_role("link", name=re.compile("^Passage 1: codes.md")).first
    number.focus()
    expect(page.locator(".peek td mark").last).to_contain_text("Clean the drain hose")
    shot(page, "passages-peek")
    number.press("Enter")
    sources = page.get_by_role("complementary", name="Sources")
    expect(sources.locator("td mark").last).to_contain_text("Clean the drain hose")
    expect(sources).not_to_contain_text("---")
    expect(sources).not_to_contain_text("##")
    assert barriers(page, strict=True) == []
    shot(page, "passages-sources")
    page.goto(f"/bases/{base}/search?q=drain+hose")
    page.get_by_role("main").get_by_role("searchbox").press("Enter")
    hits = page.get_by_role("region", name="What was found")
    expect(hits.get_by_role("cell", name="Clean the drain hose")).to_be_visible()
    assert barriers(page, strict=True) == []
    shot(page, "passages-search")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_long_wide_table_keeps_its_titles_and_scrolls_by_itself(windows: Windows, shelf: Server, theme: str) -> None:
    """Cut into sections and passages, each part says what its columns are; on a phone the page stays where it is."""
    me = Person(shelf)
    base = me.do("bases.create", name=f"Meters {theme}", embedder="")["id"]
    document = me.add(base, "meters.csv", METERS.encode(), "text/csv")
    chunk = me.do("chunks.list", document=document)["chunks"][7]
    span = chunk["span"]
    window = windows(at=shelf, width=320, theme=theme, language="zh-CN" if theme == "dark" else "en-US")
    page = window.tab(f"/documents/{document}?at={span['start']}-{span['stop']}")
    expect(page.locator("mark").first).to_be_in_viewport()
    frame = page.locator("article [role=group]").filter(has=page.locator("mark")).first
    expect(frame.get_by_role("columnheader")).to_have_text(list(COLUMNS))
    expect(frame).to_have_attribute("tabindex", "0")
    assert sideways(page) == [] and clipped(page) == [] and barriers(page, strict=True) == []
    shot(page, f"passages-wide-{theme}")
    page.goto(f"/bases/{base}/search?q=2007-05")
    page.get_by_role("main").get_by_role("searchbox").press("Enter")
    hits = page.locator("li").filter(has_text="2007-05")
    expect(hits.first.get_by_role("columnheader")).to_have_text(list(COLUMNS))
    assert sideways(page) == [] and clipped(page) == []
    shot(page, f"passages-search-{theme}")
