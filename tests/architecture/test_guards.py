"""What tests/conftest.py promises for every test."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT

pytestmark = pytest.mark.slow


def inner(tmp_path: Path, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a made-up test file under the real conftest, in a process of its own."""
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (tmp_path / "test_made_up.py").write_text(text)
    call = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir",
        str(tmp_path),
    ]
    alone = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **environment,
    }  # what is judged needs no plugin, and they load slowly
    return subprocess.run([*call, str(tmp_path)], capture_output=True, text=True, env=alone, timeout=50)


def test_reaching_outside_is_refused_and_fails_the_test(tmp_path: Path) -> None:
    """Even a test that swallows the refusal fails, whether it connects, sends or looks a name up."""
    tries = (
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 80))",
        "socket.getaddrinfo('example.com', 80)",
    )
    tests = [f"def test_{n}():\n    with contextlib.suppress(AssertionError): {line}\n" for n, line in enumerate(tries)]
    done = inner(tmp_path, "import socket, contextlib\n" + "\n".join(tests))
    assert done.returncode == 1
    assert done.stdout.count("the test tried to reach") >= len(tries), done.stdout


def test_loopback_is_open_to_tests(network_guard: Any) -> None:
    """A test may serve and connect on this machine, by either family and by name."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]):
        socket.getaddrinfo("localhost", 80)
    network_guard.check(socket.AF_INET6, ("::1", 80, 0, 0))
    network_guard.check(socket.AF_UNIX, "/tmp/any")
    assert network_guard.attempts == []


@pytest.mark.parametrize(
    "text",
    [
        "import pytest\n@pytest.mark.skip(reason='x')\ndef test_a(): ...",
        "import pytest\ndef test_a():\n    pytest.skip('x')",
        "import pytest\npytest.skip('x', allow_module_level=True)",
    ],
)
def test_a_skip_fails_in_ci_only(tmp_path: Path, text: str) -> None:
    """In CI a promise that was not checked is not kept; elsewhere a skip stays one."""
    assert inner(tmp_path, text, CI="true").returncode in (1, 2)
    assert inner(tmp_path, text).returncode in (0, 5)
