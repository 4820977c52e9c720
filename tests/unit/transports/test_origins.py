"""Who is local, who is a stranger, and whose forwarding headers count."""

from __future__ import annotations

from typing import Any

import pytest

from parlance.transports.http.door import Door
from parlance.transports.http.origins import Origins, Standing, is_loopback
from parlance.values.errors import Fault, Kind


def judge(
    headers: dict[str, str] | None = None,
    *,
    peer: str = "127.0.0.1",
    host: str = "127.0.0.1",
    open_: bool = False,
    **more: Any,
) -> Standing:
    scheme = more.pop("scheme", "http")
    return Origins(Door("d", host, (), **more)).judge({"host": "localhost:8080"} | (headers or {}), peer, scheme, open_)


@pytest.mark.parametrize(
    "name", ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "[::1]", "app.localhost:3"]
)
def test_a_program_on_this_machine_is_local(name: str) -> None:
    """Under every name that only this machine has."""
    standing = judge({"host": name})
    assert (standing.local, standing.own, standing.peer, standing.cors) == (True, True, "127.0.0.1", None)


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.0.2",
        "",
        "[::2]",
        "xlocalhost",
        "[::1",
    ],
)
def test_a_foreign_name_is_refused_on_loopback(name: str) -> None:
    """A page whose name was made to resolve to 127.0.0.1 gets nothing."""
    with pytest.raises(Fault) as caught:
        judge({"host": name})
    assert (caught.value.kind, caught.value.code) == (Kind.forbidden, "foreign_host")


@pytest.mark.parametrize(
    "origin",
    ["null", "https://evil.example", "http://localhost:3000", "https://localhost:8080", "file://", "http://app://"],
)
def test_a_foreign_page_is_refused_on_loopback(origin: str) -> None:
    """Also one of another port or scheme of this machine, and a page without an origin."""
    with pytest.raises(Fault) as caught:
        judge({"origin": origin})
    assert caught.value.code == "foreign_origin"


def test_an_open_row_answers_strangers_but_they_are_not_local() -> None:
    """A health check may come under any name."""
    assert judge({"host": "evil.example"}, open_=True).local is False
    standing = judge({"origin": "https://evil.example"}, open_=True)
    assert (standing.local, standing.own) == (False, False)


@pytest.mark.parametrize(
    "origin", ["http://localhost:8080", "HTTP://LOCALHOST:8080", "app://obsidian.md", "tauri://localhost"]
)
def test_our_own_pages_and_applications_are_local(origin: str) -> None:
    """No web page can take the origin of an application."""
    assert judge({"origin": origin}).local


@pytest.mark.parametrize(
    ("site", "local"), [("same-origin", True), ("none", True), ("same-site", False), ("cross-site", False)]
)
def test_a_browser_says_whether_another_site_is_behind_it(site: str, local: bool) -> None:
    """A picture on a foreign page has no Origin, but it has this."""
    standing = judge({"sec-fetch-site": site})
    assert (standing.local, standing.own) == (local, local)


@pytest.mark.parametrize(
    "name",
    [
        "forwarded",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-real-ip",
        "cf-connecting-ip",
        "cf-ray",
        "true-client-ip",
    ],
)
def test_whoever_comes_through_a_proxy_is_not_local(name: str) -> None:
    """Behind a tunnel or proxy on this machine stands anybody; an untrusted one is not believed about the address."""
    standing = judge({name: "127.0.0.1"})
    assert (standing.local, standing.peer) == (False, "127.0.0.1")


@pytest.mark.parametrize("peer", ["192.168.0.7", "::2", ""])
def test_another_machine_is_not_local(peer: str) -> None:
    """Even if it reaches a loopback door."""
    assert judge(peer=peer).local is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.2", "chat.example"])
def test_a_wide_door_knows_no_locals_and_refuses_no_names(host: str) -> None:
    """There, only keys count."""
    standing = judge({"host": "anything.example", "origin": "https://evil.example"}, host=host)
    assert (standing.local, standing.own) == (False, False)


def test_a_public_name_is_one_of_ours() -> None:
    """A name that the operator gave is known."""
    assert judge({"host": "chat.example:8080"}, public_hosts=frozenset({"Chat.example"})).local


def test_an_allowed_origin_gets_cors_but_is_not_local() -> None:
    """It needs a key like everybody else."""
    standing = judge({"origin": "https://page.example"}, cors_origins=frozenset({"https://page.example"}))
    assert (standing.local, standing.own, standing.cors) == (False, False, "https://page.example")
    assert judge({"origin": "https://any.example"}, cors_origins=frozenset({"*"})).cors == "https://any.example"


def test_a_trusted_proxy_tells_the_client_and_the_scheme() -> None:
    """The last address that is no trusted proxy; and its page is ours under the outer scheme. Never local."""
    standing = judge(
        {
            "x-forwarded-for": "6.6.6.6, 9.9.9.9, 10.0.0.5",
            "x-forwarded-proto": "https",
            "host": "chat.example",
            "origin": "https://chat.example",
        },
        trusted_proxies=("127.0.0.1", "10.0.0.0/8"),
        public_hosts=frozenset({"chat.example"}),
    )
    assert (standing.peer, standing.own, standing.local) == ("9.9.9.9", True, False)


@pytest.mark.parametrize(
    ("told", "peer"),
    [
        ("", "127.0.0.1"),
        ("nonsense", "127.0.0.1"),
        ("nonsense, 9.9.9.9", "9.9.9.9"),
        ('"::2"', "::2"),
        ("10.0.0.1", "10.0.0.1"),
    ],
)
def test_what_a_trusted_proxy_says_is_read_with_care(told: str, peer: str) -> None:
    """Nonsense ends the list; a list of proxies alone ends at the first of them."""
    headers = {"x-forwarded-for": told, "x-forwarded-proto": "gopher"}
    assert judge(headers, trusted_proxies=("127.0.0.1", "10.0.0.0/8")).peer == peer


def test_a_peer_without_an_address_is_no_trusted_proxy() -> None:
    """A unix socket's peer has none."""
    standing = judge({"x-forwarded-for": "9.9.9.9"}, peer="", trusted_proxies=("127.0.0.1",))
    assert standing.peer == ""


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.8.8.8", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("localhost.example", False),
        ("::ffff:10.0.0.1", False),
    ],
)
def test_loopback_is_told_by_the_address(host: str, expected: bool) -> None:
    """Names other than `localhost` are never looked up."""
    assert is_loopback(host) is expected
