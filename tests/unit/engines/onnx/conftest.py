"""A tiny model, as a wheel and as a converted folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from parlance.engines.onnx import weights
from parlance.engines.onnx.weights import Places
from tests.unit.engines.onnx.tiny import TINY, write_wheel


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An empty cache, and a folder with the wheel."""
    write_wheel(tmp_path / "wheels")
    return Places(str(tmp_path / "models"), (str(tmp_path / "nothing"), str(tmp_path / "wheels")))


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model, converted once for all tests that only read it."""
    folder = tmp_path_factory.mktemp("tiny")
    write_wheel(folder)
    return weights.prepare(TINY, Places(str(folder / "models"), (str(folder),)))
