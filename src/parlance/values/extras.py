"""How an extra is added to this very installation, said in one place and read again in the same."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
"""The folder of this package: `src/parlance` of a checkout, or a copy where pip puts packages."""
_ADVICE = re.compile(r" ?`[^`]+`(?: in the checkout)? brings the extra `([a-z0-9_-]+)`; then start Parlance again\.")
"""Whatever `advice` says. Remarks on documents are kept with its words: whoever changes them lets these match, too."""


def adding(extra: str, package: Path = PACKAGE) -> str:
    """The command that adds an extra. In a checkout it is the lock: to install the project itself again would put a
    copy in the place of the sources, and whatever is pulled later would not run."""
    if (package.parent.parent / "requirements" / f"{extra}.txt").is_file():
        return f".venv/bin/pip install -r requirements/{extra}.txt"
    return f"pip install 'parlance[{extra}]'"


def advice(extra: str, package: Path = PACKAGE) -> str:
    """What whoever runs this is told: the command, where it is typed, and that a running server does not notice."""
    command = adding(extra, package)
    where = " in the checkout" if _in_checkout(command) else ""
    return f"`{command}`{where} brings the extra `{extra}`; then start Parlance again."


def advised_extra(text: str) -> str:
    """The extra that a text advises to add, be it the advice of this installation or of another; empty for none."""
    found = _ADVICE.search(text)
    return found[1] if found else ""


def without_advice(text: str) -> str:
    """What else a text says."""
    return _ADVICE.sub("", text)


def advised(extra: str, package: Path = PACKAGE) -> dict[str, str | int]:
    """The same as values of a remark, which says it in the language of its reader."""
    command = adding(extra, package)
    return {"command": command, "checkout": int(_in_checkout(command)), "extra": extra}


def _in_checkout(command: str) -> bool:
    return command.startswith(".")


def copied_over(environment: Path, package: Path = PACKAGE) -> Path | None:
    """The checkout that an environment stands in, where a copy in the environment runs instead of its sources."""
    sources = environment.parent / "src" / "parlance"
    return environment.parent if sources.is_dir() and package.is_relative_to(environment) else None
