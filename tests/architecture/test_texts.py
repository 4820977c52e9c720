"""The repository names no machine, no index and no author's tool."""

from __future__ import annotations

import pytest

from tests.architecture.sources import show
from tests.architecture.texts import findings, tracked


def test_no_tracked_file_names_a_machine_or_an_index() -> None:
    """What only holds on one machine stays out of the repository."""
    show(finding for path, text in tracked() for finding in findings(path, text))


@pytest.mark.parametrize(
    "text",
    [
        "see /ro" + "ot/notes",
        "in /wo" + "rk/tree",
        "from /ho" + "me/anna/x",
        "--index https://py" + "pi.org/simple",
        "https://registry.npm" + "js.org",
        "fi" + "le:///op" + "t/wheels/a.whl",
        "Co-auth" + "ored-by: x",
        "<" * 7 + " HEAD",
    ],
)
def test_a_forbidden_text_is_found(text: str) -> None:
    """Each of these is reported once."""
    assert len(findings("docs/x.md", f"a line\n{text}\n")) == 1


@pytest.mark.parametrize(
    "text", ["/v1/models", "https://example.com/wo" + "rk/x", "/ho" + "me/parlance/data", "~/wo" + "rk/x", "src/opt/x"]
)
def test_an_ordinary_path_is_fine(text: str) -> None:
    """Routes, addresses and example folders are not places on a machine."""
    assert findings("docs/x.md", text) == []
