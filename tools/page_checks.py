"""Check the sources of the page: types, lint, form and unit tests.

Run as `python tools/page_checks.py [--always]`. Nothing is done while nothing changed since they last passed, nor since
the branch that this one follows (else the last commit), whose sources have passed; nor where there is no Node. Of the
unit tests only those are run that what is not committed yet can change. `--always` does all of it whatever there is,
and fetches what is missing. What failed is shown whole.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # a script finds only what lies beside it

from tools.node import Node, NotBuilt, find, of_machine, of_wheel
from tools.page import Page, fetch_tools

CACHED = ("--cache", "--cache-strategy", "content", "--cache-location")
CHECKS: Mapping[str, tuple[str, ...]] = {
    "types": ("node_modules/svelte-check/bin/svelte-check", "--fail-on-warnings", "--output", "human-verbose"),
    "lint": ("node_modules/eslint/bin/eslint.js", *CACHED, "../.cache/eslint", "."),
    "form": (
        "node_modules/prettier/bin/prettier.cjs",
        "--check",
        "--log-level",
        "warn",
        *CACHED,
        "../.cache/form",
        ".",
    ),
    "tests": ("node_modules/vitest/vitest.mjs", "run", "--reporter", "dot"),
}
"""Each by the script that does it, below `web/`."""
QUICK = {**CHECKS, "tests": (*CHECKS["tests"], "--changed", "--passWithNoTests")}
"""The same before a commit: the other tests have passed before it."""
AT_ONCE = 2
"""As many as a small machine has cores."""
NO_NODE = "No Node is here, so the page was not checked; `make test` fetches one."


def digest(page: Page) -> str:
    """All that the checks depend on: the sources with their tests, and these lines."""
    total = hashlib.sha256(repr(CHECKS).encode())
    for path in sorted(path for path in page.web.rglob("*") if path.is_file()):
        if "node_modules" not in path.relative_to(page.web).parts:
            total.update(f"{path.relative_to(page.web).as_posix()}\0".encode() + path.read_bytes())
    return total.hexdigest()


def followed(page: Page) -> bool:
    """Whether the sources are those of the branch that this one follows, or of the last commit where it follows none:
    those were checked before they were taken."""
    here = ["git", "-C", str(page.root)]
    follows = subprocess.run([*here, "rev-parse", "--verify", "--quiet", "@{upstream}"], capture_output=True)
    taken = "@{upstream}" if follows.returncode == 0 else "HEAD"
    same = subprocess.run([*here, "diff", "--quiet", taken, "--", "web"], capture_output=True)
    if same.returncode != 0:
        return False
    new = subprocess.run([*here, "ls-files", "--others", "--exclude-standard", "web"], capture_output=True, text=True)
    return new.returncode == 0 and not new.stdout.strip()


def failures(page: Page, node: Node, checks: Mapping[str, Sequence[str]] = CHECKS) -> list[str]:
    """What each check that failed has to say, after a line that tells how long all of them took."""
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = dict(zip(checks, pool.map(lambda call: node.run(page.web, *call), checks.values()), strict=True))
    print(f"The page: {', '.join(checks)} in {time.monotonic() - began:.0f} s", flush=True)
    return [f"The page's {name}:\n{each.stdout.strip()}" for name, each in done.items() if each.returncode != 0]


def main(page: Page, arguments: Sequence[str], checks: Mapping[str, Sequence[str]] | None = None) -> int:
    """Check; gives the exit code."""
    always = "--always" in arguments
    stamp, now = page.root / ".cache" / "page-checked", digest(page)
    if not always and ((stamp.is_file() and stamp.read_text("utf-8") == now) or followed(page)):
        return 0
    try:
        node = find(page.root) if always else of_machine() or of_wheel()
        if node is None:
            print(NO_NODE)
            return 0
        fetch_tools(page, node)
    except NotBuilt as why:
        print(why, file=sys.stderr)
        return 1 if always else 0
    found = failures(page, node, checks or (CHECKS if always else QUICK))
    print("\n\n".join(found), end="\n" if found else "")
    if not found:
        stamp.parent.mkdir(exist_ok=True)
        stamp.write_text(now, "utf-8")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Page(), sys.argv[1:]))
