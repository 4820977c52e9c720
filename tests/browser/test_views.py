"""No view of the page needs more room than there is, cuts off a word, or keeps anybody out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from parlance.testing.servers import Server
from parlance.testing.upstreams import MockOpenAI
from tests.browser.browsing import THEMES, WIDTHS, barriers, clipped, misplaced, sideways
from tests.browser.conftest import Serving, Windows
from tests.browser.houses import houses
from tests.browser.people import enter
from tests.browser.views import VIEWS
from tests.browser.views_of_settings import PAGES

pytestmark = pytest.mark.slow

PICTURES = os.environ.get("PARLANCE_SCREENSHOTS", "")
"""The folder that the pictures are kept in; none without it."""
SAMPLE = (("light", 320), ("dark", 1440))
"""What the suite draws of each view: the two that differ most. Pictures are drawn of all, each anew."""
LOOKS = tuple((look,) for look in product(THEMES, WIDTHS)) if PICTURES else (SAMPLE,)
OF_THE_LOOK = ("color-contrast", "target-size", "scrollable-region-focusable", "heading-order", "region")
"""Rules of axe whose verdict hangs on theme and width: those that a window which was turned is judged by again."""
ANEW = {"rail", "search", "search-nothing", "thread-menu", "folder", "rename", "settings-menu"}
"""Views that are over when the window is made wide: the drawer that they are in is."""


@pytest.fixture(scope="module")
def house(serving: Serving, upstream: MockOpenAI) -> Iterator[dict[str, Server]]:
    """Where the views are."""
    with houses(serving, upstream) as built:
        yield built


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("looks", LOOKS, ids=lambda looks: "-".join(f"{theme}-{width}" for theme, width in looks))
def test_a_view_fits_and_bars_nobody(
    windows: Windows, house: dict[str, Server], view: str, looks: Sequence[tuple[Literal["light", "dark"], int]]
) -> None:
    """And is drawn, where pictures are wanted. Between two looks the window is turned, as tablets are."""
    way, where, language = VIEWS[view]
    page: Page | None = None
    for theme, width in looks:
        rules = () if page is None else OF_THE_LOOK
        if page is None or view in ANEW:
            look = {"width": width, "theme": theme, "language": language}
            page = way(windows(**look, at=house[where], reduced_motion="reduce"))
        else:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size({"width": width, "height": 900})
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{view}-{theme}-{width}.png", animations="disabled")
        assert [theme, width, sideways(page), clipped(page)] == [theme, width, [], []]
        assert barriers(page, strict=True, only=rules) == [] and misplaced(page) == []


def test_no_page_of_the_settings_is_without_a_view(windows: Windows, house: dict[str, Server]) -> None:
    """Whoever adds one draws it."""
    page = enter(windows(at=house["several"])).tab("/settings")
    links = page.get_by_role("navigation", name="Settings").get_by_role("listitem").get_by_role("link")
    expect(links.first).to_be_visible()
    assert {str(link.get_attribute("href")).rpartition("/")[2] for link in links.all()} == set(PAGES)
