"""What is told to whoever lacks an extra."""

from __future__ import annotations

import tomllib
from pathlib import Path

from parlance.values.extras import adding, advice, copied_over
from tests.architecture.sources import ROOT


def test_a_checkout_adds_the_lock_and_never_itself(tmp_path: Path) -> None:
    """To install the project again would leave a copy that later pulls do not reach."""
    package = tmp_path / "src" / "parlance"
    (lock := tmp_path / "requirements" / "ocr.txt").parent.mkdir()
    lock.touch()
    assert adding("ocr", package) == ".venv/bin/pip install -r requirements/ocr.txt"
    assert advice("ocr", package).startswith("`.venv/bin/pip install -r requirements/ocr.txt` in the checkout")


def test_elsewhere_the_extra_is_named(tmp_path: Path) -> None:
    """An installed package has no locks beside it; either way a running server has to be started again."""
    told = advice("ocr", tmp_path / "site-packages" / "parlance")
    assert told == "`pip install 'parlance[ocr]'` brings the extra `ocr`; then start Parlance again."


def test_every_extra_has_a_lock_of_its_own() -> None:
    """So that the command a checkout is told works for each."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert [extra for extra in extras if "requirements/" not in adding(extra)] == []


def test_a_copy_that_runs_instead_of_the_checkout_is_noticed(tmp_path: Path) -> None:
    """Only where the environment stands in a checkout: a package in any other is where it belongs."""
    environment = tmp_path / ".venv"
    copy = environment / "lib" / "site-packages" / "parlance"
    assert copied_over(environment, copy) is None
    (tmp_path / "src" / "parlance").mkdir(parents=True)
    assert copied_over(environment, copy) == tmp_path
    assert copied_over(environment, tmp_path / "src" / "parlance") is None
