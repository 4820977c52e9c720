"""Addresses of doors, and of an Ollama that may or may not be one of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from parlance.settings.decode import nearest
from parlance.settings.layers import SettingsError
from parlance.settings.schema import Door, Settings

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

DEFAULT_DOOR = "default"
OLLAMA_PORT = 11434


def split_address(address: str, host: str) -> tuple[str, int]:
    """Host and port of a door's address; `host` stands in where the address names none. Brackets are taken off."""
    name, _, port = address.rpartition(":")
    return name.strip("[]") or host, int(port)


def parse_door(text: str) -> Door:
    """A door as a flag writes it: `ollama=:11434` is a door of that name with that one dialect.

    Raises SettingsError with a sentence where the text is not `name=address`.
    """
    name, _, address = text.partition("=")
    try:
        # The schema's own patterns say what a name and an address are.
        return msgspec.convert({"name": name, "address": address, "dialects": [name]}, Door)
    except msgspec.ValidationError:
        raise SettingsError(["A door is given as `dialect=host:port` or `dialect=:port`."]) from None


def doors(settings: Settings, known: Sequence[str], sites: Sequence[str] = ()) -> tuple[Door, ...]:
    """All doors with address and dialects filled in, the default one first.

    `known` are the dialects of this installation in their order, `sites` those that only a door that names them speaks.
    Raises SettingsError for a dialect not among them.
    """
    named = {door.name: door for door in settings.doors}
    main = named.pop(DEFAULT_DOOR, Door(name=DEFAULT_DOOR))
    problems: list[str] = []
    found: list[Door] = []
    for door in (main, *named.values()):
        for dialect in door.dialects:
            if dialect not in (*known, *sites):
                told = f"The door {door.name!r}: there is no dialect {dialect!r}."
                problems.append(told + nearest(dialect, (*known, *sites)))
        found.append(_filled(door, settings, tuple(door.dialects or known)))
    if problems:
        raise SettingsError(problems)
    return tuple(found)


def _filled(door: Door, settings: Settings, dialects: tuple[str, ...]) -> Door:
    host, port = (settings.server.host, settings.server.port)
    if door.address is not None:
        host, port = split_address(door.address, host)
    return msgspec.structs.replace(door, address=joined(host, port), dialects=dialects)


def joined(host: str, port: int) -> str:
    """`host:port`, with brackets where the host has colons of its own."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the host. Names other than `localhost` are not asked about."""
    if host.lower() == "localhost":
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def is_wildcard(host: str) -> bool:
    """Whether the host stands for every address of this machine."""
    address = _address(host)
    return address is not None and address.is_unspecified


def is_address(host: str) -> bool:
    """Whether the host is an IP address or `localhost`, which needs no look-up to be believed."""
    return host.lower() == "localhost" or _address(host) is not None


def ollama_url(text: str) -> str | None:
    """The URL that an `OLLAMA_HOST` means to a client; None where it means none.

    As Ollama reads it: a bare host or port gets 11434, a scheme brings its own port, and 0.0.0.0 or `::`, which are
    addresses to listen on, stand for loopback (source: ollama, envconfig).
    """
    from urllib.parse import urlsplit

    text = text.strip().strip("\"'")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    if scheme not in ("http", "https") or any(character.isspace() for character in rest):
        return None
    if _address(rest) is not None and ":" in rest:
        rest = f"[{rest}]"
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or "127.0.0.1"
    if is_wildcard(host):
        host = "::1" if ":" in host else "127.0.0.1"
    usual = {"http": 80, "https": 443}[scheme] if separator else OLLAMA_PORT
    return f"{scheme}://{joined(host, port or usual)}{parts.path.rstrip('/')}"


def points_at(url: str, host: str, port: int) -> bool:
    """Whether a URL leads to a listener of this machine at host and port, so that we would call ourselves."""
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    if (parts.port or {"http": 80, "https": 443}.get(parts.scheme)) != port:
        return False
    target = parts.hostname or ""
    here = is_loopback(target) or is_wildcard(target)
    return target == host.lower() or (here and (is_loopback(host) or is_wildcard(host)))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    # Imported on use, as urllib is above: the settings of a plain start name no address but the default.
    import ipaddress

    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
