"""What the doctor proves on this machine, with a server and an engine of its own: each proof is a line with its figure.

What is not kept is a fault. What is kept, but later than promised, is a note: this machine may be slow or busy.
"""

from __future__ import annotations

import http.client
import json
import math
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from parlance.cli.checks import Finding
from parlance.cli.client import Client
from parlance.cli.doctor_engine import ENDLESS, MODEL, SHORT, StandIn
from parlance.cli.doctor_server import PrivateServer, Stream, is_here
from parlance.cli.exits import Failure
from parlance.cli.figures import counted

LEFT_SECONDS = 0.25
"""By the promise, from a stop or a departure until the engine is let go."""
BACK_SECONDS = 0.2
"""By the promise, from a reader's return until the first byte."""
READY_SECONDS = 3.0
"""By the promise, from the start after a crash until the server serves."""
SAVED_SECONDS = 1.0
"""By the promise, the age from which on nothing that was seen is lost."""
PATIENCE = 5.0
READ_BEFORE_LEAVING = 20
REPORT = "This is a defect: please report it, with this line."
SLOW = "Slower than promised: the machine is slow, or busy. Do it again when it is idle."
_EVENT = re.compile(rb"^id: .+\n(?:.+\n)+\n", re.MULTILINE)


class Place(NamedTuple):
    """Where proofs are made."""

    server: PrivateServer
    engine: StandIn

    @property
    def client(self) -> Client:
        """The server, for one request."""
        return self.server.client

    def send(self, text: str) -> dict[str, Any]:
        """Ask something in a new chat."""
        sent: dict[str, Any] = self.client.ask("POST", "/parlance/v1/chats.send", {"text": text, "models": [MODEL]})
        return sent

    def follow(self, run: str, **headers: str) -> Stream:
        """The events of a run."""
        return Stream(self.client.place, "GET", f"/parlance/v1/runs.read?run={quote(run)}", **headers)


Proof = Callable[[Place], Finding]


def proofs() -> Iterator[Finding]:
    """One after the other, within ten seconds in all."""
    try:
        with tempfile.TemporaryDirectory(prefix="parlance-doctor-") as folder, StandIn() as engine:
            yield from _each(PrivateServer(Path(folder), engine.url, MODEL), engine)
    except OSError as error:
        told = f"cannot be made here: {error.strerror or error}"
        yield Finding("proofs", "note", told, "Name a folder that can be written in TMPDIR.")


def _each(server: PrivateServer, engine: StandIn) -> Iterator[Finding]:
    try:
        server.start()
        for name, proof in PROOFS.items():
            yield made(name, proof, Place(server, engine))
        server.stop()
        yield outbound(server.hosts)
    except Failure as failure:
        yield Finding("proofs", "fail", f"a private server does not start: {failure.message}", REPORT)
    finally:
        server.stop()


def made(name: str, proof: Proof, place: Place) -> Finding:
    """A proof, or why it could not be made."""
    try:
        return proof(place)
    except (Failure, OSError, ValueError, LookupError, http.client.HTTPException) as error:
        told = error.message if isinstance(error, Failure) else f"{type(error).__name__}: {error}"
        return Finding(name, "fail", f"could not be proved: {told}", REPORT)


def judged(check: str, kept: bool, seconds: float, promised: float, told: str, broken: str) -> Finding:
    """A finding of something that is kept or broken, and takes a time."""
    figures = {"seconds": round(seconds, 4), "promised_seconds": promised}
    if not kept:
        return Finding(check, "fail", broken, REPORT, figures)
    late = seconds > promised
    return Finding(check, "note" if late else "ok", told, SLOW if late else "", figures)


def _ms(seconds: float) -> str:
    """Rounded up: what is told beside a promise never looks kept when it was not."""
    return f"{math.ceil(seconds * 1000)} ms"


def _let_go(check: str, place: Place, before: int, began: float, by: str) -> Finding:
    gone = place.engine.gone(before, PATIENCE)
    seconds = PATIENCE if gone is None else gone - began
    told = f"the engine was let go {_ms(seconds)} after {by}"
    return judged(check, gone is not None, seconds, LEFT_SECONDS, told, f"the engine goes on after {by}")


def stop(place: Place) -> Finding:
    """Whoever stops an answer stops the engine."""
    before, sent = len(place.engine.left), place.send(ENDLESS)
    reading = place.follow(sent["run"])
    _until(reading, b"event: delta")
    began = time.perf_counter()
    place.client.ask("POST", "/parlance/v1/chats.stop", {"chat": sent["chat"]})
    finding = _let_go("stop", place, before, began, "the stop")
    reading.leave()
    return finding


def leave(place: Place) -> Finding:
    """A client that hangs up stops the engine."""
    before = len(place.engine.left)
    body = {"model": MODEL, "stream": True, "messages": [{"role": "user", "content": ENDLESS}]}
    reading = Stream(place.client.place, "POST", "/v1/chat/completions", body)
    _until(reading, b"data: ")
    began = time.perf_counter()
    reading.leave()
    return _let_go("departure", place, before, began, "the client left")


def resume(place: Place) -> Finding:
    """A reader that breaks off and comes back misses nothing and reads nothing twice."""
    run = place.send(SHORT)["run"]
    reading, first = place.follow(run), b""
    for line in reading:
        first += line
        if first.count(b"\nid: ") >= READ_BEFORE_LEAVING and first.endswith(b"\n\n"):
            break
    reading.leave()
    seen = _events(first)
    began = time.perf_counter()
    again = place.follow(run, **{"Last-Event-ID": _last(seen)})
    lines = iter(again)
    rest = next(lines, b"")
    seconds = time.perf_counter() - began
    rest += b"".join(lines)
    whole = _events(b"".join(place.follow(run)))
    kept = bool(seen) and [*seen, *_events(rest)] == whole
    told = f"left and back after {_ms(seconds)}, {sum(map(len, whole)):,} bytes are the same"
    return judged("resume", kept, seconds, BACK_SECONDS, told, "what was read in two parts is not what was said")


def crash(place: Place) -> Finding:
    """What was seen a second before the server was killed is there when it is back."""
    sent, seen = place.send(ENDLESS), list[tuple[float, str]]()
    reading, until = place.follow(sent["run"]), time.perf_counter() + SAVED_SECONDS + 0.5
    for line in reading:
        if line.startswith(b"data: "):
            seen.append((time.perf_counter(), json.loads(line[6:]).get("text", "")))
        if time.perf_counter() > until:
            break
    killed = time.perf_counter()
    place.server.kill()
    reading.leave()
    seconds = place.server.start()
    promised = "".join(text for at, text in seen if at <= killed - SAVED_SECONDS)
    turns = place.client.ask("GET", f"/parlance/v1/chats.read?chat={quote(sent['chat'])}")["turns"]
    return recovered([(_said(turn), turn["state"]) for turn in turns], promised, seconds)


def recovered(turns: list[tuple[str, str]], promised: str, seconds: float) -> Finding:
    """A finding about the texts and states of the turns that a crash left."""
    question, answer = turns if len(turns) == 2 else [("", "")] * 2
    kept = question[0] == ENDLESS and answer[0].startswith(promised) and answer[1] == "interrupted"
    back = f"back in {math.ceil(seconds * 10) / 10} s"
    told = f"killed in mid-answer, {back} with {len(answer[0]):,} letters, {len(promised):,} promised"
    return judged("crash", kept, seconds, READY_SECONDS, told, "what was seen before the crash is not there after it")


def outbound(hosts: list[str]) -> Finding:
    """Nothing of all this reached beyond this machine."""
    strange = sorted({host for host in hosts if not is_here(host)})
    figures = {"connections": len(hosts), "beyond": len(strange)}
    if strange:
        return Finding("outbound", "fail", f"the server reached for {', '.join(strange[:3])}", REPORT, figures)
    told = f"{counted(len(hosts), 'connection or look-up', 'connections and look-ups')}, none beyond this machine"
    return Finding("outbound", "ok", told, figures=figures)


PROOFS: dict[str, Proof] = {"stop": stop, "departure": leave, "resume": resume, "crash": crash}


def _until(reading: Stream, mark: bytes) -> None:
    if not any(line.startswith(mark) for line in reading):
        raise Failure("the answer ended before it began")


def _events(text: bytes) -> list[bytes]:
    """The numbered events of a stream: notices and signs of life come as they may."""
    return [match[0] for match in _EVENT.finditer(text)]


def _last(events: list[bytes]) -> str:
    """The id of the last one."""
    return events[-1].partition(b"\n")[0].removeprefix(b"id: ").decode() if events else ""


def _said(turn: dict[str, Any]) -> str:
    return "".join(str(each["item"].get("content", "")) for each in turn.get("items", ()))
