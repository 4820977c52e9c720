"""Look for secrets in the tracked files: known forms of keys, private keys, and random-looking values given to a name
that sounds like a secret.

`tools/allowed_secrets.txt` lists what only looks like one, each as `path: text`, with a comment that says why. An entry
that matches nothing any more is an error, so that the list stays short.
"""

from __future__ import annotations

import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = ROOT / "tools" / "allowed_secrets.txt"
BIGGEST = 2_000_000
"""Bytes; larger files are data, and a secret in them would be found by nobody anyway."""

FORMS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "OpenAI or Anthropic key": r"\bsk-(?:proj-|ant-|svcacct-)?[A-Za-z0-9_-]{32,}",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})",
    "AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "Google key": r"\bAIza[A-Za-z0-9_-]{35}",
    "Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{20,}",
    "Hugging Face token": r"\bhf_[A-Za-z0-9]{30,}",
    "package index token": r"\b(?:pypi-[A-Za-z0-9_-]{40,}|npm_[A-Za-z0-9]{36})",
    "signed web token": r"\beyJ[A-Za-z0-9_-]{16,}\.eyJ[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    # Names reserved for examples (RFC 2606) and this machine itself have no passwords worth keeping.
    "password in an address": r"\b[a-z][a-z0-9+]*://[^/\s:@{}<>'\"]+:[^/\s:@{}<>'\"$*]{6,}@"
    r"(?!(?:[\w-]+\.)*(?:example|test|invalid|localhost|example\.(?:com|net|org))\b|127\.)[\w.-]+",
}
ASSIGNED = re.compile(
    r"(?i)[\w-]*(?:secret|token|passwd|password|api[_-]?key)[\w-]*['\"]?\s*[:=]\s*['\"]([A-Za-z0-9+/_=.-]{20,})['\"]"
)
RANDOM_BITS = 3.9
"""Shannon entropy per character above which a value of 20 characters or more is hardly a word."""


class Finding(NamedTuple):
    """A suspicious text: where it stands, what it looks like, and the text."""

    path: str
    line: int
    kind: str
    text: str


def entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def scan(path: str, text: str) -> Iterator[Finding]:
    """Every suspicious text of a file."""
    for number, line in enumerate(text.splitlines(), 1):
        for kind, form in FORMS.items():
            yield from (Finding(path, number, kind, match[0]) for match in re.finditer(form, line))
        for match in ASSIGNED.finditer(line):
            if entropy(match[1]) > RANDOM_BITS:
                yield Finding(path, number, "random value under a secret's name", match[1])


def tracked() -> Iterator[tuple[str, str]]:
    """Path and text of every tracked text file, as it stands in the working tree."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listing.split("\0")):
        path = ROOT / name
        if path.is_file() and path.stat().st_size <= BIGGEST:
            content = path.read_bytes()
            if b"\0" not in content:
                yield name, content.decode("utf-8", "replace")


def allowances() -> set[tuple[str, str]]:
    """What only looks like a secret: (path, text)."""
    lines = [line.strip() for line in ALLOWED.read_text(encoding="utf-8").splitlines()]
    pairs = [line.partition(": ") for line in lines if line and not line.startswith("#")]
    return {(path, text) for path, _, text in pairs}


def report(found: list[Finding], allowed: set[tuple[str, str]]) -> list[str]:
    """The findings that are not allowed, without repeating the secret, and the allowances nobody needs."""
    seen = {(finding.path, finding.text) for finding in found}
    bad = [finding for finding in found if (finding.path, finding.text) not in allowed]
    lines = [f"{one.path}:{one.line}: {one.kind}: {one.text[:8]}… ({len(one.text)} characters)" for one in bad]
    return lines + [
        f"tools/allowed_secrets.txt: nothing matches `{path}: {text[:8]}…` any more" for path, text in allowed - seen
    ]


def main() -> int:
    """Scan the tracked files; 1 when something was found."""
    mine = ALLOWED.relative_to(ROOT).as_posix()
    found = [finding for path, text in tracked() if path != mine for finding in scan(path, text)]
    lines = report(found, allowances())
    print("\n".join(lines) or "No secrets in the tracked files.")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
