"""What decides whether the environment is up to date."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools.setup import Checkout, main


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A folder with locks and something that stands for an interpreter."""
    made = Checkout(tmp_path / "checkout")
    for name in ("run.txt", "build.txt", "dev.txt", "embed.txt", "weights.txt"):
        made.lock(name).parent.mkdir(parents=True, exist_ok=True)
        made.lock(name).write_text(name)
    (made.root / "pyproject.toml").write_text("")
    made.python.parent.mkdir(parents=True)
    made.python.touch()
    return made


def stamped(checkout: Checkout, purpose: str) -> Checkout:
    """The same checkout after a complete installation."""
    checkout.stamp(purpose).write_text(checkout.digest(purpose))
    return checkout


def test_an_environment_with_a_current_stamp_is_ready(checkout: Checkout) -> None:
    """Nothing is installed again while nothing has changed."""
    assert not checkout.is_ready("run")
    assert stamped(checkout, "run").is_ready("run") and not checkout.is_ready("dev")
    main(checkout, ["run"])


def test_a_changed_lock_makes_it_stale(checkout: Checkout) -> None:
    """The stamp is keyed on what the locks say, not on when they were written."""
    stamped(checkout, "run").lock("run.txt").write_text("another")
    assert not checkout.is_ready("run")


def test_serving_does_not_need_the_development_lock(checkout: Checkout) -> None:
    """A change of the development tools leaves an environment that only serves as it is."""
    stamped(checkout, "run").lock("dev.txt").write_text("another")
    assert checkout.is_ready("run")


def test_a_moved_checkout_is_set_up_again(checkout: Checkout, tmp_path: Path) -> None:
    """The scripts of an environment hold its address."""
    stamped(checkout, "run")
    moved = Checkout(shutil.copytree(checkout.root, tmp_path / "elsewhere"))
    assert moved.python.exists() and not moved.is_ready("run")


def test_an_unknown_purpose_is_refused_with_the_known_ones(checkout: Checkout) -> None:
    """The sentence names what could be meant."""
    with pytest.raises(SystemExit, match="run, dev"):
        main(checkout, ["serve"])


def test_the_sources_are_compiled_so_that_no_start_pays_for_it(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Python is told to write no bytecode."""
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    source = checkout.root / "src" / "parlance" / "module.py"
    source.parent.mkdir(parents=True)
    source.write_text("x = 1\n")
    main(stamped(checkout, "run"), ["run"])
    assert len(list(source.parent.glob("__pycache__/module.*.pyc"))) == 1
