"""Headers in which a proxy says who asks: taken from everybody, believed of a few."""

from __future__ import annotations

import pytest

from parlance.core.accounts.federation.people import Vouched
from parlance.transports.http.vouching import NOT_VOUCHED, Taken, Vouchers, Vouching

VOUCHERS = Vouchers(Vouching(("10.0.0.0/8", "::1", "192.0.2.7"), "remote-user", "remote-name", "", "remote-groups"))


@pytest.mark.parametrize("peer", ["10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "::1"])
def test_a_listed_proxy_is_believed(peer: str) -> None:
    """And what it said is gone from the request."""
    name = "Gråce".encode().decode("latin-1")
    headers = {"remote-user": "grace", "remote-name": name, "remote-groups": "a,b", "host": "x"}
    assert VOUCHERS.take(headers, peer) == Taken(Vouched("grace", "Gråce", "", "a,b"), True)
    assert headers == {"host": "x"}


@pytest.mark.parametrize("peer", ["11.1.2.3", "127.0.0.1", "::ffff:192.0.2.8", "", "unix", "10.1.2.3, 10.1.2.4"])
def test_nobody_else_is(peer: str) -> None:
    """Their headers are gone as well; that there were some is remembered."""
    headers = {"remote-user": "grace", "remote-groups": "chiefs"}
    assert VOUCHERS.take(headers, peer) == Taken(None, True)
    assert headers == {}


def test_a_proxy_may_name_nobody() -> None:
    """Whoever has not signed in there is nobody here; groups without a user are nobody's."""
    assert VOUCHERS.take({"host": "x"}, "10.1.2.3") == NOT_VOUCHED
    assert VOUCHERS.take({"remote-user": " "}, "10.1.2.3") == Taken(None, True)
    assert VOUCHERS.take({"remote-groups": "chiefs"}, "10.1.2.3") == Taken(None, True)


def test_a_name_that_is_no_utf_8_is_read_as_http_has_it() -> None:
    assert VOUCHERS.take({"remote-user": "gr\xe5ce"}, "::1").vouched == Vouched("gråce")
