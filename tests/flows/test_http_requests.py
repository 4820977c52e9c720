"""Requests over a real socket: bodies, errors, ids, origins, keys and everything a careless or hostile client sends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from parlance.dialects.table import Do, Reply, Request
from parlance.testing.gateways import FakeGateway, served
from parlance.transports.http.door import Door
from parlance.transports.http.limits import Limits
from parlance.values.errors import Fault, Kind
from tests.unit.transports.small import Raw, dialect, door, fault_in, request, row


async def one(rows: Any, head: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], Any]:
    """One request to a door of these rows, its answer read as JSON."""
    async with served(door(*rows)) as here:
        status, fields, content = await (await Raw.to(here.port)).ask(head, body, **headers)
        return status, fields, json.loads(content) if content else None


async def test_a_row_sees_its_request() -> None:
    """Path, parameters, query, body and id, and the answer carries the id."""
    rows = [row("POST", "/things/{id}", body="bytes")]
    status, headers, seen = await one(rows, "POST /things/a%2Fb?x=1&x=2&y=", b"hello", x_request_id="mine-1")
    assert status == 200
    assert (seen["path"], seen["params"], seen["query"]) == ("/things/a/b", {"id": "a/b"}, {"x": "2", "y": ""})
    assert (seen["body"], seen["id"], headers["x-request-id"]) == ("hello", "mine-1", "mine-1")
    assert headers["server"] == "parlance" and headers["date"].endswith("GMT")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "a,b"])
async def test_an_odd_request_id_is_replaced(given: str) -> None:
    """Only what is safe in every log and header is taken over."""
    _, headers, seen = await one([row("GET", "/")], "GET /", x_request_id=given)
    assert headers["x-request-id"] == seen["id"] != given
    assert len(seen["id"]) == 36


async def test_a_missing_path_and_a_wrong_method_are_answered_by_their_dialect() -> None:
    """With 404, and 405 that lists the methods."""
    near = dialect(row("GET", "/near/a"), row("POST", "/near/a"), name="near", subtrees=("/near",))
    async with served(Door("d", "127.0.0.1", (dialect(name="first"), near))) as here:
        client = await Raw.to(here.port)
        status, _, body = await client.ask("GET /nowhere")
        assert (status, json.loads(body)["by"]) == (404, "first")
        status, _, body = await client.ask("GET /near/b")
        assert (status, json.loads(body)["by"], json.loads(body)["code"]) == (404, "near", "not_found")
        status, headers, body = await client.ask("DELETE /near/a")
        assert (status, headers["allow"], json.loads(body)["code"]) == (405, "GET, HEAD, POST", "method_not_allowed")
        status, _, body = await client.ask("GET /as/near/%2e%2e/x")
        assert (status, json.loads(body)["by"], json.loads(body)["code"]) == (400, "near", "bad_path")
        assert here.watcher.answers[0].row == ""


async def test_the_token_of_a_link_is_not_told_to_who_writes_the_log() -> None:
    """Whoever reads it there could use the link; the rest of the path is."""
    async with served(Door("d", "127.0.0.1", (dialect(row("GET", "/link/{token}"), row("GET", "/key/{id}")),))) as here:
        client = await Raw.to(here.port)
        for path in ("/link/sh_secret", "/as/small/link/sh_secret", "/key/plain"):
            assert (await client.ask(f"GET {path}"))[0] == 200
        assert [answer.path for answer in here.watcher.answers] == ["/link/{token}", "/link/{token}", "/key/plain"]


async def test_head_gives_the_head_of_get() -> None:
    """With the length of the body that is not sent."""
    async with served(door(row("GET", "/a"))) as here:
        client = await Raw.to(here.port)
        status, headers, _ = await client.ask("HEAD /a")
        assert status == 200 and int(headers["content-length"]) > 10
        assert (await client.ask("GET /a"))[0] == 200


async def test_a_body_that_announces_too_much_is_refused_unread() -> None:
    """A client that waits for 100 Continue never sends it."""
    async with served(door(row("POST", "/a", body="bytes", limit=10))) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /a", content_length="11", expect="100-continue"))
        status, _, body = await client.answer()
        assert (status, json.loads(body)["code"]) == (413, "body_too_large")
        client = await Raw.to(here.port)
        await client.send(request("POST /a", content_length="5", expect="100-continue"))
        assert await client.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(b"hello")
        assert (await client.answer())[0] == 200


async def test_a_body_that_turns_out_too_large_is_refused() -> None:
    """Chunked bodies announce nothing; the rest of one is thrown away so that its sender reads the answer."""
    async with served(door(row("POST", "/a", body="bytes"), body_limit=1000)) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /a", transfer_encoding="chunked") + b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        await asyncio.sleep(0.05)
        await client.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        assert (await client.answer())[0] == 413
        await client.send(b"0\r\n\r\n")
        assert (await client.ask("POST /a", b"ok"))[0] == 200
        assert (await client.ask("POST /a", b"x" * 1001, content_length=""))[0] == 400


async def test_a_body_of_the_exact_limit_passes_in_pieces() -> None:
    """However it is cut."""
    async with served(door(row("POST", "/a", body="bytes"), body_limit=100)) as here:
        client = await Raw.to(here.port)
        await client.send(request("POST /a", content_length="100"))
        for _ in range(10):
            await client.send(b"x" * 10)
            await asyncio.sleep(0.002)
        assert json.loads((await client.answer())[2])["size"] == 100


async def test_a_compressed_body_is_refused() -> None:
    """What cannot be bounded before it is unpacked is not unpacked."""
    status, _, seen = await one([row("POST", "/a", body="bytes")], "POST /a", b"x", content_encoding="gzip")
    assert (status, seen["code"]) == (415, "unsupported_media_type")


async def test_a_row_without_a_body_ignores_one() -> None:
    """And the connection goes on."""
    async with served(door(row("POST", "/a"))) as here:
        client = await Raw.to(here.port)
        assert json.loads((await client.ask("POST /a", b"x" * 200_000))[2])["size"] == 0
        assert (await client.ask("POST /a"))[0] == 200


async def test_an_upload_is_handed_over_as_it_comes() -> None:
    """Under its limit, with the sender held back by whoever does not read on."""
    slow = asyncio.Event()
    most = 0

    async def take(request: Request, do: Do) -> Reply:
        nonlocal most
        size = 0
        assert request.content is not None
        async for piece in request.content:
            size += len(piece)
            most = max(most, len(piece))
            await slow.wait()
        return Reply(b'{"size":%d}' % size)

    async with served(door(row("PUT", "/blob", take, body="upload", limit=8_000_000))) as here:
        client = await Raw.to(here.port)
        sending = asyncio.create_task(client.send(request("PUT /blob", b"x" * 8_000_000)))
        await asyncio.sleep(0.2)
        slow.set()
        assert json.loads((await client.answer())[2])["size"] == 8_000_000
        await sending
        assert most < 1_000_000
        status, _, _ = await client.ask("PUT /blob", b"", content_length="8000001")
        assert status == 413


async def test_an_upload_that_turns_out_too_large_is_a_fault_while_it_is_read() -> None:
    """The row's own reading raises it."""

    async def take(request: Request, do: Do) -> Reply:
        assert request.content is not None
        return Reply(b"".join([piece async for piece in request.content]))

    async with served(door(row("PUT", "/blob", take, body="upload", limit=10))) as here:
        client = await Raw.to(here.port)
        await client.send(request("PUT /blob", transfer_encoding="chunked") + b"b\r\n" + b"x" * 11 + b"\r\n0\r\n\r\n")
        assert (await client.answer())[0] == 413
        await client.send(request("PUT /blob", transfer_encoding="chunked") + b"2\r\nab\r\n0\r\n\r\n")
        assert (await client.answer())[2] == b"ab"


async def test_a_client_that_leaves_an_upload_cancels_it() -> None:
    """The reader learns that no more will come."""
    cancelled = asyncio.Event()

    async def take(request: Request, do: Do) -> Reply:
        assert request.content is not None
        try:
            return Reply(b"".join([piece async for piece in request.content]))
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with served(door(row("PUT", "/blob", take, body="upload"))) as here:
        client = await Raw.to(here.port)
        await client.send(request("PUT /blob", content_length="1000") + b"half")
        await asyncio.sleep(0.05)
        client.rst()
        async with asyncio.timeout(5):
            await cancelled.wait()


async def test_keys_are_found_where_clients_put_them() -> None:
    """A bearer token, `x-api-key`, or where the dialect says."""
    own = dialect(row("GET", "/own"), name="own", credentials=lambda request: request.query.get("key"))
    gateway = FakeGateway("k1")
    async with served(Door("d", "127.0.0.1", (dialect(row("GET", "/a")), own)), gateway=gateway) as here:
        client = await Raw.to(here.port)
        assert (await client.ask("GET /a", authorization="Bearer k1"))[0] == 200
        assert (await client.ask("GET /a", authorization="bearer  k1 "))[0] == 200
        assert (await client.ask("GET /a", x_api_key="k1"))[0] == 200
        assert (await client.ask("GET /own?key=k1"))[0] == 200
        for headers in ({}, {"authorization": "Bearer k2"}, {"authorization": "Basic k1"}, {"authorization": "k1"}):
            assert (await client.ask("GET /a", b"", **headers))[0] == 401
        assert gateway.facts[0].dialect == "small" and gateway.facts[0].door == "d"
        assert gateway.facts[3].token == "k1" and gateway.facts[3].dialect == "own"


async def test_the_console_cookie_counts_only_from_our_own_pages() -> None:
    """A foreign page can make a browser send cookies, but not hide itself."""
    gateway = FakeGateway()
    cookie = 'a=b; parlance_console="secret"; c'
    async with served(door(row("GET", "/a")), gateway=gateway) as here:
        client = await Raw.to(here.port)
        await client.ask("GET /a", cookie=cookie)
        await client.ask("GET /a", cookie=cookie, sec_fetch_site="cross-site")
        await client.ask("GET /a", cookie="other=1")
        assert [facts.console for facts in gateway.facts] == ["secret", None, None]
        assert [facts.local for facts in gateway.facts] == [True, False, True]


async def test_a_foreign_host_is_refused_and_an_open_row_is_not() -> None:
    """Also where there is no such path: strangers learn nothing."""
    async with served(door(row("GET", "/a"), row("GET", "/health", open=True))) as here:
        client = await Raw.to(here.port)
        for path in ("/a", "/nowhere"):
            status, _, body = await client.ask(f"GET {path}", host="evil.example")
            assert (status, json.loads(body)["code"]) == (403, "foreign_host")
        assert (await client.ask("GET /health", host="evil.example"))[0] == 200
        assert here.gateway.callers[-1].principal is None


async def test_cors_is_off_by_default_and_exact_when_on() -> None:
    """Never with credentials, never for an origin that is not on the list; errors carry it too."""
    page = "https://page.example"
    async with served(door(row("POST", "/a")), gateway=FakeGateway("k")) as here:
        client = await Raw.to(here.port)
        status, headers, _ = await client.ask("OPTIONS /a", origin=page, access_control_request_method="POST")
        assert status == 403 and "access-control-allow-origin" not in headers
    listed = door(row("POST", "/a"), cors_origins=frozenset({page}))
    async with served(listed, gateway=FakeGateway("k")) as here:
        client = await Raw.to(here.port)
        status, headers, _ = await client.ask(
            "OPTIONS /a", origin=page, access_control_request_method="POST", access_control_request_headers="x-a, x-b"
        )
        assert (status, headers["access-control-allow-origin"]) == (204, page)
        assert headers["access-control-allow-headers"] == "x-a, x-b" and headers["vary"] == "origin"
        assert "POST" in headers["access-control-allow-methods"] and "content-length" not in headers
        status, headers, _ = await client.ask("POST /a", origin=page)
        assert (status, headers["access-control-allow-origin"]) == (401, page)
        status, headers, _ = await client.ask("POST /a", origin=page, x_api_key="k")
        assert (status, "access-control-allow-credentials" in headers) == (200, False)
        status, headers, _ = await client.ask("OPTIONS /a", origin="https://b", access_control_request_method="POST")
        assert status == 403 and "access-control-allow-origin" not in headers


async def test_cors_for_anybody_names_no_origin() -> None:
    """`*` is said as `*`, and the headers pages may send can be a list."""
    anybody = door(row("POST", "/a"), cors_origins=frozenset({"*"}), cors_headers=("authorization",))
    async with served(anybody) as here:
        client = await Raw.to(here.port)
        _, headers, _ = await client.ask("OPTIONS /a", origin="https://b", access_control_request_method="POST")
        assert headers["access-control-allow-origin"] == "*"
        assert headers["access-control-allow-headers"] == "authorization"
        status, headers, _ = await client.ask("OPTIONS /a", host="localhost")
        assert (status, headers["allow"]) == (405, "POST")


async def test_a_defect_is_an_internal_error_that_says_nothing() -> None:
    """It is logged with the request's id."""

    async def broken(request: Request, do: Do) -> Reply:
        raise ValueError("s3cret")

    async with served(door(row("GET", "/a", broken))) as here:
        status, _, body = await (await Raw.to(here.port)).ask("GET /a", x_request_id="r1")
        assert (status, json.loads(body)["code"], b"s3cret" in body) == (500, "internal", False)
        assert [(where, repr(error)) for _, where, error in here.watcher.failures] == [("/a", "ValueError('s3cret')")]
        assert here.watcher.failures[0][0] == "r1"
        assert here.gateway.callers[0].released == 1


async def test_a_dialect_that_cannot_even_show_a_fault_is_survived() -> None:
    """A plain 500, and the defect in the log."""

    def hopeless(found: Fault, request: Request) -> Reply:
        raise KeyError(found.kind)

    bad = dialect(row("GET", "/a"), name="bad")
    import msgspec

    async with served(Door("d", "127.0.0.1", (msgspec.structs.replace(bad, fault=hopeless),))) as here:
        status, _, body = await (await Raw.to(here.port)).ask("GET /nope")
        assert (status, body) == (500, b"Internal error.")
        assert isinstance(here.watcher.failures[0][2], KeyError)


async def test_a_reply_of_204_has_no_body_headers() -> None:
    """Neither a type nor a length."""

    async def nothing(request: Request, do: Do) -> Reply:
        return Reply(status=204, headers=((b"x-own", b"1"),))

    async with served(door(row("DELETE", "/a", nothing))) as here:
        client = await Raw.to(here.port)
        status, headers, _ = await client.ask("DELETE /a")
        assert (status, headers["x-own"]) == (204, "1")
        assert not {"content-type", "content-length", "transfer-encoding"} & set(headers)
        assert (await client.ask("DELETE /a"))[0] == 204


async def test_pipelined_requests_are_answered_in_order() -> None:
    """However many were sent ahead."""
    async with served(door(row("POST", "/n/{n}", body="bytes"))) as here:
        client = await Raw.to(here.port)
        await client.send(b"".join(request(f"POST /n/{n}", b"x" * n) for n in range(1, 40)))
        for n in range(1, 40):
            assert json.loads((await client.answer())[2])["params"] == {"n": str(n)}


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /a HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: -1\r\n\r\n",
        b"GET /a HTTP/1.1\r\nhost: localhost\r\nx y: 1\r\n\r\n",
        b"GET a HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET http://localhost HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"CONNECT localhost:80 HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /a HTTP/1.1\r\n\r\n",
        b"GET /a HTTP/1.1\r\nhost: localhost\r\nhost: evil\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /a\x00 HTTP/1.1\r\nhost: localhost\r\n\r\n",
        b"GET /a HTTP/1.1\r\nhost: localhost\r\nx: a\x00b\r\n\r\n",
        b"GET /a HTTP/1.1\r\nhost: localhost\r\ncontent-length: " + b"9" * 400 + b"\r\n\r\n",
    ],
)
async def test_garbage_is_refused_and_the_server_lives(garbage: bytes) -> None:
    """A 4xx or the end of the connection, never a defect of ours."""
    async with served(door(row("GET", "/a", body="bytes"), row("POST", "/a", body="bytes"))) as here:
        client = await Raw.to(here.port)
        await client.send(garbage)
        client.writer.write_eof()
        answer = await client.rest()
        assert answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer
        assert here.watcher.failures == []
        assert (await (await Raw.to(here.port)).ask("GET /a"))[0] == 200


async def test_an_endless_head_is_refused() -> None:
    """Bounded in bytes, in one piece or in drops."""
    async with served(door(row("GET", "/a")), limits=Limits(header_bytes=4096)) as here:
        client = await Raw.to(here.port)
        await client.send(b"GET /a HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 3000)
        await asyncio.sleep(0.05)
        await client.send(b"y" * 3000)
        assert (await client.rest()).startswith(b"HTTP/1.1 431")
        client = await Raw.to(here.port)
        await client.send(b"GET /a HTTP/1.1\r\nhost: localhost\r\nx: " + b"y" * 6000 + b"\r\n\r\n")
        assert (await client.rest()).startswith(b"HTTP/1.1 431")


async def test_an_upgrade_is_answered_as_a_plain_request(caplog: pytest.LogCaptureFixture) -> None:
    """A door speaks HTTP; whoever wants more learns that from the answer."""
    async with served(door(row("GET", "/a"))) as here:
        client = await Raw.to(here.port)
        headers = {
            "connection": "Upgrade",
            "upgrade": "websocket",
            "sec_websocket_key": "x",
            "sec_websocket_version": "13",
        }
        assert (await client.ask("GET /a", b"", **headers))[0] == 200
    assert caplog.records == []


async def test_a_reply_that_cannot_be_sent_is_a_defect() -> None:
    """A header with a line break splits nothing: the connection is closed and the defect logged."""

    async def split(request: Request, do: Do) -> Reply:
        return Reply(headers=((b"x-own", b"a\r\nx-evil: 1"),))

    async with served(door(row("GET", "/a", split))) as here:
        client = await Raw.to(here.port)
        await client.send(request("GET /a"))
        assert b"x-evil" not in await client.rest()
        assert len(here.watcher.failures) == 1 and here.watcher.answers[0].cut


def test_the_small_dialect_speaks_for_itself() -> None:
    """The tests above rely on seeing who answered."""
    reply = fault_in("x")(
        Fault(Kind.missing, ""),
        Request("GET", "/", params={}, raw_query="", headers={}, body=b"", content=None, id="", prefix=""),
    )
    assert json.loads(reply.body)["by"] == "x"
