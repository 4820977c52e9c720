"""Where the running server is, and the key to show it.

The address is that of `PARLANCE_URL`; else what the server wrote into the data folder when it started; else what the
settings say. The key is `PARLANCE_API_KEY`; else, for a server of this machine, the console token of the data folder.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from parlance.cli.exits import Exit, Failure

if TYPE_CHECKING:
    from parlance.settings.load import Loaded

URL_VARIABLE = "PARLANCE_URL"
KEY_VARIABLE = "PARLANCE_API_KEY"
ADDRESS_FILE = "address"
"""In the data folder: the URL of the server that uses the folder."""
TOKEN_FILE = "console-token"
DEFAULT_PORT = 8080
MOST = 4096
"""Bytes read of either file; both hold one line."""


class Place(NamedTuple):
    """A server's URL without a slash at its end, and the key it is shown, if any."""

    url: str
    key: str | None

    @property
    def parts(self) -> tuple[str, str, int, str]:
        """Scheme, host, port and the path that goes before every other."""
        split = urlsplit(self.url)
        port = split.port or {"http": 80, "https": 443}[split.scheme]
        return split.scheme, split.hostname or "", port, split.path


def find(env: Mapping[str, str], cwd: Path) -> Place:
    """The server to talk to. Raises Failure where the variable or the settings make no sense."""
    named, key = env.get(URL_VARIABLE, "").strip(), env.get(KEY_VARIABLE, "").strip() or None
    if named and key:
        return Place(normalised(named), key)
    loaded = settings(env, cwd)
    folder = loaded.settings.data.dir
    url = normalised(named) if named else (announced(folder) or _configured(loaded))
    if key is None and _is_here(url):
        # The token never leaves this machine: a server elsewhere would not take it and must not see it.
        key = _read(folder, TOKEN_FILE)
    return Place(url, key)


def settings(
    env: Mapping[str, str], cwd: Path, config: str | None = None, flags: Mapping[str, object] | None = None
) -> Loaded:
    """The settings as the server would read them, with flags by their dotted keys. Raises Failure with their
    sentences and exit code 78."""
    from parlance.settings.load import SettingsError, Sources, load

    try:
        return load(Sources(env=env, cwd=cwd, platform=sys.platform, flags=flags or {}, config=config))
    except SettingsError as error:
        raise Failure("\n".join(error.sentences), Exit.CONFIG) from None


def normalised(text: str) -> str:
    """A URL from what people write: `host`, `:port`, `host:port` or all of it.

    Addresses to listen on stand for loopback. Raises Failure for anything else.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    try:
        split = urlsplit(f"{scheme}://{rest}")
        port = split.port
    except ValueError:
        split, port = None, None
    if split is None or scheme not in ("http", "https") or split.username is not None or split.query:
        raise Failure(f"{URL_VARIABLE} is not an address. Write it like http://127.0.0.1:8080.", Exit.CONFIG)
    port = port or ({"http": 80, "https": 443}[scheme] if separator else DEFAULT_PORT)
    return f"{scheme}://{_joined(split.hostname or '', port)}{split.path.rstrip('/')}"


def announce(folder: str | None, url: str) -> None:
    """Write the address into the data folder, for the verbs of other shells."""
    if folder is not None:
        path = Path(folder) / ADDRESS_FILE
        fresh = path.with_name(f"{ADDRESS_FILE}.{os.getpid()}")
        fresh.write_text(url + "\n", "utf-8")
        fresh.replace(path)


def announced(folder: str | None) -> str | None:
    """The address that a server wrote into the data folder, if any; one that was killed leaves its own behind."""
    return _read(folder, ADDRESS_FILE)


def withdraw(folder: str | None, url: str) -> None:
    """Take the address away again, unless another server has written its own meanwhile."""
    if folder is not None and announced(folder) == url:
        (Path(folder) / ADDRESS_FILE).unlink(missing_ok=True)


def _configured(loaded: Loaded) -> str:
    server = loaded.settings.server
    scheme = "https" if server.tls_cert is not None else "http"
    return f"{scheme}://{_joined(server.host, server.port or DEFAULT_PORT)}{server.base_path}"


def _joined(host: str, port: int) -> str:
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_here(url: str) -> bool:
    from parlance.settings.addresses import is_loopback

    return is_loopback(urlsplit(url).hostname or "")


def _read(folder: str | None, name: str) -> str | None:
    """The one line of a file in the data folder; none where it cannot be read."""
    if folder is None:
        return None
    try:
        with (Path(folder) / name).open("rb") as file:
            return file.read(MOST).decode("utf-8", "replace").strip() or None
    except OSError:
        return None
