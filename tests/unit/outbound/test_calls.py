"""How a call is written, and what is refused because it could be read as something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.outbound.calls import Call, Heads, Origin, render
from parlance.values.errors import Fault, Kind

ORIGIN = Origin("http", "127.0.0.1", 11434)


def test_a_request_is_written_with_host_length_and_its_own_headers() -> None:
    call = Call(ORIGIN, "POST", "/v1/chat?x=1", ((b"Authorization", b"Bearer k\xc3\xa9y"),), b"{}")
    assert render(call) == (
        b"POST /v1/chat?x=1 HTTP/1.1\r\nHost: 127.0.0.1:11434\r\nAccept-Encoding: identity\r\nContent-Length: 2\r\n"
        b"Authorization: Bearer k\xc3\xa9y\r\n\r\n{}"
    )
    assert b"Content-Length" not in render(Call(ORIGIN))
    assert b"Content-Length: 0" in render(Call(ORIGIN, "POST"))


SPLITTING = {
    "CRLF in a value": {"headers": ((b"X", b"a\r\nY: b"),)},
    "LF in a value": {"headers": ((b"X", b"a\nY: b"),)},
    "CR in a value": {"headers": ((b"X", b"a\rb"),)},
    "NUL in a value": {"headers": ((b"X", b"a\0b"),)},
    "ESC in a value": {"headers": ((b"X", b"a\x1b[2J"),)},
    "a whole header in a name": {"headers": ((b"X: 1\r\nY", b"b"),)},
    "a space in a name": {"headers": ((b"X Y", b"b"),)},
    "an empty name": {"headers": ((b"", b"b"),)},
    "a second Host": {"headers": ((b"host", b"b"),)},
    "a length of its own": {"headers": ((b"Content-Length", b"0"),)},
    "a coding of its own": {"headers": ((b"Transfer-Encoding", b"chunked"),)},
    "a connection header": {"headers": ((b"Connection", b"close"),)},
    "an encoding of its own": {"headers": ((b"Accept-Encoding", b"gzip"),)},
    "a space in the target": {"target": "/a HTTP/1.1\r\nX: y"},
    "CR in the target": {"target": "/a\rb"},
    "NUL in the target": {"target": "/\0"},
    "a target that is not ASCII": {"target": "/é"},
    "a whole URL as target": {"target": "http://elsewhere/"},
    "an empty target": {"target": ""},
    "a method with a space": {"method": "GET /x"},
    "a method in lower case": {"method": "get"},
    "an empty method": {"method": ""},
}


@pytest.mark.parametrize("fields", SPLITTING.values(), ids=SPLITTING.keys())
def test_what_could_split_a_request_is_refused_without_being_repeated(fields: dict[str, object]) -> None:
    with pytest.raises(Fault) as caught:
        render(Call(ORIGIN, **fields))  # type: ignore[arg-type]
    assert caught.value.kind is Kind.invalid
    assert "\r" not in caught.value.message and "elsewhere" not in caught.value.message


@given(st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=40)), max_size=4), st.text(max_size=30))
def test_whatever_is_accepted_is_one_request_with_the_headers_it_was_given(
    headers: list[tuple[bytes, bytes]], target: str
) -> None:
    try:
        wire = render(Call(ORIGIN, "POST", "/" + target, tuple(headers), b"body"))
    except Fault:
        return
    head, _, body = wire.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert body == b"body"
    assert len(lines) == 4 + len(headers)
    assert lines[0] == b"POST /%b HTTP/1.1" % target.encode("ascii")
    assert not any(bad in line for line in lines for bad in (b"\r", b"\n", b"\0"))


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("http://127.0.0.1:11434", Origin("http", "127.0.0.1", 11434), ""),
        ("HTTPS://API.Example.com/v1/", Origin("https", "api.example.com", 443), "/v1"),
        ("http://[::1]:8080/a/b", Origin("http", "::1", 8080), "/a/b"),
        ("http://model_server/", Origin("http", "model_server", 80), ""),
    ],
)
def test_a_base_url_is_split_into_its_origin_and_its_path(url: str, origin: Origin, path: str) -> None:
    assert Origin.split(url) == (origin, path)


def test_an_authority_names_the_port_only_where_it_is_not_the_schemes_own() -> None:
    assert Origin("https", "a.example", 443).authority == "a.example"
    assert Origin("https", "a.example", 80).authority == "a.example:80"
    assert Origin("http", "::1", 8080).authority == "[::1]:8080"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example",
        "a.example",
        "http://",
        "http://user:key@a.example",
        "http://a.example:0",
        "http://a.example:99999",
        "http://a.example:port",
        "http://a.example?x",
        "http://a.example#x",
        "http://a b",
        "http://a\r\nb",
        "http://a\\b",
        "http://a%2eb",
        "http://-a.example",
        "http://a..b",
        "http://a.example.",
        "http://é.example",
        "http://[::1",
        "http://[::zz]",
        "http://[fe80::1%25eth0]",
        "http://a.example/a b",
        "http://a.example/é",
    ],
)
def test_a_base_url_that_is_not_plain_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(Fault) as caught:
        Origin.split(url)
    assert caught.value.kind is Kind.invalid
    assert "a.example" not in caught.value.message and "key" not in caught.value.message


@pytest.mark.parametrize("parts", [("ws", "a", 80), ("http", "A", 80), ("http", "fe80::1%eth0", 80), ("http", "a", 0)])
def test_an_origin_cannot_be_made_of_parts_that_do_not_fit_into_a_request(parts: tuple[str, str, int]) -> None:
    with pytest.raises(Fault):
        Origin(*parts)


def test_heads_that_are_kept_are_those_of_the_very_call() -> None:
    """The same headers sent elsewhere, or another way, are put together anew; so is a tuple that only looks alike."""
    heads = Heads()
    headers = ((b"X", b"1"),)
    calls = [
        Call(ORIGIN, "POST", "/a", headers, b"first"),
        Call(ORIGIN, "POST", "/a", headers, b"second"),
        Call(ORIGIN, "POST", "/b", headers, b""),
        Call(ORIGIN, "GET", "/b", headers),
        Call(Origin("http", "other.example", 80), "GET", "/b", headers),
        Call(ORIGIN, "GET", "/b", ((b"X", b"2"),)),
    ]
    for call in calls * 2:
        assert heads.render(call) == render(call)
    for number in range(200):
        call = Call(ORIGIN, "GET", "/", ((b"X", b"%d" % number),))
        assert heads.render(call) == render(call)


def test_a_head_that_is_refused_is_refused_again() -> None:
    heads, call = Heads(), Call(ORIGIN, "GET", "/", ((b"X", b"a\r\nY: b"),))
    for _ in range(2):
        with pytest.raises(Fault):
            heads.render(call)
