"""The programs that check what is in deploy/."""

from __future__ import annotations

import shutil
import socket

import pytest


def program(name: str) -> str:
    """Where a program is; a test that needs one that is not here is skipped (and fails in CI)."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def free_port() -> int:
    """A TCP port of this machine that nobody listened on a moment ago, for a program that cannot choose one itself."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
