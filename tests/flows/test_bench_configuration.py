"""What `make bench` measures is the whole road: a running server with the benched settings shows every part of it."""

from __future__ import annotations

import json
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.subjects import Subject, start_parlance
from parlance.testing.upstreams import MockOpenAI, in_thread

CHAT = {"model": "mock", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.7}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the benchmarks read /proc")


@contextmanager
def started(folder: Path) -> Iterator[tuple[Subject, MockOpenAI, Path]]:
    """The server as a run starts it, a fake upstream behind it, and the folder with its log."""
    with in_thread(MockOpenAI(models=("mock",))) as upstream:
        subject = start_parlance(folder, upstream.port)
        try:
            yield subject, upstream, folder
        finally:
            subject.process.stop()


@pytest.fixture(scope="module")
def benched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Subject, MockOpenAI, Path]]:
    """One for those that leave it running."""
    with started(tmp_path_factory.mktemp("bench")) as made:
        yield made


def asked(subject: Subject, path: str, body: object = None, *, with_key: bool = True) -> tuple[int, str]:
    """Status and text of one request."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{subject.port}{path}",
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Content-Type": "application/json", **(subject.headers if with_key else {})},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def total(metrics: str, name: str) -> float:
    """The sum over all labels of one metric."""
    return sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", metrics, re.M))


def test_authentication_is_on(benched: tuple[Subject, MockOpenAI, Path]) -> None:
    """A chat without the key is refused before it costs an upstream call; with the key it is served."""
    subject, upstream, _ = benched
    before = len(upstream.calls_to("/chat/completions"))
    assert asked(subject, "/v1/chat/completions", CHAT, with_key=False)[0] == 401
    assert len(upstream.calls_to("/chat/completions")) == before
    assert asked(subject, "/v1/chat/completions", CHAT)[0] == 200


def test_nothing_is_answered_from_a_cache(benched: tuple[Subject, MockOpenAI, Path]) -> None:
    """Identical asks with a temperature each reach the upstream."""
    subject, upstream, _ = benched
    before = len(upstream.calls_to("/chat/completions"))
    for _ in range(3):
        assert asked(subject, "/v1/chat/completions", CHAT)[0] == 200
    assert len(upstream.calls_to("/chat/completions")) == before + 3


def test_run_log_and_metrics_are_on(benched: tuple[Subject, MockOpenAI, Path]) -> None:
    """Requests, each flight's first piece and its tokens are counted, chat by chat."""
    subject, _, _ = benched
    names = ("parlance_request_seconds_count", "parlance_first_token_seconds_count", "parlance_tokens_total")
    before = asked(subject, "/metrics")[1]
    for stream in (False, True):
        status, text = asked(subject, "/v1/chat/completions", CHAT | {"stream": stream})
        assert (status, "tok7" in text) == (200, True)
    after = asked(subject, "/metrics")[1]
    for name in names:
        assert total(after, name) >= total(before, name) + 2, name


def test_rates_are_counted(benched: tuple[Subject, MockOpenAI, Path]) -> None:
    """Each chat leaves one request less in the window that the gate keeps."""
    subject, _, _ = benched
    assert _remaining(subject) == _remaining(subject) + 1


def _remaining(subject: Subject) -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{subject.port}/v1/chat/completions",
        data=json.dumps(CHAT).encode(),
        headers={"Content-Type": "application/json", **subject.headers},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return int(answer.headers["x-ratelimit-remaining-requests"])


def test_every_request_is_logged_as_json_with_its_id(tmp_path: Path) -> None:
    with started(tmp_path) as (subject, _, folder):
        assert asked(subject, "/v1/chat/completions", CHAT)[0] == 200
    lines = [json.loads(line) for line in (folder / "parlance.log").read_text().splitlines() if line.startswith("{")]
    answered = [line for line in lines if line.get("path") == "/v1/chat/completions"]
    assert answered
    assert all(line["request"] and line["status"] for line in answered)
