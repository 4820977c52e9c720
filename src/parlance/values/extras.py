"""How an extra is added to this very installation, said in one place."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
"""The folder of this package: `src/parlance` of a checkout, or a copy where pip puts packages."""


def adding(extra: str, package: Path = PACKAGE) -> str:
    """The command that adds an extra. In a checkout it is the lock: to install the project itself again would put a
    copy in the place of the sources, and whatever is pulled later would not run."""
    if (package.parent.parent / "requirements" / f"{extra}.txt").is_file():
        return f".venv/bin/pip install -r requirements/{extra}.txt"
    return f"pip install 'parlance[{extra}]'"


def advice(extra: str, package: Path = PACKAGE) -> str:
    """What whoever runs this is told: the command, where it is typed, and that a running server does not notice."""
    command = adding(extra, package)
    where = " in the checkout" if command.startswith(".") else ""
    return f"`{command}`{where} brings the extra `{extra}`; then start Parlance again."


def copied_over(environment: Path, package: Path = PACKAGE) -> Path | None:
    """The checkout that an environment stands in, where a copy in the environment runs instead of its sources."""
    sources = environment.parent / "src" / "parlance"
    return environment.parent if sources.is_dir() and package.is_relative_to(environment) else None
