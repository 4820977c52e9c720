"""`curl`, as people type it; where a machine has none, the few of its words that are used here, done by hand."""

from __future__ import annotations

import asyncio
import http.client
import shutil
import subprocess
from typing import NamedTuple
from urllib.parse import urlsplit


class Said(NamedTuple):
    """What a call gave."""

    status: int
    headers: dict[str, str]
    body: bytes


async def curl(*words: str) -> Said:
    """Run `curl -i <words>`. The words used in these tests: `-N`, `-I`, `-X`, `-H`, `-d`, `--json` and the address."""
    path = shutil.which("curl")
    if path is None:
        return await asyncio.to_thread(_by_hand, words)
    shown = () if "-I" in words else ("-i",)
    command = [path, "-q", "-s", "-S", "--max-time", "20", "--noproxy", "*", *shown, *words]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return Said(int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, body)


def _by_hand(words: tuple[str, ...]) -> Said:
    method, headers, body, left, address = "", {}, None, list(words), ""
    while left:
        match left.pop(0):
            case "-I":
                method = "HEAD"
            case "-X":
                method = left.pop(0)
            case "-H":
                name, _, value = left.pop(0).partition(":")
                headers[name] = value.strip()
            case "-d":
                body = left.pop(0)
                headers.setdefault("content-type", "application/x-www-form-urlencoded")
            case "--json":
                body = left.pop(0)
                headers |= {"content-type": "application/json", "accept": "application/json"}
            case "-N":
                pass
            case word:
                address = word
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method or ("GET" if body is None else "POST"), target or "/", body, headers)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return Said(answer.status, found, answer.read())
    finally:
        connection.close()
