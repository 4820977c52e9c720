"""Run the quick tests in three processes side by side, and the checks of the page beside them where the page changed:
one after the other they take longer than a person waits.

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
APART = (("tests/unit/core",), ("tests/unit/engines", "tests/unit/outbound", "tests/unit/testing"))
"""Quick tests that have processes of their own: those that write to disks, and those that wait for sockets, so that a
core has something else to do meanwhile. A new folder joins the others by itself."""


PAGE = ("tools/page_checks.py",)
FEW_EXAMPLES = "--hypothesis-profile=quick"
"""Of each property; `tests/conftest.py` says how many."""


def shares(quick: Sequence[str] = QUICK, apart: Sequence[Sequence[str]] = APART) -> list[list[str]]:
    """What each of the processes is told to run: everything once."""
    return [*map(list, apart), [*(f"--ignore={path}" for paths in apart for path in paths), *quick]]


def run(
    root: Path, arguments: Sequence[str], each: Sequence[Sequence[str]], beside: Sequence[Sequence[str]] = ()
) -> int:
    """Run them all, and whatever other scripts of Python are to run `beside` them; gives the exit code."""
    tests = ["-m", "pytest", "-q", "-x", "-m", "not soak and not slow", *arguments]
    processes = [
        subprocess.Popen([sys.executable, *call], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for call in (*([*tests, *share] for share in each), *beside)
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
