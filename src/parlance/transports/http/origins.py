"""Where a request comes from: this machine itself, a page of ours, a proxy we trust, or anywhere.

A page in a browser on this machine can reach a loopback door too, by a foreign origin or by a name that resolves to
127.0.0.1 (DNS rebinding). So a loopback door believes nothing but its own names, and only a request without any sign of
a proxy or of another page counts as *local*.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping

from parlance.core.accounts.federation.people import Vouched
from parlance.transports.http.door import Door
from parlance.transports.http.vouching import NOT_VOUCHED, Taken
from parlance.values.errors import Fault, Kind

APP_ORIGINS = ("app://", "tauri://")
"""Origins that desktop applications have and that no web page can take, as Ollama allows them; `file://` is a page."""

_FORWARDING = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "true-client-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-proxyuser-ip",
        "cdn-loop",
    }
)
_FORWARDING_PREFIXES = ("x-forwarded", "cf-", "x-original-", "fly-", "fastly-", "x-envoy-", "x-appengine-", "x-azure-")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_OWN_SITES = ("same-origin", "none")


class Standing:
    """What the origin rules found: `local` and `own` (no page of another origin is behind the request, so cookies may
    count), the client's address, the origin that CORS headers are due to, if any, whether the client came by HTTPS, and
    for whom a proxy vouches."""

    __slots__ = ("cors", "local", "own", "peer", "secure", "vouched")

    def __init__(
        self,
        local: bool,
        own: bool,
        peer: str,
        cors: str | None,
        secure: bool = False,
        vouched: Vouched | None = None,
    ) -> None:
        self.secure = secure
        self.vouched = vouched
        self.local = local
        self.own = own
        self.peer = peer
        self.cors = cors


class Origins:
    """The origin rules of one door."""

    def __init__(self, door: Door) -> None:
        self._loopback = is_loopback(door.host)
        self._names = _LOCAL_NAMES | {name.lower() for name in door.public_hosts}
        self._trusted = tuple(ipaddress.ip_network(text, strict=False) for text in door.trusted_proxies)
        self._door = door

    def judge(
        self,
        headers: Mapping[str, str],
        peer: str,
        scheme: str,
        open_: bool,
        dialect: str = "",
        vouching: Taken = NOT_VOUCHED,
    ) -> Standing:
        """How a request to a dialect stands. Raises `Fault(forbidden)` with code `foreign_host` or `foreign_origin`
        where a loopback door is asked under a foreign name or by a foreign page, unless the row is open."""
        origin = headers.get("origin")
        forwarded = vouching.said or not _FORWARDING.isdisjoint(headers)
        forwarded = forwarded or bool([name for name in headers if name.startswith(_FORWARDING_PREFIXES)])
        proxied = forwarded and self._trusts(peer)
        if proxied:
            peer, scheme = _as_forwarded(headers, peer, scheme, self._trusts)
        host = headers.get("host", "")
        page = origin is None or self._own_origin(origin, host, scheme)
        cors = origin if origin is not None and self._door.cross(origin, dialect) is not None else None
        known = not self._loopback or self._knows(host)
        if self._loopback and not open_:
            if not known:
                raise Fault(Kind.forbidden, "This name is not one of the server's own.", code="foreign_host")
            if not page and cors is None:
                raise Fault(Kind.forbidden, "Pages of this origin may not call the server.", code="foreign_origin")
        own = page and headers.get("sec-fetch-site", "none") in _OWN_SITES
        local = self._loopback and known and own and not forwarded and is_loopback(peer)
        return Standing(local, own, peer, cors, scheme == "https", vouching.vouched if own else None)

    def _knows(self, host: str) -> bool:
        name = _without_port(host).lower()
        return name in self._names or name.endswith(".localhost")

    def _own_origin(self, origin: str, host: str, scheme: str) -> bool:
        return origin.lower() == f"{scheme}://{host.lower()}" or origin.startswith(APP_ORIGINS)

    def _trusts(self, peer: str) -> bool:
        if not self._trusted:
            return False
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def is_loopback(host: str) -> bool:
    """Whether only this machine can be behind an address; of names only `localhost` is believed."""
    if host in ("127.0.0.1", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0]


def _as_forwarded(headers: Mapping[str, str], peer: str, scheme: str, trusts: Callable[[str], bool]) -> tuple[str, str]:
    """Client address and scheme as a trusted proxy tells them: the last address that is not itself a trusted proxy."""
    told = [text.strip().strip('"') for text in headers.get("x-forwarded-for", "").split(",")]
    for text in reversed(told):
        try:
            peer = str(ipaddress.ip_address(text))
        except ValueError:
            break
        if not trusts(peer):
            break
    proto = headers.get("x-forwarded-proto", "").strip().lower()
    return peer, proto if proto in ("http", "https") else scheme
