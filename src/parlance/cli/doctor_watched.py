"""`python -m parlance.cli.doctor_watched FILE serve …`: a verb whose every connection and look-up is written down.

Python itself tells of them, to whoever listens from the start. On uvloop they would be made below Python: so such a
process takes asyncio's own loop.
"""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

CONNECTED = ("socket.connect", "socket.sendto", "socket.sendmsg")
LOOKED_UP = ("socket.getaddrinfo", "socket.gethostbyname")


def written(event: str, arguments: tuple[Any, ...]) -> str | None:
    """The host that an event of Python's is about; none where it stays in this machine by its kind."""
    if event in LOOKED_UP:
        host = arguments[0]
        return host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if event in CONNECTED and arguments[0].family in (socket.AF_INET, socket.AF_INET6) and arguments[1]:
        return str(arguments[1][0])
    return None


def watch(path: str) -> None:
    """Write every host into a file from now on, in JSON on lines of their own."""
    file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 -- until the process ends, however it ends

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        host = written(event, arguments)
        if host is not None:
            file.write(json.dumps(host) + "\n")

    sys.addaudithook(heard)


if __name__ == "__main__":
    sys.modules["uvloop"] = None  # type: ignore[assignment]  # so that nobody finds it
    watch(sys.argv.pop(1))
    from parlance.cli.main import main

    main(prog_name="parlance")
