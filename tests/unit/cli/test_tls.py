"""A server with a certificate that nobody vouches for is not talked to."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from threading import Thread

import pytest
import trustme

from parlance.cli.client import Client
from parlance.cli.exits import Exit, Failure
from parlance.cli.place import Place
from tests.unit.cli.sockets import swallow


def test_a_certificate_without_authority_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the variable that mends it; with the authority named, the server is reached."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for _ in range(2):
            connection, _ = listening.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secured:
                    swallow(secured)
                    secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            except OSError:
                connection.close()

    thread = Thread(target=serve, daemon=True)
    thread.start()
    client = Client(Place(f"https://localhost:{listening.getsockname()[1]}", None))
    with pytest.raises(Failure, match="SSL_CERT_FILE") as caught:
        client.ask("GET", "/")
    assert caught.value.exit_code == Exit.UNREACHABLE
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    assert client.ask("GET", "/") == {}
    thread.join(5)
    listening.close()
