"""What no tracked file may contain: places on one person's machine, and addresses of package indexes.

The patterns are written so that this file does not match them.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

from tests.architecture.sources import ROOT

BIGGEST = 2_000_000
PATTERNS = {
    "a folder of one machine": re.compile(r"(?<![\w.~}\])*-])/(?:root|work|opt|Users/[a-z]\w*|home/[a-z]\w*)/[\w.-]+"),
    "the address of a package index": re.compile(
        r"\b(?:[\w-]+\.)*(?:py(?:pi)|pythonhosted|npm(?:js)|yarnpkg)\.(?:org|com|io)\b"
    ),
    "a mark of who typed it": re.compile(
        r"(?i)\bco-auth(?:ored)-by\b|\bgenerated (?:with|by) (?:an? )?(?:ai|claude|gpt|copilot)\b"
    ),
    "an unfinished merge": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
}
# An example in the documentation may name the folders of a machine of its own.
EXAMPLES = ("/opt/llm", "/home/parlance", "/opt/parlance", "/home/user", "/home/you", "/Users/you")


def tracked() -> Iterator[tuple[str, str]]:
    """Path and text of every tracked text file."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_file() and path.stat().st_size <= BIGGEST:
            content = path.read_bytes()
            if b"\0" not in content:
                yield name, content.decode("utf-8", "replace")


def findings(path: str, text: str) -> list[str]:
    """Every forbidden text of a file, with its line."""
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {what}: {match[0].strip()}"
        for what, pattern in PATTERNS.items()
        for match in pattern.finditer(text)
        if not match[0].startswith(EXAMPLES)
    ]
