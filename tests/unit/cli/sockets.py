"""The other end of a socket, for servers that a test plays by hand."""

from __future__ import annotations

import socket


def swallow(connection: socket.socket) -> None:
    """Read a whole request: hanging up on bytes that nobody read would reset the connection under the answer."""
    with connection.makefile("rb") as reading:
        length = 0
        while (line := reading.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        reading.read(length)
