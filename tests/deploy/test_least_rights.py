"""With no more rights than our container and unit give it, the server serves: nobody, no capability, read-only root."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.testing.servers import environment
from tests.deploy.programs import program
from tests.flows.callers import Caller

NOBODY = 65534
INSIDE = """
mount --bind "$1" "$1"
mount -o remount,ro,bind /
if touch "$1/../outside" 2>/dev/null; then echo "the root can be written"; exit 9; fi
shift
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all "$@"
"""


@pytest.fixture
def confined(tmp_path: Path) -> Iterator[tuple[int, int, Path]]:
    """The port, the process id and the data folder of a server that may do next to nothing."""
    if os.getuid() != 0:
        pytest.skip("only root can lay a read-only root")
    folder = Path("/var/tmp") / f"parlance-confined-{os.getpid()}"  # pytest's own folders are closed to others
    data = folder / "data"
    data.mkdir(parents=True, mode=0o755)
    os.chown(data, NOBODY, NOBODY)
    log = (tmp_path / "log").open("wb")
    serve = [sys.executable, "-m", "parlance", "serve", "--port", "0", "--data", str(data)]
    outer = [program("unshare"), "--mount", "--propagation", "private", "sh", "-ec", INSIDE, "sh", str(data)]
    process = subprocess.Popen(
        [*outer, *serve], stdout=log, stderr=log, cwd="/", env=environment(data, {"PARLANCE_DISCOVERY_OLLAMA": "false"})
    )
    try:
        yield _port(tmp_path / "log", process), process.pid, data
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()
        shutil.rmtree(folder)


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        if found := re.search(r"^Parlance is at http://127\.0\.0\.1:(\d+)$", log.read_text(), re.M):
            return int(found[1])
        time.sleep(0.02)
    raise AssertionError(f"the confined server did not come up:\n{log.read_text()}")


async def test_a_confined_server_serves(confined: tuple[int, int, Path]) -> None:
    """It is nobody, holds no capability, sees a read-only root, and answers; only its data folder has been written."""
    port, pid, data = confined
    answer = await Caller(port).chat("Tea is grown in Assam. Where is tea grown?", "quote")
    assert answer.status == 200 and "Assam" in answer.text
    confinement(pid, data)


def confinement(pid: int, data: Path) -> None:
    """What the kernel says of the process."""
    status = Path(f"/proc/{pid}/status").read_text()
    assert re.search(rf"^Uid:\s+{NOBODY}\s+{NOBODY}\s+{NOBODY}\s+{NOBODY}$", status, re.M)
    assert re.search(r"^CapEff:\s+0+$", status, re.M) and re.search(r"^CapBnd:\s+0+$", status, re.M)
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M)
    roots = [line.split() for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()]
    assert any(mount[4] == "/" and "ro" in mount[5].split(",") for mount in roots)
    assert (data / "console-token").stat().st_mode & 0o777 == 0o600
