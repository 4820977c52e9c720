"""`parlance doctor` proves what this server promises, on the machine at hand."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.flows.callers import measured
from tests.flows.test_cli import verb

SLACK = 4
"""How much slower than promised a machine with other work may be."""
TEN_SECONDS = 10.0


@pytest.mark.slow
def test_the_doctor_proves_stop_resume_crash_recovery_and_silence(tmp_path: Path) -> None:
    """Each a line with its figure, within ten seconds, and nothing is left behind in the user's own folder."""
    began = time.perf_counter()
    done = verb(tmp_path, "doctor", "--json", env={"PARLANCE_SERVER_PORT": "0", "TMPDIR": str(tmp_path)})
    spent = time.perf_counter() - began
    found = {each["check"]: each for each in json.loads(done.stdout)}
    proved = {name: found[name] for name in ("stop", "departure", "resume", "crash", "outbound")}
    assert all(each["state"] in ("ok", "note") for each in proved.values()), proved
    for name, each in proved.items():
        if "seconds" in each["figures"]:
            assert each["figures"]["seconds"] <= SLACK * each["figures"]["promised_seconds"], name
    assert proved["outbound"]["figures"]["beyond"] == 0 < proved["outbound"]["figures"]["connections"]
    assert done.returncode == 0 and spent <= SLACK * TEN_SECONDS
    assert not list(tmp_path.glob("parlance-doctor-*"))
    measured("doctor", seconds=round(spent, 2), **{name: each["detail"] for name, each in proved.items()})
