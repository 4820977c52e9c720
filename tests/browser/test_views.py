"""No view of the page needs more room than there is, at any width and in either theme."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.browser.browsing import THEMES, WIDTHS, barriers, sideways
from tests.browser.conftest import Windows
from tests.browser.views import VIEWS

PICTURES = os.environ.get("PARLANCE_SCREENSHOTS", "")
"""The folder that the pictures are kept in; none without it."""


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("theme", THEMES)
def test_a_view_fits_and_bars_nobody(windows: Windows, view: str, width: int, theme: str) -> None:
    """And is drawn, where pictures are wanted."""
    page = VIEWS[view](windows(width=width, theme=theme))
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{view}-{theme}-{width}.png", animations="disabled")
    assert sideways(page) == []
    assert barriers(page) == []
