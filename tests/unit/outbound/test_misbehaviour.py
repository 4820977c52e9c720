"""A server that breaks, lies or never ends: a typed fault, what arrived kept, nothing of the server in the sentence."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from parlance.outbound.client import Client
from parlance.values.errors import Fault, Kind
from tests.unit.outbound.upstream import CHUNKED, OK, Notes, Peer, Script, answers, serving

HEAD = b"HTTP/1.1 200 OK\r\n"
GZIP = HEAD + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def endless(head: bytes, piece: bytes) -> Script:
    """`head`, then `piece` again and again, until the client has had enough."""

    async def script(peer: Peer) -> None:
        await peer.request()
        peer.writer.write(head)
        for _ in range(4000):
            peer.writer.write(piece)
            await peer.writer.drain()
            await asyncio.sleep(0)
            if peer.writer.transport.is_closing():
                return
        raise AssertionError("the client read on and on")

    return script


ENDED = "ended early"
DAMAGED = "not valid HTTP"
LARGE = "too large"
SECRET = b"sk-upstream-secret /srv/models/private"

BROKEN: dict[str, tuple[Script, Kind, str]] = {
    "FIN before any byte": (answers(then="close"), Kind.upstream, ENDED),
    "RST before any byte": (answers(then="reset"), Kind.upstream, ENDED),
    "half a head": (answers(HEAD + b"Content-Le", then="close"), Kind.upstream, ENDED),
    "a short length": (answers(HEAD + b"Content-Length: 9\r\n\r\nhalf", then="close"), Kind.upstream, ENDED),
    "a cut chunk": (answers(CHUNKED + b"9\r\nhalf", then="close"), Kind.upstream, ENDED),
    "no last chunk": (answers(CHUNKED + chunk(b"half"), then="close"), Kind.upstream, ENDED),
    "RST in mid-stream": (answers(CHUNKED + chunk(b"half"), then="reset"), Kind.upstream, ENDED),
    "RST of a close-delimited body": (answers(HEAD + b"\r\nhalf", then="reset"), Kind.upstream, ENDED),
    "gzip that breaks off": (answers(GZIP + chunk(gzip.compress(b"half")[:-4]) + b"0\r\n\r\n"), Kind.upstream, ENDED),
    "close-delimited gzip that breaks off": (
        answers(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"half")[:-4], then="close"),
        Kind.upstream,
        ENDED,
    ),
    "one byte of deflate": (
        answers(HEAD + b"Content-Encoding: deflate\r\nContent-Length: 1\r\n\r\nx"),
        Kind.upstream,
        ENDED,
    ),
    "not gzip at all": (answers(GZIP + chunk(SECRET)), Kind.upstream, DAMAGED),
    "rubbish behind gzip": (answers(GZIP + chunk(gzip.compress(b"half") + SECRET)), Kind.upstream, DAMAGED),
    "rubbish behind deflate": (
        answers(
            HEAD + b"Content-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n",
            chunk(zlib.compress(b"half")),
            chunk(SECRET),
        ),
        Kind.upstream,
        DAMAGED,
    ),
    "an encoding nobody asked for": (answers(HEAD + b"Content-Encoding: br\r\n\r\nx"), Kind.upstream, DAMAGED),
    "a transfer coding nobody asked for": (
        answers(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        Kind.upstream,
        DAMAGED,
    ),
    "bare HTML": (answers(b"<html>" + SECRET), Kind.upstream, DAMAGED),
    "a banner": (answers(b"SSH-2.0-" + SECRET + b"\r\n"), Kind.upstream, DAMAGED),
    "two lengths": (answers(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"), Kind.upstream, DAMAGED),
    "a length and chunks": (
        answers(HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Kind.upstream,
        DAMAGED,
    ),
    "a negative chunk": (answers(CHUNKED + b"-1\r\n"), Kind.upstream, DAMAGED),
    "an upgrade": (
        answers(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + SECRET),
        Kind.upstream,
        DAMAGED,
    ),
    "a status below 100": (answers(b"HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n"), Kind.upstream, DAMAGED),
    "an endless header line": (endless(HEAD + b"X: ", b"x" * 4096), Kind.upstream, LARGE),
    "a head that ends and is too large": (
        answers(HEAD + b"X: " + b"x" * 60_000, b"x" * 9_000 + b"\r\nContent-Length: 0\r\n\r\n"),
        Kind.upstream,
        LARGE,
    ),
    "endless headers": (endless(HEAD, b"X-Header: value\r\n" * 64), Kind.upstream, LARGE),
    "endless interim answers": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 64), Kind.upstream, LARGE),
    "interim answers with large headers": (
        endless(b"", b"HTTP/1.1 103 Hints\r\nX: " + b"x" * 4096 + b"\r\n\r\n"),
        Kind.upstream,
        LARGE,
    ),
    "endless trailers": (endless(CHUNKED + b"0\r\n", b"X-Trailer: value\r\n" * 64), Kind.upstream, LARGE),
    "an endless chunk extension": (endless(CHUNKED + b"1;x=", b"x" * 4096), Kind.upstream, LARGE),
    "an endless body": (endless(CHUNKED, chunk(b"x" * 4096)), Kind.upstream, LARGE),
    "a gzip bomb": (
        answers(GZIP + chunk(gzip.compress(bytes(64 * 1024 * 1024))[:60000]), then="close"),
        Kind.upstream,
        LARGE,
    ),
    "empty gzip members without end": (
        endless(GZIP, b"".join(chunk(gzip.compress(b"")) for _ in range(200))),
        Kind.upstream,
        LARGE,
    ),
    "an endless line": (endless(CHUNKED, chunk(b"x" * 1000)), Kind.upstream, "line"),
    "a long line that ends": (
        answers(CHUNKED, chunk(b"x\n" + b"x" * 60000), chunk(b"x" * 9000 + b"\n")),
        Kind.upstream,
        "line",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize(("script", "kind", "words"), BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_answer_is_a_typed_fault_that_tells_nothing_of_the_server(
    client: Client, script: Script, kind: Kind, words: str
) -> None:
    async with serving(script) as upstream:
        call = upstream.call(
            target="/private/path",
            headers=((b"Authorization", b"Bearer sk-key"),),
            max_body=1 << 20,
            max_line=65536 if words == "line" else None,
        )
        notes = Notes()
        with pytest.raises(Fault, match=words) as caught:
            await client.exchange(call, notes)
        assert caught.value.kind is kind
        sentence = caught.value.sentence() + str(caught.value.code)
        for secret in ("127.0.0.1", str(upstream.port), "private", "sk-", "Errno", "secret"):
            assert secret not in sentence
        assert len(notes.body) <= 1 << 20
        await asyncio.wait_for(upstream.left.wait(), 20)
        assert client.counts().open == 0


async def test_what_arrived_before_the_break_is_kept(client: Client) -> None:
    async with serving(answers(CHUNKED, chunk(b"half"), then="reset")) as upstream:
        notes = Notes()
        with pytest.raises(Fault):
            await client.exchange(upstream.call(), notes)
        assert (notes.status, notes.body) == (200, b"half")


async def test_lines_within_their_bound_pass_however_they_are_cut(client: Client) -> None:
    text = b"a" * 60000 + b"\n\n" + b"b" * 60000 + b"\n" + b"c" * 10
    pieces = [chunk(text[at : at + 7000]) for at in range(0, len(text), 7000)]
    async with serving(answers(CHUNKED + b"".join(pieces) + b"0\r\n\r\n")) as upstream:
        assert (await client.fetch(upstream.call(max_line=65536))).body == text


async def test_a_full_piece_of_decompressed_text_is_not_taken_for_the_end(client: Client) -> None:
    for size in (65535, 65536, 65537, 131072, 200000):
        packed = gzip.compress(b"x" * size)
        pieces = [chunk(packed[at : at + 1]) for at in range(len(packed))]
        async with serving(answers(GZIP + b"".join(pieces) + b"0\r\n\r\n")) as upstream:
            assert len((await client.fetch(upstream.call())).body) == size


@pytest.mark.parametrize("status", [301, 307, 401, 429, 500])
async def test_every_final_status_reaches_the_receiver_as_it_is(client: Client, status: int) -> None:
    answer = b"HTTP/1.1 %d X\r\nLocation: http://127.0.0.1:1/\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno" % status
    async with serving(answers(answer)) as upstream:
        response = await client.fetch(upstream.call())
        assert (response.status, response.body, response.header(b"retry-after")) == (status, b"no", b"7")
        assert response.header(b"set-cookie") is None
        assert upstream.accepted == 1


async def test_an_answer_without_a_body_is_whole_at_its_head(client: Client) -> None:
    heads = {
        "HEAD": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n",
        "GET": b"HTTP/1.1 304 Same\r\nContent-Length: 99\r\n\r\n",
        "DELETE": b"HTTP/1.1 204 Gone\r\nContent-Encoding: gzip\r\n\r\n",
    }
    for method, head in heads.items():
        async with serving(answers(head)) as upstream:
            assert (await client.fetch(upstream.call(method=method))).body == b""


async def test_a_body_that_follows_the_answer_to_head_is_dropped(client: Client) -> None:
    async with serving(answers(OK)) as upstream:
        assert (await client.fetch(upstream.call(method="HEAD"))).body == b""
        assert upstream.accepted == 1


@pytest.mark.parametrize("moment", ["on_flow", "on_head", "on_data"])
async def test_what_a_receiver_raises_closes_the_connection_and_comes_out(client: Client, moment: str) -> None:
    class Refusing(Notes):
        pass

    def refuse(self: Notes, *args: object) -> None:
        raise StopIteration(moment)

    setattr(Refusing, moment, refuse)
    async with serving(answers(OK)) as upstream:
        task = asyncio.ensure_future(_raised(client, upstream.call(), Refusing()))
        assert await task == moment
        await asyncio.wait_for(upstream.left.wait(), 20)


async def _raised(client: Client, call: object, receiver: Notes) -> object:
    try:
        await client.exchange(call, receiver)  # type: ignore[arg-type]
    except RuntimeError as error:  # Python's own dress for a StopIteration that leaves a coroutine
        assert isinstance(error.__cause__, StopIteration)
        return error.__cause__.value
    return None


async def test_an_early_answer_to_a_body_still_being_sent_stands_and_the_connection_does_not(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    async def refusing(peer: Peer) -> None:
        await peer.reader.readuntil(b"first\r\n")
        await peer.send(b"HTTP/1.1 413 Large\r\nContent-Length: 2\r\n\r\nno")
        await peer.gone()

    async with serving(refusing) as upstream:
        assert (await client.fetch(upstream.call(method="PUT", body=body()))).status == 413
        await asyncio.wait_for(upstream.left.wait(), 20)


async def test_a_body_that_cannot_be_read_to_its_end_ends_the_exchange_with_its_own_error(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"first"
        raise LookupError("the disk is gone")

    async def waiting(peer: Peer) -> None:
        await peer.gone()

    async with serving(waiting) as upstream:
        with pytest.raises(LookupError):
            await client.fetch(upstream.call(method="PUT", body=body()))
        await asyncio.wait_for(upstream.left.wait(), 20)


async def test_a_body_held_back_by_a_server_that_hangs_up_ends_with_the_connection(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(1000):
            yield bytes(65536)

    async def leaving(peer: Peer) -> None:
        await peer.reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.05)
        peer.reset()

    async with serving(leaving) as upstream:
        with pytest.raises(Fault, match="ended early"):
            await client.fetch(upstream.call(method="PUT", body=body()))
