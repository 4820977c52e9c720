"""Draw every view of the page in both themes at both widths into `.cache/screenshots`, which git does not know.

Run as `python tools/screenshots.py [words of views]`. The views are in `tests/browser/views.py`; the same run looks
that none of them reaches beyond the window. Pictures of a former run are taken away: none stays of what is gone.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache" / "screenshots"


def expected(views: Sequence[str], themes: Sequence[str], widths: Sequence[int]) -> set[str]:
    """The names of all pictures of these views."""
    return {f"{view}-{theme}-{width}.png" for view in views for theme in themes for width in widths}


def main(words: Sequence[str], folder: Path = FOLDER) -> int:
    """Draw; gives the exit code, which says whether all of them are there and fit."""
    sys.path.insert(0, str(ROOT))
    from tests.browser.browsing import THEMES, WIDTHS
    from tests.browser.views import VIEWS

    chosen = [view for view in VIEWS if not words or any(word in view for word in words)]
    wanted = expected(chosen, THEMES, WIDTHS)
    folder.mkdir(parents=True, exist_ok=True)
    for picture in folder.glob("*.png"):
        if not words or picture.name in wanted:
            picture.unlink()
    asked = ["-k", " or ".join(words)] if words else []
    call = [sys.executable, "-m", "pytest", "-q", "tests/browser/test_views.py", *asked]
    code = subprocess.run(call, cwd=ROOT, env={**os.environ, "PARLANCE_SCREENSHOTS": str(folder)}).returncode
    missing = sorted(wanted - {picture.name for picture in folder.glob("*.png")})
    print("\n".join([f"{name} is missing" for name in missing]) or f"{len(wanted)} pictures in {folder}")
    return code or bool(missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
