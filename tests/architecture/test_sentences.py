"""Tests speak in sentences and mock nothing of ours."""

from __future__ import annotations

import pytest

from tests.architecture.sentences import mocked, speechless
from tests.architecture.sources import Source, read, show


@pytest.mark.slow
def test_every_test_says_what_must_be_true() -> None:
    """A test has a docstring or a name of at least four words."""
    show(finding for source in read("tests") for finding in speechless(source))


@pytest.mark.slow
def test_nothing_of_ours_is_mocked() -> None:
    """No test imports a mocking library or patches the package."""
    show(finding for source in read("tests") for finding in mocked(source))


@pytest.mark.parametrize("text", ["def test_it(): ...", "class TestA:\n    async def test_run_ends(self): ..."])
def test_a_speechless_test_is_found(text: str) -> None:
    """A short name without a docstring says nothing."""
    assert len(speechless(Source("tests/test_x.py", text))) == 1


@pytest.mark.parametrize("text", ["def test_it():\n    '''A run ends once.'''", "def test_a_run_ends_once(): ..."])
def test_a_sentence_in_either_place_is_enough(text: str) -> None:
    """A docstring or a long name will do."""
    assert speechless(Source("tests/test_x.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "from unittest.mock import Mock",
        "from unittest import mock",
        "def test_a(monkeypatch):\n    monkeypatch.setattr('parlance.app.build', None)",
        "from parlance import app\ndef test_a(monkeypatch):\n    monkeypatch.setattr(app, 'build', None)",
    ],
)
def test_a_mock_of_ours_is_found(text: str) -> None:
    """Mocking libraries and patches of the package are both reported."""
    assert len(mocked(Source("tests/test_x.py", text))) == 1


def test_patching_the_machine_is_fine() -> None:
    """An environment variable or a foreign library may be set for a test."""
    text = (
        "import sys\ndef test_a(monkeypatch):\n    monkeypatch.setenv('A', 'b')\n    monkeypatch.setattr(sys, 'x', 1)"
    )
    assert mocked(Source("tests/test_x.py", text)) == []


def test_lowering_a_bound_is_fine() -> None:
    """A number in capitals may be made small, so that a test reaches it sooner."""
    text = (
        "from parlance.core.runs import log\ndef test_a(monkeypatch):\n    monkeypatch.setattr(log, 'MOST_BYTES', 10)"
    )
    assert mocked(Source("tests/test_x.py", text)) == []
