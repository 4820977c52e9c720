"""What people do with a mouse that holds something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, expect


@contextmanager
def held_over(source: Locator, target: Locator) -> Iterator[None]:
    """Drag one thing over another, and let it go at the end of the block, which awaits what shows that it is taken.

    Both are there before anything is pressed: a browser takes what is below the press when the mouse first moves, and
    what comes in between pushes another thing there. The mouse moves twice over the target: the first move begins the
    drag and enters it, a later one is what a page answers whether it takes it.
    """
    expect(target).to_be_visible()
    source.hover()
    mouse = source.page.mouse
    mouse.down()
    target.hover()
    target.hover()
    yield
    mouse.up()
