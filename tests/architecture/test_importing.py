"""Importing a module has no side effect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT

SCRIPT = Path(__file__).parent / "importing.py"


def run(folder: Path, package: str) -> subprocess.CompletedProcess[str]:
    """Import every module of a package in a fresh process."""
    call = [sys.executable, "-B", str(SCRIPT), str(folder), package]
    return subprocess.run(call, capture_output=True, text=True, timeout=50)


@pytest.mark.slow
def test_importing_the_package_touches_nothing() -> None:
    """No socket, file, process, thread, signal handler, output or environment variable is touched by an import."""
    done = run(ROOT / "src", PACKAGE)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        "open('made', 'w').close()",
        "import pathlib\npathlib.Path('made').write_text('x')",
        "import os\nos.environ.get('HOME')",
        "import os\nos.getenv('HOME')",
        "import os\nHOME = os.environ['PATH']",
        "import socket\nsocket.socket().bind(('127.0.0.1', 0))",
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(1,), daemon=True).start()",
        "import signal\nsignal.signal(signal.SIGTERM, print)",
        "print('hello')",
        "import os\nos.makedirs('made')",
        "import nowhere_at_all",
    ],
)
def test_a_side_effect_is_found(tmp_path: Path, text: str) -> None:
    """Each of these modules does something when it is imported, and the script says so."""
    inner = tmp_path / "made_up" / "inner"
    inner.mkdir(parents=True)
    (inner.parent / "__init__.py").write_text("")
    (inner / "__init__.py").write_text("")
    (inner / "module.py").write_text(f"{text.replace('made', str(tmp_path / 'made'))}\n")
    done = run(tmp_path, "made_up")
    assert done.returncode == 1, done.stderr
    assert done.stdout.strip()


def test_a_quiet_module_passes(tmp_path: Path) -> None:
    """Reading a file beside it and importing the standard library is no side effect."""
    (tmp_path / "made_up").mkdir()
    (tmp_path / "made_up" / "__init__.py").write_text("import asyncio, ssl, logging\nDATA = open(__file__).close()\n")
    done = run(tmp_path, "made_up")
    assert (done.returncode, done.stdout.strip()) == (0, "")
