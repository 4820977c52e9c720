"""Reading a URL that a user wrote, so strictly that no other reader can see another host in it."""

from __future__ import annotations

import re
import unicodedata
from encodings import idna
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple
from urllib.parse import quote, urljoin

from parlance.outbound.calls import PORTS, Origin
from parlance.values.errors import Fault

MAX_URL = 8192
"""Characters; the longest that servers commonly take."""

_URL = re.compile(
    r"(?i:(https?))://"
    r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([^\x00-\x20\x7f/?#@:\[\]\\%]+))"
    r"(?::([0-9]{1,5}))?"
    r"(/[^?#]*)?(\?[^#]*)?(?:#.*)?"
)
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_NUMERIC = re.compile(r"[0-9]+|0[xX][0-9A-Fa-f]*")
_SAFE = "/?:@!$&'()*+,;=-._~%"


class Place(NamedTuple):
    """A URL taken apart: where to connect, and the request target."""

    origin: Origin
    target: str

    @property
    def url(self) -> str:
        """Put together again, in its one plain spelling."""
        return f"{self.origin.scheme}://{self.origin.authority}{self.target}"


def parse(url: str) -> Place | None:
    """The URL's origin and target; None for anything but a plainly spelled http or https URL."""
    if not _is_plain(url):
        return None
    match = _URL.fullmatch(url)
    if match is None:
        return None
    scheme = match[1].lower()
    host = _v6(match[2]) if match[2] else _name(match[3])
    if host is None:
        return None
    try:
        origin = Origin(scheme, host, int(match[4]) if match[4] else PORTS[scheme])
        return Place(origin, quote((match[5] or "/") + (match[6] or ""), safe=_SAFE))
    except (Fault, UnicodeEncodeError):
        return None


def follow(base: Place, location: bytes) -> Place | None:
    """Where a redirect leads, judged by the same rules."""
    try:
        text = location.decode("utf-8")
        # Judged before it is joined: the standard library silently drops tabs.
        return parse(urljoin(base.url, text)) if _is_plain(text) else None
    except ValueError:
        return None


def _is_plain(text: str) -> bool:
    return len(text) <= MAX_URL and _ODD.search(text) is None


def _v6(text: str) -> str | None:
    try:
        return str(IPv6Address(text))
    except AddressValueError:
        return None


def _name(text: str) -> str | None:
    """A DNS name in ASCII, or a dotted quad; None for names of this network and for numbers in disguise."""
    if not text.isascii():
        if unicodedata.normalize("NFKC", text.casefold()) != text.casefold():
            return None  # a character that turns into another one, a digit or a dot perhaps
        try:
            text = ".".join(idna.ToASCII(label).decode("ascii") for label in text.split("."))
        except UnicodeError:
            return None
    host = text.lower()
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except AddressValueError:
            return None
    return host
