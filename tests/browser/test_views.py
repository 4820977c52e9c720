"""No view of the page needs more room than there is, cuts off a word, or keeps anybody out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import expect

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.browser.browsing import THEMES, WIDTHS, barriers, clipped, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.houses import houses
from tests.browser.people import enter
from tests.browser.views import VIEWS
from tests.browser.views_of_settings import PAGES

PICTURES = os.environ.get("PARLANCE_SCREENSHOTS", "")
"""The folder that the pictures are kept in; none without it."""
SAMPLE = (("light", 320), ("dark", 1440))
"""What the suite draws of each view: the two that differ most. Pictures are drawn of all."""
LOOKS = tuple(product(THEMES, WIDTHS)) if PICTURES else SAMPLE


@pytest.fixture(scope="module")
def house(serving: Serving, upstream: MockOpenAI) -> Iterator[dict[str, Server]]:
    """Where the views are."""
    with houses(serving, upstream) as built:
        yield built


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("theme, width", LOOKS)
def test_a_view_fits_and_bars_nobody(
    windows: Windows, house: dict[str, Server], view: str, width: int, theme: str
) -> None:
    """And is drawn, where pictures are wanted; the colours are looked at in the other theme too."""
    way, where = VIEWS[view]
    page = way(windows(width=width, theme=theme, at=house[where], reduced_motion="reduce"))
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{view}-{theme}-{width}.png", animations="disabled")
    assert sideways(page) == []
    assert clipped(page) == []
    assert barriers(page, strict=True) == []
    page.emulate_media(color_scheme="dark" if theme == "light" else "light")
    assert barriers(page, only=("color-contrast",)) == []


def test_no_page_of_the_settings_is_without_a_view(windows: Windows, house: dict[str, Server]) -> None:
    """Whoever adds one draws it."""
    page = enter(windows(at=house["several"])).tab("/settings")
    links = page.get_by_role("navigation", name="Settings").get_by_role("listitem").get_by_role("link")
    expect(links.first).to_be_visible()
    assert {str(link.get_attribute("href")).rpartition("/")[2] for link in links.all()} == set(PAGES)
