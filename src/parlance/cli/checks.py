"""What `doctor` looks at. Each check changes nothing and gives a finding: what it saw, and what to do about it."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from parlance.cli.place import TOKEN_FILE
from parlance.settings.schema import Connection, Settings
from parlance.values.extras import PACKAGE, advice, copied_over

OLDEST_PYTHON = (3, 11)
EMBED = ("numpy", "onnx", "onnxruntime", "tokenizers")
PATIENCE = 3.0
"""Seconds an engine has to answer: its list of models is at hand."""
QUOTE = "The built-in `quote` answers until there is one: start an Ollama, or set OPENAI_API_KEY."


class Finding(NamedTuple):
    """`note` is worth knowing, `fail` must be mended before the server works as configured. `figures` are what was
    measured, for programs."""

    check: str
    state: Literal["ok", "note", "fail"]
    detail: str
    advice: str = ""
    figures: Mapping[str, float] = MappingProxyType({})


def python(version: tuple[int, ...]) -> Finding:
    """Whether this Python is new enough."""
    text = ".".join(map(str, version[:3]))
    if version[:2] < OLDEST_PYTHON:
        return Finding("python", "fail", text, "Install Python 3.11 or newer.")
    return Finding("python", "ok", text)


def installation(environment: str, package: Path = PACKAGE) -> Finding:
    """Which code runs: of a checkout it must be the sources themselves."""
    if (checkout := copied_over(Path(environment).resolve(), package)) is not None:
        detail = f"a copy in {environment} runs, not the sources of {checkout}"
        return Finding("installation", "fail", detail, "`make setup` there puts the sources back.")
    return Finding("installation", "ok", str(package))


def extras() -> Finding:
    """Whether local embeddings can be made."""
    missing = [name for name in EMBED if find_spec(name) is None]
    if missing:
        return Finding(
            "embeddings", "note", f"{', '.join(missing)} not installed", f"For local embeddings: {advice('embed')}"
        )
    return Finding("embeddings", "ok", "the extra `embed` is installed")


def large_bases(settings: Settings, installed: Callable[[str], object] = find_spec) -> Finding:
    """How bases are searched that are too large to compare every vector quickly. `installed` gives none for a package
    that is not."""
    above = settings.knowledge.hnsw_above
    if not above:
        return Finding("large bases", "ok", "every base is searched exactly: knowledge.hnsw_above is 0")
    bound = f"above {above:,} vectors"
    if installed("usearch") is None or installed("numpy") is None:
        wanted = f"Only where a base is that large: {advice('hnsw')}"
        return Finding("large bases", "ok", f"searched exactly also {bound}: `hnsw` is not installed", wanted)
    return Finding("large bases", "ok", f"searched by HNSW {bound}: the extra `hnsw` is installed")


def folder(settings: Settings) -> Iterator[Finding]:
    """Whether the data folder can be written, and only by its owner."""
    if settings.data.dir is None or settings.data.ephemeral:
        yield Finding("data folder", "note", "none: everything is kept in memory")
        return
    path = Path(settings.data.dir)
    if not path.exists():
        yield _parent(path)
        return
    if not path.is_dir() or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        yield Finding("data folder", "fail", f"{path} cannot be written", "Own it, or name another with --data.")
        return
    yield _private(path, "chmod 700")
    if (path / TOKEN_FILE).exists():
        yield _private(path / TOKEN_FILE, "chmod 600")


def _parent(path: Path) -> Finding:
    nearest = next(parent for parent in path.absolute().parents if parent.exists())
    if os.access(nearest, os.W_OK | os.X_OK):
        return Finding("data folder", "ok", f"{path} will be made at the first start")
    advice = "Name another folder with --data or PARLANCE_DATA_DIR."
    return Finding("data folder", "fail", f"{path} cannot be made in {nearest}", advice)


def _private(path: Path, command: str) -> Finding:
    """Windows keeps a user's files apart by where they are; elsewhere the mode says who may read."""
    open_to_others = sys.platform != "win32" and stat.S_IMODE(path.stat().st_mode) & 0o077
    what = "console token" if path.name == TOKEN_FILE else "data folder"
    if open_to_others:
        return Finding(what, "fail", f"others may read {path}", f"{command} {path}")
    return Finding(what, "ok", str(path))


def running(address: str | None) -> Iterator[Finding]:
    """The server that wrote its address into the data folder, wherever it listens; nothing where none did."""
    if address is None:
        return
    _, server = _answer(f"{address}/health", {}, _of_any_authority())
    if server == "parlance":
        yield Finding("server", "ok", f"Parlance answers at {address}")
        return
    yield Finding("server", "note", f"{address} does not answer", "It was killed, perhaps. The next start mends this.")


def port(settings: Settings) -> Finding:
    """Whether the server can listen where it should, or is there already."""
    host, number = settings.server.host, settings.server.port
    where = f"{host}:{number}"
    if number == 0:
        return Finding("port", "ok", "the system chooses one")
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform != "win32":  # there it would let two programs share a port
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, number))
    except OSError as error:
        return _taken(where, host, number, error)
    return Finding("port", "ok", f"{where} is free")


def _taken(where: str, host: str, number: int, error: OSError) -> Finding:
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    url = f"http://[{near}]:{number}" if ":" in near else f"http://{near}:{number}"
    status, server = _answer(f"{url}/health", {})
    if server == "parlance":
        return Finding("port", "ok", f"Parlance answers at {where} already")
    reason = "another program has it" if status is not None else (error.strerror or "it cannot be had")
    return Finding("port", "fail", f"{where}: {reason}", "Choose another with --port or server.port.")


def engines(settings: Settings) -> Iterator[Finding]:
    """Whether each engine answers: those configured, then those that are found at start."""
    reached = 0
    for connection in _wanted(settings):
        finding = _engine(connection)
        reached += finding.state == "ok"
        yield finding
    found = settings.discovery
    if found.ollama and not any(c.kind == "ollama" for c in settings.connections):
        status, _ = _answer(f"{found.ollama_url.rstrip('/')}/api/version", {})
        reached += status == 200
        detail = "answers" if status == 200 else "does not answer"
        yield Finding("ollama", "ok" if status == 200 else "note", f"{found.ollama_url} {detail}")
    if not reached:
        yield Finding("engines", "note", "no language model can be reached", QUOTE)


def _wanted(settings: Settings) -> Iterator[Connection]:
    yield from (connection for connection in settings.connections if connection.enabled)
    found = settings.discovery
    if found.openai_env and found.openai_api_key is not None:
        yield Connection("openai", base_url=found.openai_base_url, api_key=found.openai_api_key)


def _engine(connection: Connection) -> Finding:
    name, url = f"engine {connection.name}", connection.url
    route = {"ollama": "/api/version", "openai": "/models"}.get(connection.kind)
    if url is None or route is None:
        return Finding(name, "note", f"engines of the kind {connection.kind!r} are not checked")
    headers = {header: value.reveal() for header, value in connection.headers.items()}
    if connection.api_key is not None:
        headers.setdefault("Authorization", f"Bearer {connection.api_key.reveal()}")
    status, _ = _answer(url.rstrip("/") + route, headers)
    shown = urlsplit(url).hostname
    if status is None:
        return Finding(name, "fail", f"{shown} does not answer", "Start it, or correct its base_url.")
    if status in (401, 403):
        return Finding(name, "fail", f"{shown} refuses the key", "Set another api_key or api_key_env.")
    if status >= 500:
        return Finding(name, "fail", f"{shown} answers with the error {status}", "Look into its own log.")
    return Finding(name, "ok", f"{shown} answers")


def _of_any_authority() -> ssl.SSLContext:
    """For the server of this very folder, which is shown nothing secret."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _answer(url: str, headers: dict[str, str], context: ssl.SSLContext | None = None) -> tuple[int | None, str]:
    """Status and `Server` of a GET; no status where nothing that speaks HTTP answers. Redirects are not followed."""
    parts = urlsplit(url)
    host, number = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, number, timeout=PATIENCE, context=context)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, number, timeout=PATIENCE)
    )
    try:
        connection.request("GET", parts.path, headers=headers)
        response = connection.getresponse()
        return response.status, response.getheader("server", "")
    except (OSError, http.client.HTTPException, ValueError):
        return None, ""
    finally:
        connection.close()
