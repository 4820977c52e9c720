"""What is told to whoever lacks an extra."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from parlance.values.extras import PACKAGE, adding, advice, advised_extra, copied_over, without_advice
from tests.architecture.sources import ROOT

EXTRAS = tuple(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"])


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
    assert [extra for extra in EXTRAS if "requirements/" not in adding(extra)] == []


@pytest.mark.parametrize("package", [PACKAGE, Path("site-packages/parlance")], ids=["checkout", "elsewhere"])
@pytest.mark.parametrize("extra", EXTRAS)
def test_advice_is_read_again_in_whatever_it_stands(extra: str, package: Path) -> None:
    """`parlance index` reads a document's remarks so: whether its file is worth to be read once more, and what of them
    to say."""
    told = f"Pages without text: 3. {advice(extra, package)} Nothing else."
    assert advised_extra(told) == extra and without_advice(told) == "Pages without text: 3. Nothing else."
    assert without_advice(advice(extra, package)) == ""


def test_advice_that_was_kept_is_read_whatever_the_words_are_now() -> None:
    """Documents were read before with these."""
    kept = "`pip install 'parlance[ocr]'` brings the extra `ocr`; then start Parlance again."
    assert advised_extra(kept) == "ocr"
    checkout = kept.replace(
        "pip install 'parlance[ocr]'`", ".venv/bin/pip install -r requirements/ocr.txt` in the checkout"
    )
    assert advised_extra(checkout) == "ocr" and without_advice(checkout) == ""


def test_no_other_text_advises() -> None:
    """Neither an extra that is named nor a command; and such a text is left as it is."""
    for text in ("", "The extra `ocr` is there.", "`pip install x` is what brings it."):
        assert (advised_extra(text), without_advice(text)) == ("", text)


def test_a_copy_that_runs_instead_of_the_checkout_is_noticed(tmp_path: Path) -> None:
    """Only where the environment stands in a checkout: a package in any other is where it belongs."""
    environment = tmp_path / ".venv"
    copy = environment / "lib" / "site-packages" / "parlance"
    assert copied_over(environment, copy) is None
    (tmp_path / "src" / "parlance").mkdir(parents=True)
    assert copied_over(environment, copy) == tmp_path
    assert copied_over(environment, tmp_path / "src" / "parlance") is None
