"""Whoever implements a port finds the suite that its docstring names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PORTS = sorted((ROOT / "src/parlance/ports").glob("[a-z]*.py"))


@pytest.mark.parametrize("port", PORTS, ids=lambda port: port.stem)
def test_the_suite_that_a_port_names_is_there(port: Path) -> None:
    """A name that leads nowhere costs an implementer an hour."""
    words = ast.get_docstring(ast.parse(port.read_text())) or ""
    named = re.findall(r"`(parlance\.testing[\w.]*|tests/[\w/.]+)`", words)
    places = [name if "/" in name else f"src/{name.replace('.', '/')}.py" for name in named]
    assert [place for place in places if not (ROOT / place).exists()] == []
