"""Whatever a server does, a verb ends with one sentence and an exit code that tells what happened."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from parlance.cli import client as module
from parlance.cli.client import Client, sentence_of
from parlance.cli.exits import Exit, Failure
from parlance.cli.place import Place
from parlance.testing.upstreams import Behaviour, MockOllama
from tests.unit.cli.sockets import swallow


@contextmanager
def speaking(answer: bytes) -> Iterator[Client]:
    """A client of a server that reads a request, says these bytes and hangs up."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            swallow(connection)
            connection.sendall(answer)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Client(Place(f"http://127.0.0.1:{listening.getsockname()[1]}", "k"))
    finally:
        thread.join(5)
        listening.close()


def block(status: str, body: str) -> bytes:
    """An answer in one block."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def test_an_answer_is_its_json(client: Client, ollama: MockOllama) -> None:
    """An empty one is none; a path before all others is kept."""
    assert client.ask("GET", "/api/version") == {"version": ollama.version}
    assert client.ask("POST", "/api/copy", {"source": "mock", "destination": "second"}) is None
    with speaking(block("200 OK", "{}")) as other:
        assert Client(Place(other.place.url + "/ai", None)).place.parts[3] == "/ai"
        assert other.ask("GET", "/x") == {}


def test_the_key_is_shown(ollama: MockOllama, client: Client) -> None:
    """As a bearer token; without it the server's refusal says what to set."""
    ollama.key = "sk-right"
    assert Client(Place(ollama.origin, "sk-right")).ask("GET", "/api/version")
    with pytest.raises(Failure, match="PARLANCE_API_KEY") as caught:
        client.ask("GET", "/api/version")
    assert (caught.value.exit_code, caught.value.status) == (Exit.NOT_PERMITTED, 401)


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (block("404 Not Found", '{"error":"model \'x\' not found"}'), Exit.MISSING, "model 'x' not found"),
        (block("403 Forbidden", '{"error":{"message":"Not you."}}'), Exit.NOT_PERMITTED, "Not you."),
        (block("409 Conflict", '{"title":"No","detail":"Two\\nlines\\u001b[2J"}'), Exit.ERROR, "Two lines [2J"),
        (block("404 Not Found", "404 page not found"), Exit.ERROR, "answered /x with 404"),
        (block("403 Forbidden", "no"), Exit.NOT_PERMITTED, "gave no reason"),
        (block("502 Bad Gateway", "[]"), Exit.ERROR, "gave no reason"),
        (block("200 OK", "<html>"), Exit.ERROR, "is not Parlance"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", Exit.ERROR, "broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", Exit.ERROR, "broke off"),
        (b"", Exit.ERROR, "broke off"),
    ],
)
def test_a_refusal_is_a_sentence_and_a_code(answer: bytes, code: Exit, words: str) -> None:
    """The server's own sentence, on one line, where it has one."""
    with speaking(answer) as client, pytest.raises(Failure) as caught:
        client.ask("GET", "/x")
    assert caught.value.exit_code == code
    assert words in caught.value.message and "\n" not in caught.value.message


def test_nobody_there_is_told_with_what_to_do() -> None:
    """And with an exit code of its own."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Failure, match="parlance serve") as caught:
        Client(Place(f"http://127.0.0.1:{port}", None)).ask("GET", "/")
    assert caught.value.exit_code == Exit.UNREACHABLE


def test_a_server_that_falls_silent_is_unreachable(ollama: MockOllama, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the longest silence that loading a model may take."""
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.05)
    ollama.behaviour = Behaviour.HEADER_HANG
    with pytest.raises(Failure, match="silent") as caught:
        Client(Place(ollama.origin, None)).ask("GET", "/api/tags")
    assert caught.value.exit_code == Exit.UNREACHABLE


def stream(*lines: str) -> bytes:
    """A streamed answer that ends with the connection."""
    return ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + "".join(line + "\n" for line in lines)).encode()


def test_a_stream_gives_its_objects() -> None:
    """Empty lines between them mean nothing."""
    with speaking(stream('{"a":1}', "", '{"a":2}')) as client:
        assert list(client.lines("/x", {})) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (stream('{"a":1}', '{"error":"pull model manifest: file does not exist"}'), Exit.MISSING, "does not exist"),
        (stream('{"error":"out of memory"}'), Exit.ERROR, "out of memory"),
        (stream('{"error":null}'), Exit.ERROR, "reports an error"),
        (stream("[1]"), Exit.ERROR, "is not Parlance"),
        (stream("data: x"), Exit.ERROR, "is not Parlance"),
    ],
)
def test_a_stream_that_goes_wrong_is_told(answer: bytes, code: Exit, words: str) -> None:
    """Also when it began well."""
    with speaking(answer) as client, pytest.raises(Failure) as caught:
        list(client.lines("/x", {}))
    assert caught.value.exit_code == code
    assert words in caught.value.message


def test_an_error_body_may_have_any_shape() -> None:
    """Then it says nothing."""
    bodies: list[object] = [None, [], {}, {"error": {}}, {"error": 7}, {"detail": ""}]
    assert [sentence_of(body) for body in bodies] == [None] * 6


def test_what_can_be_done_about_it_is_said_too() -> None:
    """The hint of a problem follows its sentence; of other errors nobody knows what a hint would be."""
    problem = {"title": "Too Many Requests", "detail": "It is used up.", "hint": "It resets at noon."}
    assert sentence_of(problem) == "It is used up. It resets at noon."
    assert sentence_of({"error": "no model", "hint": "?"}) == "no model"


def test_bytes_are_sent_as_they_come() -> None:
    """With their length; the answer is its JSON, and a server that is no Parlance is told so."""
    with speaking(block("201 Created", '{"id": "d1"}')) as client:
        assert client.send("/upload?name=x", iter([b"some ", b"words"]), 10) == {"id": "d1"}
    with speaking(block("200 OK", "<html>")) as client, pytest.raises(Failure, match="not Parlance"):
        client.send("/upload", iter([b"some"]), 4)


def test_a_refusal_says_when_to_come_again() -> None:
    """Where the server says it; no number is none."""
    refusals = [('{"detail": "Later.", "retry_after": 2.5}', 2.5), ('{"detail": "No.", "retry_after": "x"}', None)]
    for body, expected in refusals:
        with speaking(block("429 Too Many Requests", body)) as client, pytest.raises(Failure) as caught:
            client.send("/upload", iter([b"some"]), 4)
        assert (caught.value.status, caught.value.retry_after) == (429, expected)
