"""Hold the files that guard something to 100 % branch coverage: `full_coverage.py <coverage.json> <list of files>`.

The list has one path or pattern (`src/parlance/outbound/*.py`) a line, and comments. A pattern that matches no measured
file is an error as well: a guard that was moved must not slip out of the list unseen.
"""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any


def patterns(text: str) -> list[str]:
    """The lines of the list without comments and blanks."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def gaps(file: dict[str, Any]) -> str:
    """What was not run in one file, as line numbers and arrows between lines; empty when everything was."""
    lines = [str(line) for line in file["missing_lines"]]
    branches = [f"{start}->{'exit' if end < 0 else end}" for start, end in file.get("missing_branches", [])]
    return ", ".join(lines + branches)


def findings(report: dict[str, Any], listed: list[str]) -> list[str]:
    """One sentence for each listed file with a gap and for each pattern without a file."""
    found = []
    for pattern in listed:
        files = {path: file for path, file in report["files"].items() if fnmatch(path.replace("\\", "/"), pattern)}
        if not files:
            found.append(f"{pattern}: no such file was measured")
        found += [
            f"{path} must be covered in full, but not run: {missed}"
            for path, file in files.items()
            if (missed := gaps(file))
        ]
    return found


def main(report: Path, listed: Path) -> int:
    """Print the findings; 1 when there are any."""
    wanted = patterns(listed.read_text(encoding="utf-8"))
    found = findings(json.loads(report.read_text(encoding="utf-8")), wanted)
    print("\n".join(found) or f"Covered in full: {len(wanted)} guarded entries.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
