"""The embedder's child process: its loop, its verbs, and how it settles itself."""

from __future__ import annotations

import array
import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.engines.onnx import child, weights
from parlance.engines.onnx.weights import Places
from parlance.processes import inside, pipe
from parlance.processes.child import python
from parlance.values.errors import Fault, Kind
from tests.unit.engines.onnx.tiny import CONTEXT, TINY, WIDTH

pytestmark = pytest.mark.slow

SOON = 20.0


def order(places: Places) -> dict[str, Any]:
    fields = msgspec.to_builtins({"model": TINY, "places": places, "threads": 1})
    assert isinstance(fields, dict)
    return fields


def answers(raw: bytes) -> list[tuple[pipe.Answer, bytes]]:
    """What a child wrote, frame by frame."""
    found = []
    while raw:
        start = pipe.LENGTHS.size
        head, body = pipe.lengths(raw[:start])
        found.append((msgspec.json.decode(raw[start : start + head], type=pipe.Answer), raw[start + head :][:body]))
        raw = raw[start + head + body :]
    return found


def served(*calls: pipe.Call, handle: inside.Handler | None = None) -> list[tuple[pipe.Answer, bytes]]:
    """What a worker in this process answers."""
    sink = io.BytesIO()
    assert inside.serve(io.BytesIO(b"".join(map(pipe.pack, calls))), sink, handle or child.Worker()) == 0
    return answers(sink.getvalue())


def embed(number: int, *texts: str, truncate: bool = True) -> pipe.Call:
    return pipe.Call(number, "embed", {"texts": list(texts), "truncate": truncate})


def test_prepared_and_loaded_it_answers_with_vectors_and_tokens(places: Places) -> None:
    prepared, loaded, made = served(
        pipe.Call(1, "prepare", order(places)), pipe.Call(2, "load", order(places)), embed(3, "a man", "meal")
    )
    assert prepared[0].kind is None and loaded[0].fields["dimensions"] == WIDTH
    assert made[0].id == 3 and made[0].fields["tokens"] == 7
    assert len(array.array("f", made[1])) == 2 * WIDTH


def test_a_text_that_may_not_be_cut_is_named_by_its_place(places: Places) -> None:
    answer, body = served(pipe.Call(1, "load", order(places)), embed(2, "a", "a " * CONTEXT, truncate=False))[1]
    assert answer.fields["too_long"] == 1 and body == b""


def test_a_damaged_conversion_is_made_anew_on_loading(places: Places) -> None:
    folder = weights.prepare(TINY, places)
    (folder / "model.onnx").write_bytes(b"damaged")
    _, made = served(pipe.Call(1, "load", order(places)), embed(2, "a"))
    assert made[0].kind is None and weights.verify(folder)


def test_a_fault_becomes_an_answer_with_its_kind(tmp_path: Path) -> None:
    ((answer, _),) = served(pipe.Call(1, "load", order(Places(str(tmp_path)))))
    assert (answer.kind, answer.fields["code"]) == ("unsupported", "embed_weights_missing")
    assert answer.hint is not None and "make setup" in answer.hint


def test_what_it_does_not_know_is_refused_and_harms_nothing(places: Places) -> None:
    unknown, early, loaded = served(pipe.Call(1, "dance"), embed(2, "a"), pipe.Call(3, "load", order(places)))
    assert unknown[0].kind == early[0].kind == "internal" and loaded[0].kind is None


def test_whatever_a_library_raises_becomes_an_answer_without_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(call: pipe.Call) -> tuple[dict[str, Any], bytes]:
        raise RuntimeError("/secret/path")

    ((answer, _),) = served(pipe.Call(1, "embed"), handle=broken)
    assert answer.kind == "upstream" and "/secret/path" not in answer.message
    assert "/secret/path" in capsys.readouterr().err


def test_a_garbled_pipe_ends_it() -> None:
    assert inside.serve(io.BytesIO(b"\xff" * 8), io.BytesIO(), child.Worker()) == 2


def test_a_fault_keeps_field_and_hint() -> None:
    def refusing(call: pipe.Call) -> tuple[dict[str, Any], bytes]:
        raise Fault(Kind.invalid, "No.", field="input", hint="Yes.")

    ((answer, _),) = served(pipe.Call(1, "embed"), handle=refusing)
    assert (answer.fields["field"], answer.hint) == ("input", "Yes.")


@pytest.mark.parametrize("event", ["socket.connect", "socket.bind", "socket.getaddrinfo"])
def test_code_that_reaches_for_the_network_is_refused(event: str) -> None:
    with pytest.raises(PermissionError):
        inside.refuse_network(event, (socket.AF_INET,))
    inside.refuse_network("open", ("file",))


def started(*, parent: int | None = None) -> subprocess.Popen[bytes]:
    wired = subprocess.PIPE
    command = python(child.__name__, str(parent or os.getpid()))
    return subprocess.Popen(command, stdin=wired, stdout=wired, stderr=wired)


def test_as_a_process_it_answers_and_ends_with_its_input(places: Places) -> None:
    with started() as process:
        calls = (pipe.Call(1, "prepare", order(places)), pipe.Call(2, "load", order(places)), embed(3, "a man"))
        out, err = process.communicate(b"".join(map(pipe.pack, calls)), timeout=SOON)
    assert process.returncode == 0, err
    assert [answer.kind for answer, _ in answers(out)] == [None] * 3


def test_what_a_library_prints_never_reaches_the_pipe() -> None:
    script = (
        "import os, sys\nfrom parlance.processes import inside\n"
        "sink = inside.take_output()\nprint('printed', flush=True)\nos.write(1, b'written')\nsink.write(b'frame')\n"
    )
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, timeout=SOON, check=True)
    assert made.stdout == b"frame" and b"printed" in made.stderr and b"written" in made.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a process to its parent's life")
def test_it_dies_with_a_server_that_was_killed_even_while_its_pipe_stays_open() -> None:
    script = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import os, time; from parlance.processes import inside; '"
        "'inside.tie_to_parent(os.getppid()); print(os.getpid(), flush=True); time.sleep(60)'])\n"
        "p.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline and not ended(pid):
        time.sleep(0.01)
    assert ended(pid)


def ended(pid: int) -> bool:
    """Gone, or dead and waiting for whoever inherited it to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tie a process to its parent's life")
def test_it_does_not_start_for_a_server_that_is_gone_already() -> None:
    with started(parent=1) as process:
        out, _ = process.communicate(pipe.pack(pipe.Call(1, "dance")), timeout=SOON)
    assert process.returncode == 0 and out == b""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no process its largest size this way")
def test_it_tells_its_size_where_only_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert inside.peak() == 0
    monkeypatch.setattr(sys, "platform", "darwin")
    assert inside.peak() > 0
