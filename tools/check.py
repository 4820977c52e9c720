"""Look at form and types, and run the quick tests in three processes, all side by side; and the checks of the page
beside them where it changed. One after the other they take longer than a person waits.

Run as `python tools/check.py [arguments for pytest]`. What each process says is shown when it is over; the exit code is
that of the first one that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("tests/architecture", "tests/docs", "tests/unit", "tests/tools/test_web_types.py")
APART = (
    ("tests/unit/core",),
    ("tests/unit/engines", "tests/unit/outbound", "tests/unit/testing"),
)
"""Quick tests that have a process of their own, since they leave a core idle: those that write to disks, and those that
wait for sockets. A new folder joins the others by itself."""

BESIDE = (
    ("-m", "ruff", "format", "--check", "--quiet", "."),
    ("-m", "ruff", "check", "--quiet", "."),
    ("-m", "mypy", "--no-error-summary"),
    ("tools/page_checks.py",),
)
KEEPS_NOTHING = "PYTHONDONTWRITEBYTECODE"
"""Where this is set, every process would compile every test anew: several seconds, for files that git ignores."""
FEW_EXAMPLES = "--hypothesis-profile=quick"
"""Of each property; `tests/conftest.py` says how many."""


def shares(quick: Sequence[str] = QUICK, apart: Sequence[Sequence[str]] = APART) -> list[list[str]]:
    """What each of the processes is told to run: everything once."""
    return [*map(list, apart), [*(f"--ignore={path}" for paths in apart for path in paths), *quick]]


def run(
    root: Path, arguments: Sequence[str], each: Sequence[Sequence[str]], beside: Sequence[Sequence[str]] = ()
) -> int:
    """Run them all, and whatever else Python is to run `beside` them; gives the exit code."""
    tests = ["-m", "pytest", "-q", "-x", "-m", "not soak and not slow", *arguments]
    keeping = {name: value for name, value in os.environ.items() if name != KEEPS_NOTHING}
    processes = [
        subprocess.Popen(
            [sys.executable, *call], cwd=root, env=keeping, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
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
    sys.exit(run(ROOT, (FEW_EXAMPLES, *sys.argv[1:]), shares(), BESIDE))
