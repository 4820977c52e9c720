"""`make check` runs every quick test once, in several processes, and fails when one does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.check import QUICK, ROOT, run, shares


def test_every_quick_test_is_in_one_share() -> None:
    """What the others name the last leaves out, and all name what is there."""
    *named, last = shares()
    apart = [path for paths in named for path in paths]
    assert last == [*(f"--ignore={path}" for path in apart), *QUICK] and len(set(apart)) == len(apart)
    assert all((ROOT / path).is_dir() and path.startswith(QUICK) for path in apart)


@pytest.mark.parametrize(("bad", "code"), [(None, 0), ("a", 1), ("b", 1), ("beside", 3)])
def test_either_may_fail_and_both_are_shown(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], bad: str | None, code: int
) -> None:
    """In their order, with what failed; so may what runs beside them."""
    for name in "ab":
        (tmp_path / "all" / name).mkdir(parents=True)
        (tmp_path / "all" / name / f"test_{name}.py").write_text(f"def test_{name}():\n    assert {name != bad}\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    soak\n    slow\n")
    both = shares(("all",), (("all/a",),))
    beside = ("-c", f"print('the page'); raise SystemExit({3 if bad == 'beside' else 0})")
    assert run(tmp_path, ["-p", "no:cacheprovider"], both, (beside,)) == code
    said = capfdbinary.readouterr().out.decode()
    assert said.count("1 passed") == (1 if bad in ("a", "b") else 2) and "the page" in said
    assert bad in (None, "beside") or f"FAILED all/{bad}/test_{bad}.py" in said


def test_what_is_compiled_is_kept_wherever_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Python is told to keep none: the next check starts sooner."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert run(tmp_path, [], [], [("-c", "import sys; raise SystemExit(sys.dont_write_bytecode)")]) == 0
