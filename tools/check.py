"""Run the quick tests in two processes side by side, and the checks of the page beside them where the page changed: one
after the other they take longer than a person waits.

Run as `python tools/check.py [arguments for pytest]`. What each process says is shown when it is over; the exit code is
that of the first one that failed.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("tests/architecture", "tests/docs", "tests/unit")
HALF = ("tests/unit/core", "tests/unit/engines", "tests/unit/outbound", "tests/unit/testing")
"""Those of the quick tests that take half of the time; a new folder joins the other half by itself."""


PAGE = ("tools/page_checks.py",)
FEW_EXAMPLES = "--hypothesis-profile=quick"
"""Of each property; `tests/conftest.py` says how many."""


def shares(quick: Sequence[str] = QUICK, half: Sequence[str] = HALF) -> tuple[list[str], list[str]]:
    """What each of the two processes is told to run: everything once."""
    return [*half], [*(f"--ignore={path}" for path in half), *quick]


def run(
    root: Path, arguments: Sequence[str], both: tuple[list[str], list[str]], beside: Sequence[Sequence[str]] = ()
) -> int:
    """Run both, and whatever other scripts of Python are to run `beside` them; gives the exit code."""
    tests = ["-m", "pytest", "-q", "-x", "-m", "not soak and not slow", *arguments]
    processes = [
        subprocess.Popen([sys.executable, *call], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for call in (*([*tests, *share] for share in both), *beside)
    ]
    codes = []
    for process in processes:
        said, _ = process.communicate()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        codes.append(process.returncode)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(run(ROOT, (FEW_EXAMPLES, *sys.argv[1:]), shares(), (PAGE,)))
