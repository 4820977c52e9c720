"""A door: an address, the dialects it speaks in order, and what it lets in."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from parlance.dialects.table import Dialect
from parlance.transports.http.router import Clashes
from parlance.transports.http.vouching import Vouching

MEBIBYTE = 1024 * 1024


class CrossOrigin(msgspec.Struct, frozen=True):
    """What pages of other origins may do: exact origins (or `*`), methods and request headers (or `*`)."""

    origins: frozenset[str]
    methods: tuple[str, ...]
    headers: tuple[str, ...]


class Door(msgspec.Struct, frozen=True):
    """One door, as the transport needs it.

    `host` is the address it is bound to. `base_path` is the sub-path a proxy serves us under (`/ai`, or empty).
    `clashes` declares who answers where two dialects claim a path; `None` lets the earlier one win. `public_hosts` are
    further names for the `Host` header. `trusted_proxies` are addresses or networks whose forwarding headers count.
    `vouching` are headers in which proxies say who asks. `cors_origins` are exact origins (or `*`), answered never with
    credentials; `cors_of` lets further ones in to the rows of one dialect, by its name. `body_limit` is in bytes.
    `aside` are dialects that are found under `/as/<name>` alone.
    """

    name: str
    host: str
    dialects: tuple[Dialect, ...]
    clashes: Clashes | None = None
    base_path: str = ""
    public_hosts: frozenset[str] = frozenset()
    trusted_proxies: tuple[str, ...] = ()
    cors_origins: frozenset[str] = frozenset()
    cors_methods: tuple[str, ...] = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
    cors_headers: tuple[str, ...] = ("*",)
    cors_of: Mapping[str, CrossOrigin] = {}
    body_limit: int = 20 * MEBIBYTE
    vouching: Vouching | None = None
    aside: tuple[Dialect, ...] = ()

    def cross(self, origin: str, dialect: str) -> CrossOrigin | None:
        """What holds for a page of this origin at a dialect's rows; None where it may not call them."""
        whole = CrossOrigin(self.cors_origins, self.cors_methods, self.cors_headers)
        for rule in (whole, self.cors_of.get(dialect)):
            if rule is not None and (origin in rule.origins or "*" in rule.origins):
                return rule
        return None
