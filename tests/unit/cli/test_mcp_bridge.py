"""The bridge carries each line to the server and each answer back, and never says anything else."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import pytest

from parlance.cli.mcp_bridge import Bridge, wrapped
from parlance.cli.place import Place
from tests.unit.cli.sockets import swallow

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@contextmanager
def answering(status: str, *bodies: str) -> Iterator[Place]:
    """A server that answers so, once for each body."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for body in bodies:
            connection, _ = listening.accept()
            with connection:
                swallow(connection)
                connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield Place(f"http://127.0.0.1:{listening.getsockname()[1]}", None)
    finally:
        thread.join(5)
        listening.close()


def carried(place: Place, *said: object) -> list[Any]:
    """What comes back."""
    heard = b"".join((each if isinstance(each, bytes) else json.dumps(each).encode()) + b"\n" for each in said)
    out = io.BytesIO()
    Bridge(place, "/mcp", io.BytesIO(heard), out).carry()
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_is_no_json_and_what_nobody_answers_is_said() -> None:
    """As errors of the protocol, each under the number of its request."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        place = Place(f"http://127.0.0.1:{closed.getsockname()[1]}", None)
    broken, unheard = carried(place, b"{", b"", PING)
    assert (broken["id"], broken["error"]["code"]) == (None, -32700)
    assert unheard["id"] == 1 and "parlance serve" in unheard["error"]["message"]


def test_a_refusal_of_the_whole_request_is_its_answer() -> None:
    """With what to do about it; one of another server, too."""
    refused = (
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No key.","data":{"code":"missing_api_key"}}}'
    )
    with answering("401 Unauthorized", refused) as place:
        [told] = carried(place, PING)
    assert told["id"] == 1 and "PARLANCE_API_KEY" in told["error"]["message"]
    for body, said in (('{"error": "Go away"}', "Go away"), ("{}", "answered with 502"), ("<html>", "No server")):
        with answering("502 Bad Gateway", body) as place:
            assert said in carried(place, PING)[0]["error"]["message"]


def test_batches_are_carried_whole_and_notifications_not_at_all() -> None:
    """The server remembers nothing that these could tell it."""
    with answering("200 OK", '[{"jsonrpc":"2.0","id":1,"result":{}}]') as place:
        heard = {"jsonrpc": "2.0", "method": "notifications/initialized"}
        assert carried(place, heard, [PING]) == [[{"jsonrpc": "2.0", "id": 1, "result": {}}]]
    with answering("202 Accepted", "") as place:
        assert carried(place, [heard]) == []


def test_who_cancels_hangs_up() -> None:
    """So that the server stops, and no answer comes."""
    listening, reached, left = socket.create_server(("127.0.0.1", 0)), Event(), Event()

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            swallow(connection)
            reached.set()
            if connection.recv(1) == b"":
                left.set()

    class Lines(io.BytesIO):
        """A client that cancels when its request has arrived."""

        def readline(self, size: int | None = -1) -> bytes:
            line = super().readline(size)
            if b"cancelled" in line:
                assert reached.wait(20)
            return line

    thread = Thread(target=serve, daemon=True)
    thread.start()
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    other = {**cancelled, "params": {"requestId": 9}}
    heard, out = (
        Lines(b"".join(json.dumps(each).encode() + b"\n" for each in (PING, cancelled, cancelled, other))),
        io.BytesIO(),
    )
    Bridge(Place(f"http://127.0.0.1:{listening.getsockname()[1]}", "k"), "/mcp", heard, out).carry()
    thread.join(20)
    listening.close()
    assert left.is_set() and out.getvalue() == b""


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("tools/call", "tools/call"),
        ("茶", "=?base64?6Iy2?="),
        (" a", "=?base64?IGE=?="),
        ("=?base64??=", "=?base64?PT9iYXNlNjQ/Pz0=?="),
    ],
)
def test_a_name_is_wrapped_where_a_header_cannot_hold_it(text: str, header: str) -> None:
    """As the protocol has it."""
    assert wrapped(text) == header
