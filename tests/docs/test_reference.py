"""Pages that follow from the code are what the code says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["errors.md", "events.md", "operations.md", "routes.md"])
def test_a_generated_page_is_current(page: str) -> None:
    """`python tools/reference.py` writes it anew."""
    assert (ROOT / "docs" / "reference" / page).read_text() == tool().text(page)


def test_every_kind_of_error_says_when_it_happens() -> None:
    from parlance.values.errors import Kind

    page = tool().text("errors.md")
    assert all(f"`{kind.value}`" in page for kind in Kind)
