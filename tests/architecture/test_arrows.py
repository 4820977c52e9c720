"""Imports point inward."""

from __future__ import annotations

import pytest

from tests.architecture.arrows import findings
from tests.architecture.sources import Source, house, package, show, snippet


def test_imports_point_inward_everywhere() -> None:
    """No file of the package imports what house.toml does not allow it to."""
    show(finding for source in package() for finding in findings(source))


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("values/x.py", "from parlance.core.operation import Operation"),
        ("values/x.py", "def f():\n    import parlance.core.operation"),
        ("core/x.py", "from parlance import dialects"),
        ("core/x.py", "import httptools"),
        ("engines/x.py", "from parlance.core import runs"),
        ("stores/sql/x.py", "from parlance.core.runs import log"),
        ("transports/http/x.py", "from parlance.dialects.openai import rows"),
        ("transports/http/x.py", "from parlance.dialects import openai"),
        ("dialects/openai/x.py", "import uvicorn"),
        ("dialects/openai/x.py", "from parlance.dialects.ollama import errors"),
        ("dialects/openai/x.py", "from parlance.transports.http import sse"),
        ("cli/ps.py", "from parlance import app"),
        ("testing/x.py", "from parlance.app import build"),
        ("values/x.py", "from .ids import Ids"),
        ("unheard_of/x.py", "from parlance.values import ids"),
        ("__init__.py", "import os"),
    ],
)
def test_an_outward_import_is_found(inner: str, text: str) -> None:
    """Each of these imports is against the contract, and the rule says so."""
    assert len(findings(snippet(inner, text))) == 1


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("core/runs/x.py", "from parlance.values.ids import Ids\nfrom parlance.ports import engines\nimport asyncio"),
        ("transports/http/x.py", "from parlance.dialects.table import Row"),
        ("dialects/openai/chat.py", "from parlance.dialects.openai import errors"),
        ("dialects/openai/chat.py", "from parlance.dialects.table import Row"),
        ("cli/serve.py", "from parlance.app import build"),
        ("app.py", "import uvicorn\nfrom parlance.dialects.openai import table"),
        ("__main__.py", "from parlance.cli.main import main"),
        ("dialects/native/about.py", "from parlance import __version__"),
    ],
)
def test_an_inward_import_is_allowed(inner: str, text: str) -> None:
    """Each of these imports is what the contract is for."""
    assert findings(snippet(inner, text)) == []


def test_every_rule_names_an_existing_module_or_a_planned_one() -> None:
    """Both lists of house.toml speak of the same packages, so that none is forgotten in one of them."""
    arrows, outside = house()["arrows"], house()["outside"]
    assert {name.partition(".")[0] for name in arrows} == {name.partition(".")[0] for name in outside}


def test_a_source_knows_its_dotted_name() -> None:
    """The dotted name leaves out the package and `__init__`."""
    assert Source("src/parlance/core/runs/__init__.py", "").module == "core.runs"
    assert Source("src/parlance/app.py", "").module == "app"
    assert Source("src/parlance/__init__.py", "").module == ""
