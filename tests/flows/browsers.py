"""A browser of these flows: it keeps cookies by their path, follows nothing by itself, and says where it comes from."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from tests.unit.transports.small import Raw, request

PATIENCE = 20.0


class Page(NamedTuple):
    """One answer; `set_cookies` are whole, in order."""

    status: int
    headers: dict[str, str]
    set_cookies: tuple[str, ...]
    body: bytes


class Browser:
    """One browser at one server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, tuple[str, str]] = {}
        """Value and path of each, by name."""

    async def get(self, path: str, **headers: str) -> Page:
        """Go to a path; `sec_fetch_site` says where from, by default from nowhere."""
        sent = "; ".join(f"{name}={value}" for name, (value, under) in self.cookies.items() if path.startswith(under))
        if sent:
            headers["cookie"] = sent
        connection = await Raw.to(self.port)
        await connection.send(request(f"GET {path}", b"", **headers))
        async with asyncio.timeout(PATIENCE):
            lines = (await connection.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = [(name.lower(), value) for name, _, value in (line.partition(": ") for line in lines[1:] if line)]
            body = await connection.reader.readexactly(int(dict(pairs).get("content-length", "0")))
        connection.rst()
        await asyncio.sleep(0)
        kept = tuple(value for name, value in pairs if name == "set-cookie")
        for cookie in kept:
            self._keep(cookie)
        return Page(int(lines[0].split(" ")[1]), dict(pairs), kept, body)

    def _keep(self, cookie: str) -> None:
        pair, *attributes = cookie.split("; ")
        name, _, value = pair.partition("=")
        said = dict(each.partition("=")[::2] for each in attributes)
        if said["Max-Age"] == "0":
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value, said["Path"]
