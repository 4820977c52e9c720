"""`make dev` starts the server again when a source file changes."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType

TOOL = Path(__file__).parents[2] / "tools" / "dev.py"


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev", TOOL)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_changed_an_added_and_a_removed_source_file_are_seen_and_others_are_not(tmp_path: Path) -> None:
    dev = tool()
    kept, gone = tmp_path / "kept.py", tmp_path / "gone.py"
    for path in (kept, gone, tmp_path / "notes.txt"):
        path.write_text("1")
    built = tmp_path / "parlance" / "page" / "page.js"
    built.parent.mkdir(parents=True)

    def now() -> dict[Path, float]:
        found: dict[Path, float] = dev.stamps(dev.files(tmp_path))
        return found

    before = now()
    assert dev.changed(before, now()) == []
    os.utime(kept, (1, 1))
    gone.unlink()
    (tmp_path / "new.py").write_text("1")
    (tmp_path / "notes.txt").write_text("2")
    built.write_text("the page is read from the disk")
    assert [path.name for path in dev.changed(before, now())] == ["gone.py", "kept.py", "new.py"]


def test_a_file_that_goes_while_it_is_looked_at_is_no_trouble(tmp_path: Path) -> None:
    assert tool().stamps([tmp_path / "gone.ts"]) == {}
