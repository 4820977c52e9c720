"""A proof tells what it saw: kept, kept too late, or broken."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from parlance.cli import doctor_proofs
from parlance.cli.checks import Finding
from parlance.cli.doctor_engine import ENDLESS, MODEL, SHORT, StandIn
from parlance.cli.doctor_proofs import READY_SECONDS, Place, judged, outbound, recovered
from parlance.cli.doctor_server import PrivateServer, environment, is_here
from parlance.cli.doctor_watched import written
from parlance.cli.exits import Failure


def test_what_is_kept_in_time_is_well_and_what_is_broken_a_fault() -> None:
    """What comes late is worth a note: the machine may be slow."""
    figures = {"seconds": 0.1, "promised_seconds": 0.2}
    assert judged("stop", True, 0.1, 0.2, "told", "broken") == Finding("stop", "ok", "told", figures=figures)
    late, broken = judged("stop", True, 0.3, 0.2, "told", "x"), judged("stop", False, 0.1, 0.2, "x", "broken")
    assert (late.state, late.detail) == ("note", "told") and "idle" in late.advice
    assert (broken.state, broken.detail) == ("fail", "broken") and broken.figures == figures


@pytest.mark.parametrize(
    ("turns", "state"),
    [
        ([(ENDLESS, "complete"), ("0 1 2 ", "interrupted")], "ok"),
        ([(ENDLESS, "complete"), ("0 ", "interrupted")], "fail"),
        ([(ENDLESS, "complete"), ("0 1 2 ", "running")], "fail"),
        ([("", "complete"), ("0 1 2 ", "interrupted")], "fail"),
        ([(ENDLESS, "complete")], "fail"),
        ([], "fail"),
    ],
)
def test_a_crash_that_lost_something_is_a_fault(turns: list[tuple[str, str]], state: str) -> None:
    assert recovered(turns, "0 1 ", 0.5).state == state


def test_what_comes_late_is_never_told_as_in_time() -> None:
    """A time is rounded up, so that the figure beside a promise says what the finding says."""
    late = recovered([(ENDLESS, "complete"), ("0 1 2", "interrupted")], "0 1 ", READY_SECONDS + 0.01)
    assert late.state == "note" and "back in 3.1 s" in late.detail


def test_a_host_beyond_this_machine_is_a_fault() -> None:
    """It is named."""
    assert outbound(["127.0.0.1", "::1", "localhost", "127.9.9.9"]).figures == {"connections": 4, "beyond": 0}
    found = outbound(["127.0.0.1", "telemetry.test", "203.0.113.9"])
    assert found.state == "fail" and "203.0.113.9, telemetry.test" in found.detail
    assert not is_here("127.0.0.1.test") and not is_here("0.0.0.1") and is_here("::1%lo")


def test_every_way_out_is_noticed() -> None:
    """Names that are looked up, connections and datagrams; sockets of this machine's own kind are not."""
    with socket.socket() as tcp, socket.socket(socket.AF_INET6) as six, socket.socket(socket.AF_UNIX) as local:
        assert written("socket.connect", (tcp, ("203.0.113.9", 80))) == "203.0.113.9"
        assert written("socket.sendto", (six, ("2001:db8::1", 53, 0, 0))) == "2001:db8::1"
        assert written("socket.connect", (local, "/run/x")) is None
        assert written("socket.sendmsg", (tcp, None)) is None
    assert written("socket.getaddrinfo", (b"telemetry.test", 443, 0, 0, 0)) == "telemetry.test"
    assert written("socket.getaddrinfo", (None, 443, 0, 0, 0)) is None
    assert written("open", ("x", "r", 0)) is None


@pytest.mark.slow
def test_a_watched_verb_writes_down_what_it_reached_for(tmp_path: Path) -> None:
    """Here the checks of the doctor itself, which ask an Ollama."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = environment({}, tmp_path) | {"OLLAMA_HOST": f"127.0.0.1:{port + 1 if port < 65535 else 1024}"}
        command = [sys.executable, "-m", "parlance.cli.doctor_watched", str(tmp_path / "hosts"), "doctor", "--quick"]
        subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, timeout=30, check=True)
    assert '"127.0.0.1"' in (tmp_path / "hosts").read_text("utf-8")


@pytest.mark.slow
def test_a_server_that_does_not_start_is_said(tmp_path: Path) -> None:
    """With its own words."""
    server = PrivateServer(tmp_path, "nonsense", "stand-in")
    with pytest.raises(Failure, match="base_url"):
        server.start()
    server.stop()
    assert server.hosts == [] or all(map(is_here, server.hosts))


def test_an_engine_that_stands_in_notices_who_leaves() -> None:
    """And not who listened to the end."""
    with StandIn() as engine:
        port = int(engine.url.rpartition(":")[2].partition("/")[0])
        for said, left in ((SHORT, 0), ("anything", 0), (ENDLESS, 1)):
            body = f'{{"model": "{MODEL}", "messages": [{{"role": "user", "content": "{said}"}}]}}'.encode()
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(
                    b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body)
                )
                client.sendall(body)
                with client.makefile("rb") as reading:
                    seen = reading.read() if not left else reading.readline()
            assert seen.startswith(b"HTTP/1.1 200")
            assert engine.gone(0, 5.0) is not None if left else engine.gone(0, 0.0) is None, said


def test_a_proof_that_cannot_be_made_is_a_fault() -> None:
    """A server that is not there, or says what makes no sense."""
    with StandIn() as engine:
        place = Place(PrivateServerThatIsGone(), engine)
        for name, proof in doctor_proofs.PROOFS.items():
            finding = doctor_proofs.made(name, proof, place)
            assert finding.state == "fail" and finding.check == name
            assert "No server answers" in finding.detail or "refused" in finding.detail


def test_a_machine_without_a_place_for_it_is_told_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """That is no fault of the server."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    [finding] = doctor_proofs.proofs()
    assert finding.state == "note" and "TMPDIR" in finding.advice


def test_an_answer_that_makes_no_sense_is_a_fault() -> None:
    def nonsense(place: Place) -> Finding:
        raise KeyError("run")

    with StandIn() as engine:
        finding = doctor_proofs.made("stop", nonsense, Place(PrivateServerThatIsGone(), engine))
    assert finding.state == "fail" and "KeyError" in finding.detail


class PrivateServerThatIsGone(PrivateServer):
    """Nothing listens where it was."""

    def __init__(self) -> None:
        from parlance.cli.client import Client
        from parlance.cli.place import Place as Address

        self.client = Client(Address("http://127.0.0.1:9", "key"))
