"""Which addresses a user's URL may lead to: globally routable unicast, and nothing that hides another address inside.

`ipaddress.is_global` is not enough: it differs between Python versions and lets NAT64, 6to4 and multicast through.
The tables follow the IANA special-purpose registries (RFC 6890 and its updates).
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT, and the metadata host of Alibaba Cloud
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's platform host: a public number that answers from inside
        "169.254.0.0/16",  # link-local, and the metadata host of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, and the metadata host of Oracle Cloud
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
"""All that is assigned as global unicast: mapped, NAT64, link-local, unique local and multicast lie outside."""
_REFUSED_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
    )
)
_ISATAP = {0x00005EFE, 0x02005EFE}
"""The interface identifiers that carry an IPv4 address (RFC 5214)."""


def is_numeric(host: str) -> bool:
    """True for an address in plain digits, which no name server is asked about."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """True when a connection to this numeric address can only leave for the open internet."""
    try:
        four = IPv4Address(address)
    except AddressValueError:
        return _is_public_6(address)
    return not any(four in network for network in _REFUSED_4)


def _is_public_6(address: str) -> bool:
    try:
        six = IPv6Address(address)
    except AddressValueError:
        return False
    if six.scope_id is not None or six not in _GLOBAL_6 or any(six in network for network in _REFUSED_6):
        return False
    return int(six) >> 32 & 0xFFFFFFFF not in _ISATAP
