"""The contract of `ports/fetching.py`, held by the guard: it calls only where it may. Promise P25."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parlance.outbound.addresses import is_numeric, is_public
from parlance.outbound.calls import Call, Headers, Origin
from parlance.outbound.client import Client, Response
from parlance.outbound.guard import Guard
from parlance.outbound.urls import Place, follow, parse
from parlance.ports.fetching import Deadlines, Fetched, Fetcher
from parlance.values.errors import Fault, Kind

PUBLIC = "93.184.215.14"
QUICK = Deadlines(connect=0.1, first_byte=0.1, between=0.1, total=0.3)

SPELLINGS = [
    # Plain, and with every scheme that is not ours.
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "ws://127.0.0.1:{port}/",
    "unix:///var/run/docker.sock",
    # Loopback by other numbers.
    "http://127.0.0.2:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://0X7F000001:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.1:{port}/",
    "http://00000177.0.0.1:{port}/",
    "http://127.0.0.0x1:{port}/",
    "http://127.0.0.01:{port}/",
    "http://4294967297:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.1..:{port}/",
    "http://127.000.000.001:{port}/",
    # IPv6, and IPv4 inside it.
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:7f00:1::1]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[fe80::1%lo]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fd00:ec2::254]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://[2606:4700::5efe:127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "http://[1:2]:{port}/",
    "http://::1:{port}/",
    # Names of this machine and of its networks.
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://sub.localhost:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://ip6-localhost:{port}/",
    "http://printer.local:{port}/",
    "http://metadata:{port}/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://router.home.arpa:{port}/",
    # Names that resolve to where they should not.
    "http://loopback.example:{port}/",
    "http://loopback6.example:{port}/",
    "http://mapped.example:{port}/",
    "http://mixed.example:{port}/",
    "http://unspecified.example:{port}/",
    "http://scoped.example:{port}/",
    "http://nonsense.example:{port}/",
    "http://nobody.example:{port}/",
    "http://127.0.0.1.nip.example:{port}/",
    # Metadata hosts, private, shared, reserved and multicast numbers.
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/",
    "http://168.63.129.16/",
    "http://192.0.0.192/",
    "http://10.0.0.1:{port}/",
    "http://172.16.0.1:{port}/",
    "http://192.168.0.1:{port}/",
    "http://100.64.0.1:{port}/",
    "http://198.18.0.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://240.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    # Two readers, two hosts.
    "http://example.com@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@example.com/",
    "http://user:pass@127.0.0.1:{port}/",
    "http://@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "http://example.com#@127.0.0.1:{port}:/",
    "http://127.0.0.1%3a{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://12\t7.0.0.1:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1:{port}/\r\nX-Injected: 1",
    "http://127.0.0.1\x00.example.com:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:{port}0000/",
    "http://example.com:0/",
    # Characters that turn into others.
    "http://１２７.０.０.１:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127．0．0．1:{port}/",
    "http://127｡0｡0｡1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://localho\u017ft:{port}/",
    "http://127.0.0.1\u200b:{port}/",
    "http://127.0.0.1\u00ad:{port}/",
    "http://127.0.0.1\u3000:{port}/",
    "http://١٢٧.٠.٠.١:{port}/",
    "http://\ud800.example:{port}/",
    "http://" + "é" * 70 + ".example:{port}/",
    "http://a..é.example:{port}/",
    "http://" + "a" * 9000 + ".example/",
]

ZONE = {
    "loopback.example": ["127.0.0.1"],
    "loopback6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "unspecified.example": ["0.0.0.0"],
    "scoped.example": ["fe80::1%lo"],
    "nonsense.example": ["not an address"],
    "empty.example": [],
    "127.0.0.1.nip.example": ["127.0.0.1"],
    "allowed.example": ["127.0.0.1"],
    "public.example": [PUBLIC],
    "xn--bcher-kva.example": [PUBLIC],
    "other.example": ["2606:4700::1", PUBLIC],
}


async def zone(host: str, port: int) -> list[str]:
    """A resolver as lenient as the C library's: it understands every old spelling of a number."""
    if host in ZONE:
        return ZONE[host]
    if host in ("localhost", "metadata") or host.endswith((".localhost", ".local", ".internal")):
        return ["127.0.0.1"]
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except (OSError, UnicodeError):
        raise socket.gaierror(-2, "Name or service not known") from None


class Canary:
    """A server on loopback that must not be heard."""

    def __init__(self) -> None:
        self.port = 0
        self.sung = 0
        self.answer: Callable[[bytes], bytes] = lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsing"
        self.requests: list[bytes] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sung += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(request)
                answer = self.answer(request)
                if not answer:
                    await asyncio.sleep(10)
                writer.write(answer)
        writer.transport.abort()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    canary = Canary()
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(canary.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(lambda _: writer.transport.abort())

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    canary.port = server.sockets[0].getsockname()[1]
    yield canary
    server.close()
    for task in list(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    client = Client()
    yield client
    await client.close()


async def refused(fetching: Awaitable[Fetched]) -> tuple[object, ...]:
    """Everything that a caller can see of a refusal."""
    with pytest.raises(Fault) as caught:
        await fetching
    fault = caught.value
    assert fault.__cause__ is None
    return fault.kind, fault.message, fault.hint, fault.retry_after, fault.field, fault.code, fault.status


def test_there_are_at_least_sixty_one_spellings() -> None:
    assert len(set(SPELLINGS)) >= 61


async def test_no_spelling_of_an_address_reaches_the_canary_and_all_refusals_are_one(
    client: Client, canary: Canary
) -> None:
    guard: Fetcher = Guard(client, resolve=zone)
    seen = {await refused(guard.fetch(text.replace("{port}", str(canary.port)), max_bytes=100)) for text in SPELLINGS}
    assert len(seen) == 1
    assert next(iter(seen))[0] is Kind.invalid
    assert canary.sung == 0


@pytest.mark.parametrize("path", ["location", "relative", "scheme-relative"])
async def test_no_redirect_leads_from_an_allowed_place_to_one_that_is_not(
    client: Client, canary: Canary, path: str
) -> None:
    """An open redirect on a trusted server is the classic way round a guard."""
    other = Canary()
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    other.port = server.sockets[0].getsockname()[1]
    target = {
        "location": f"http://127.0.0.1:{other.port}/",
        "relative": f"/\\127.0.0.1:{other.port}/",
        "scheme-relative": f"//127.0.0.1:{other.port}/",
    }[path]
    canary.answer = lambda request: redirect(target)
    guard = Guard(client, resolve=zone, allowed=frozenset({Origin("http", "127.0.0.1", canary.port)}))
    assert (await refused(guard.fetch(f"http://127.0.0.1:{canary.port}/", max_bytes=100)))[0] is Kind.invalid
    assert (canary.sung, other.sung) == (1, 0)
    server.close()


def redirect(target: str, status: int = 302) -> bytes:
    return b"HTTP/1.1 %d Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % (status, target.encode("utf-8"))


@pytest.fixture
def allowed(client: Client, canary: Canary) -> Guard:
    """A guard that may visit the canary, by number and by name."""
    hosts = ("127.0.0.1", "allowed.example", "gone.example")
    return Guard(client, resolve=zone, allowed=frozenset(Origin("http", host, canary.port) for host in hosts))


async def test_an_allowed_origin_may_be_private_and_is_matched_whole(allowed: Guard, canary: Canary) -> None:
    for host in ("127.0.0.1", "allowed.example"):
        fetched = await allowed.fetch(f"http://{host}:{canary.port}?q=ü#fragment", max_bytes=100)
        assert (fetched.status, fetched.body) == (200, b"sing")
        assert fetched.url == f"http://{host}:{canary.port}/?q=%C3%BC"
    await refused(allowed.fetch(f"https://127.0.0.1:{canary.port}/", max_bytes=100))
    await refused(allowed.fetch(f"http://127.0.0.1:{canary.port + 1}/", max_bytes=100))
    await refused(allowed.fetch(f"http://loopback.example:{canary.port}/", max_bytes=100))
    await refused(allowed.fetch(f"http://gone.example:{canary.port}/", max_bytes=100))


async def test_a_refusal_tells_nothing_about_what_is_there(canary: Canary, client: Client) -> None:
    """Refused address, closed port, unknown name, silence and another protocol: one sentence for all."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        places = frozenset({Origin("http", "127.0.0.1", port), Origin("http", "127.0.0.1", canary.port)})
        guard = Guard(client, resolve=zone, allowed=places)
        seen = [
            await refused(guard.fetch("http://10.0.0.1/", max_bytes=100)),
            await refused(guard.fetch(f"http://127.0.0.1:{port}/", max_bytes=100)),
            await refused(guard.fetch("http://nobody.example/", max_bytes=100)),
            await refused(guard.fetch("http://empty.example/", max_bytes=100)),
        ]
    for answer in (b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n"):
        canary.answer = lambda request, answer=answer: answer  # type: ignore[misc]
        seen.append(await refused(guard.fetch(f"http://127.0.0.1:{canary.port}/", max_bytes=100, deadlines=QUICK)))
    assert len(set(seen)) == 1


async def test_sizes_are_bounded_as_sent_and_as_decompressed(allowed: Guard, canary: Canary) -> None:
    packed = gzip.compress(bytes(1 << 20))
    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%b" % (len(packed), packed)
    plain = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(5000)
    for answer in (bomb, plain):
        canary.answer = lambda request, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(Fault) as caught:
            await allowed.fetch(f"http://127.0.0.1:{canary.port}/", max_bytes=4096)
        assert caught.value.kind is Kind.too_large


async def test_time_is_bounded_over_all_hops_and_in_the_look_up(allowed: Guard, canary: Canary) -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(10)
        raise AssertionError

    silent = Guard(Recorder(), resolve=never)
    first = await refused(silent.fetch("http://public.example/", max_bytes=100, deadlines=QUICK))
    canary.answer = lambda request: b""
    limits = Deadlines(connect=10, first_byte=10, between=10, total=0.05)
    assert first == await refused(allowed.fetch(f"http://127.0.0.1:{canary.port}/", max_bytes=100, deadlines=limits))


@pytest.mark.parametrize(("hops", "arrives"), [(5, True), (6, False)])
async def test_five_redirects_are_followed_and_no_sixth(
    allowed: Guard, canary: Canary, hops: int, arrives: bool
) -> None:
    def answer(request: bytes) -> bytes:
        number = int(request.split()[1][1:])
        return redirect(f"{number + 1}") if number < hops else b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

    canary.answer = answer
    fetching = allowed.fetch(f"http://127.0.0.1:{canary.port}/0", max_bytes=100)
    if arrives:
        assert (await fetching).url.endswith("/5")
    else:
        await refused(fetching)
    assert len(canary.requests) == 6


class Recorder:
    """A client that writes down what it would have dialled."""

    def __init__(self, *answers: tuple[int, Headers]) -> None:
        self.answers = list(answers)
        self.calls: list[Call] = []

    async def fetch(self, call: Call) -> Response:
        self.calls.append(call)
        status, headers = self.answers.pop(0)
        return Response(status, headers, b"")


def to(location: bytes) -> tuple[int, Headers]:
    return 307, ((b"location", location),)


async def test_the_address_that_was_judged_is_the_one_that_is_dialled() -> None:
    """A name that answers differently the second time (DNS rebinding) finds nobody asking."""
    answers = iter([[PUBLIC], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    recorder = Recorder((200, ()))
    await Guard(recorder, resolve=rebinding).fetch("http://public.example/a?b", max_bytes=100)
    (call,) = recorder.calls
    assert call.addresses == (PUBLIC,)
    assert (call.origin.host, call.target, call.max_body) == ("public.example", "/a?b", 100)
    assert next(answers) == ["127.0.0.1"]


async def test_a_public_number_is_dialled_without_a_look_up() -> None:
    async def forbidden(host: str, port: int) -> list[str]:
        raise AssertionError

    recorder = Recorder((200, ()), (200, ()))
    guard = Guard(recorder, resolve=forbidden)
    await guard.fetch(f"http://{PUBLIC}/", max_bytes=100)
    await guard.fetch("http://[2606:4700:0:0::1]/", max_bytes=100)
    assert [call.addresses for call in recorder.calls] == [(PUBLIC,), ("2606:4700::1",)]


async def test_a_name_in_another_script_is_asked_for_in_ascii() -> None:
    recorder = Recorder((200, ()))
    await Guard(recorder, resolve=zone).fetch("http://Bücher.example/straße", max_bytes=100)
    assert recorder.calls[0].origin.host == "xn--bcher-kva.example"
    assert recorder.calls[0].target == "/stra%C3%9Fe"


async def test_the_callers_headers_go_to_the_first_origin_only_and_do_not_come_back() -> None:
    recorder = Recorder(to(b"/next"), to(b"https://other.example/"), to(b"https://public.example/home"), (200, ()))
    secret = ((b"Authorization", b"Bearer k"),)
    await Guard(recorder, resolve=zone).fetch(
        "https://public.example/", max_bytes=100, headers=secret, accept="text/html"
    )
    assert [secret[0] in call.headers for call in recorder.calls] == [True, True, False, False]
    assert all((b"Accept", b"text/html") in call.headers for call in recorder.calls)


async def test_encryption_is_never_given_up_by_a_redirect() -> None:
    recorder = Recorder(to(b"https://other.example/"), to(b"http://public.example/"), (200, ()))
    await refused(Guard(recorder, resolve=zone).fetch("http://public.example/", max_bytes=100))
    assert len(recorder.calls) == 2


@pytest.mark.parametrize(
    "location",
    [b"\xff\xfe", b"/a b", b"/a\tb", b"http://[::1", b"http://user@other.example/", b"file:///etc/passwd", b"x" * 9000],
)
async def test_a_redirect_that_is_not_plainly_spelled_is_refused(location: bytes) -> None:
    await refused(Guard(Recorder(to(location)), resolve=zone).fetch("http://public.example/", max_bytes=100))


async def test_a_redirect_status_without_a_location_is_an_answer() -> None:
    fetched = await Guard(Recorder((304, ()), (302, ())), resolve=zone).fetch("http://public.example/", max_bytes=9)
    assert fetched.status == 304


@pytest.mark.parametrize(
    ("header", "media_type", "charset"),
    [
        (b'Text/HTML; Charset="UTF-8"; x=y', "text/html", "utf-8"),
        (b"application/pdf", "application/pdf", ""),
        (None, "", ""),
    ],
)
async def test_the_media_type_and_charset_are_taken_from_the_answer(
    header: bytes | None, media_type: str, charset: str
) -> None:
    headers: Headers = () if header is None else ((b"content-type", header),)
    fetched = await Guard(Recorder((200, headers)), resolve=zone).fetch("http://public.example/", max_bytes=9)
    assert (fetched.media_type, fetched.charset) == (media_type, charset)


async def test_a_fault_of_our_own_side_is_not_dressed_up_as_a_refusal(client: Client, canary: Canary) -> None:
    guard = Guard(client, resolve=zone, allowed=frozenset({Origin("http", "127.0.0.1", canary.port)}))
    await client.close()
    with pytest.raises(Fault) as caught:
        await guard.fetch(f"http://127.0.0.1:{canary.port}/", max_bytes=9)
    assert caught.value.kind is Kind.cancelled


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_that_python_calls_special_is_public(address: ipaddress.IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global and not address.is_multicast and not address.is_reserved


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_special_is_public(address: ipaddress.IPv6Address) -> None:
    if is_public(str(address)):
        assert address.is_global and not address.is_multicast and not address.is_reserved
        assert address.ipv4_mapped is None and address.sixtofour is None and address.teredo is None


@given(st.integers(0, 2**32 - 1))
def test_no_ipv6_address_with_an_ipv4_address_inside_is_public(number: int) -> None:
    inner = ipaddress.IPv4Address(number)
    for text in (f"::ffff:{inner}", f"::{inner}", f"64:ff9b::{inner}", f"2620:4700::5efe:{inner}"):
        assert not is_public(text)


@given(st.text())
def test_whatever_is_read_as_a_url_names_one_plain_host(text: str) -> None:
    for place in (
        parse(text),
        parse("http://" + text),
        follow(Place(Origin("http", "a.example", 80), "/"), text.encode("utf-8", "surrogatepass")),
    ):
        if place is not None:
            assert parse(place.url) == place
            assert place.origin.host.isascii() and place.target.isascii()
            assert is_numeric(place.origin.host) or not place.origin.host.rpartition(".")[2].isdigit()
