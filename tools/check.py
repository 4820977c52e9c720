"""Run the quick tests in two processes side by side: one after the other they take longer than a person waits.

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


def shares(quick: Sequence[str] = QUICK, half: Sequence[str] = HALF) -> tuple[list[str], list[str]]:
    """What each of the two processes is told to run: everything once."""
    return [*half], [*(f"--ignore={path}" for path in half), *quick]


def run(root: Path, arguments: Sequence[str], both: tuple[list[str], list[str]]) -> int:
    """Run both; gives the exit code."""
    call = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "not soak and not slow", *arguments]
    processes = [
        subprocess.Popen([*call, *share], cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for share in both
    ]
    codes = []
    for process in processes:
        said, _ = process.communicate()
        sys.stdout.buffer.write(said)
        sys.stdout.flush()
        codes.append(process.returncode)
    return next((code for code in codes if code), 0)


if __name__ == "__main__":
    sys.exit(run(ROOT, sys.argv[1:], shares()))
