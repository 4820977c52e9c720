"""Compare the locks with the published advisories, where those can be reached.

The advisories are not ours to ship, and a machine without a way to them must still be able to run CI: then this says so
and leaves with success. An advisory that concerns a locked version is a failure.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# The last one contains the others; they come first to say whom it concerns.
LOCKS = ("run", "embed", "documents", "page", "dev")
SECONDS = 120


def audit(lock: Path) -> dict[str, Any] | None:
    """pip-audit's report on one lock, or None when the advisories could not be had."""
    call = [
        sys.executable,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--no-deps",
        "--progress-spinner",
        "off",
    ]
    try:
        done = subprocess.run([*call, "-f", "json", "-r", str(lock)], capture_output=True, text=True, timeout=SECONDS)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None
    return report


def findings(lock: str, report: dict[str, Any]) -> list[str]:
    """One sentence for each advisory that concerns a locked version."""
    return [
        f"{lock}.txt: {package['name']} {package['version']}: {advisory['id']}, mended in "
        f"{', '.join(advisory.get('fix_versions', [])) or 'no release yet'}"
        for package in report["dependencies"]
        for advisory in package.get("vulns", [])
    ]


def unknown(report: dict[str, Any]) -> list[str]:
    """The packages that the source of advisories gave no answer about."""
    return [package["name"] for package in report["dependencies"] if "skip_reason" in package]


def judge(lock: str, report: dict[str, Any] | None) -> tuple[list[str], str]:
    """The findings about one lock, and a sentence on how much of it was looked at."""
    if report is None or len(missing := unknown(report)) == len(report["dependencies"]):
        return [], f"{lock}.txt: advisory data not reachable, audit skipped."
    sentence = f"{lock}.txt: {len(report['dependencies']) - len(missing)} packages audited."
    if missing:
        sentence += f" No data about {', '.join(missing)}."
    return findings(lock, report), sentence


def main() -> int:
    """Audit every lock; 1 when an advisory concerns one."""
    failed = False
    for lock in LOCKS:
        found, sentence = judge(lock, audit(ROOT / "requirements" / f"{lock}.txt"))
        print("\n".join([*found, sentence]))
        failed = failed or bool(found)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
