"""Documents as WeKnora's clients send, watch, rename, fetch and delete them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.core.knowledge.document_operations import DocumentView
from parlance.dialects.weknora.knowledge_shown import knowledge_shown
from parlance.dialects.weknora.uploads import sound_name
from parlance.values.knowledge import DocumentSource, DocumentState
from tests.dialects.weknora.desk import BOUNDARY, TEA, Desk, form, standing
from tests.dialects.weknora.served import BASE, unknown_id
from tests.unit.transports.small import Raw, request

FIELDS = {
    **dict.fromkeys(("id", "knowledge_base_id", "type", "title", "description", "source", "parse_status"), str),
    **dict.fromkeys(("enable_status", "embedding_model_id", "file_name", "file_type", "file_hash", "file_path"), str),
    **dict.fromkeys(("tenant_id", "file_size", "storage_size"), int),
    **dict.fromkeys(("created_at", "updated_at", "error_message"), str),
    **dict.fromkeys(("metadata", "processed_at", "deleted_at"), type(None)),
}
FORM = f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with standing(tmp_path) as made:
        yield made


async def heads(desk: Desk, head: str) -> bytes:
    """The headers of an answer as they came."""
    connection = await Raw.to(int(desk.client.server.addresses["default"].rpartition(":")[2]))
    fields = {name.replace("-", "_"): value for name, value in desk.client.headers.items()}
    await connection.send(request(head, b"", **fields))
    came: bytes = await connection.until(b"\r\n\r\n")
    connection.fin()
    return came.lower()


async def test_a_file_is_sent_watched_and_fetched(desk: Desk) -> None:
    """200 and `pending` at once; then `completed`, with its hash and size; its bytes come back to be saved."""
    base = await desk.base(embedding_model_id="mock-embed")
    answer = await desk.sent(base["id"], TEA, "报告 one.md")
    first = answer.json["data"]
    assert answer.status == 200 and {name: type(value) for name, value in first.items()} == FIELDS
    assert (first["parse_status"], first["enable_status"], first["storage_size"]) == ("pending", "disabled", 0)
    done = await desk.ended(first["id"])
    shown = {name: done[name] for name in ("type", "file_name", "file_type", "file_size", "storage_size", "file_hash")}
    assert shown == {
        "type": "file",
        "file_name": "报告 one.md",
        "file_type": "md",
        "file_size": len(TEA),
        "storage_size": len(TEA),
        "file_hash": hashlib.md5(TEA).hexdigest(),
    }
    assert (done["parse_status"], done["enable_status"], done["error_message"]) == ("completed", "enabled", "")
    assert done["processed_at"] and done["embedding_model_id"] == "mock-embed" == base["embedding_model_id"]
    assert (await desk.client.ask(f"GET /knowledge/{first['id']}"))["data"] == done
    saved = await desk.client.call(f"GET /knowledge/{first['id']}/download")
    assert (saved.status, saved.body, saved.headers["content-type"]) == (200, TEA, "application/octet-stream")
    assert saved.headers["content-disposition"].startswith("attachment; filename=")
    assert "filename*=UTF-8''%E6%8A%A5" in saved.headers["content-disposition"]
    wanted = {"content-description": "File Transfer", "content-transfer-encoding": "binary", "expires": "0"}
    wanted |= {"cache-control": "must-revalidate", "pragma": "public"}
    assert wanted.items() <= saved.headers.items()
    assert (await heads(desk, f"GET {BASE}/knowledge/{first['id']}/download")).count(b"x-content-type-options") == 1


async def test_the_same_bytes_are_a_conflict_that_shows_the_document(desk: Desk) -> None:
    """Also when they come at the same moment; a document that failed does not count."""
    base = (await desk.base())["id"]
    answers = await asyncio.gather(*(desk.sent(base, TEA, f"{n}.md") for n in range(6)))
    assert sorted(each.status for each in answers) == [200] + [409] * 5
    [first] = [each.json["data"]["id"] for each in answers if each.status == 200]
    for each in answers:
        if each.status == 409:
            assert (each.json["success"], each.json["code"], each.json["data"]["id"]) == (
                False,
                "duplicate_file",
                first,
            )
            assert each.json["message"] == f"File already exists: {each.json['data']['file_name']}"
    other = (await desk.base())["id"]
    assert (await desk.sent(other, TEA)).status == 200
    failed = await desk.document(base, bytes(50), "zeros.txt")
    assert failed["parse_status"] == "failed" and failed["error_message"]
    again = await desk.document(base, bytes(50), "zeros.txt")
    assert again["id"] != failed["id"]
    listed = (await desk.client.ask(f"GET /knowledge-bases/{base}/knowledge"))["data"]
    assert {each["id"] for each in listed} == {first, again["id"]}


async def test_an_address_is_201_and_the_same_one_again_a_conflict(desk: Desk) -> None:
    """One of this machine fails, and says so; what is no address is refused."""
    base = (await desk.base())["id"]
    body = {"url": "http://127.0.0.1:9/tea", "enable_multimodel": True}
    made = (await desk.client.ask(f"POST /knowledge-bases/{base}/knowledge/url", body, 201))["data"]
    assert (made["type"], made["source"]) == ("url", body["url"])
    assert made["file_hash"] == hashlib.md5(b"http://127.0.0.1:9/tea").hexdigest()
    twice = await desk.client.call(f"POST /knowledge-bases/{base}/knowledge/url", body)
    if twice.status == 409:
        assert (twice.json["code"], twice.json["data"]["id"]) == ("duplicate_url", made["id"])
        assert twice.json["message"] == "URL already exists: http://127.0.0.1:9/tea"
    failed = await desk.ended(twice.json["data"]["id"])
    assert failed["parse_status"] == "failed" and failed["error_message"]
    again = await desk.client.call(f"POST /knowledge-bases/{base}/knowledge/url", body)
    assert again.status == 201
    for odd in ({"url": "file:///etc/passwd"}, {"url": ""}, {}, {"url": "nothing"}):
        refused = await desk.client.ask(f"POST /knowledge-bases/{base}/knowledge/url", odd, 400)
        assert refused["error"]["code"] == 1000


async def test_fields_of_a_form_count_before_and_behind_the_file(desk: Desk) -> None:
    """As browsers and programs send them; a metadata that is none refuses the whole, and nothing is kept."""
    base = (await desk.base())["id"]
    head = f"POST /knowledge-bases/{base}/knowledge/file"
    for number, first in enumerate((True, False)):
        fields = {"metadata": '{"year": "2026"}', "enable_multimodel": "true"}
        sent = form(TEA + b"%d" % number, "a.md", fields, first=first)
        made = (await desk.client.ask(head, sent, content_type=FORM))["data"]
        assert made["metadata"] == {"year": "2026"}
        odd = {"metadata": "Invalid metadata format", "enable_multimodel": "Invalid enable_multimodel format"}
        for name, said in odd.items():
            for text in ("[1]", "{", "maybe") if name == "metadata" else ("maybe",):
                sent = form(b"Never kept.", "b.md", {name: text}, first=first)
                refused = await desk.client.ask(head, sent, 400, content_type=FORM)
                assert (refused["error"]["code"], refused["error"]["message"]) == (1000, said)
    assert (await desk.client.ask(f"GET /knowledge-bases/{base}/knowledge"))["total"] == 2


async def test_a_form_without_a_file_is_no_upload(desk: Desk) -> None:
    """Nor is what is no form; nothing is reserved for either."""
    base = (await desk.base())["id"]
    head = f"POST /knowledge-bases/{base}/knowledge/file"
    empty = f"--{BOUNDARY}--\r\n".encode()
    for sent, kind in ((empty, FORM), (b"{}", "application/json"), (form(TEA, "a.md")[:-30], FORM), (b"", FORM)):
        refused = await desk.client.ask(head, sent, 400, content_type=kind)
        assert refused["error"]["code"] == 1000
    for kind in (FORM, "application/json"):
        refused = await desk.client.ask(head, b"", 400, content_type=kind)
        assert refused["error"]["message"] == "File upload failed"
    assert (await desk.client.ask(f"GET /knowledge-bases/{base}/knowledge"))["data"] == []


async def test_a_name_that_is_more_than_a_name_is_refused(desk: Desk) -> None:
    """Code 1010; the names themselves are judged below."""
    base = (await desk.base())["id"]
    for name in ("../a.md", "a/b.md", "a\\b.md", "..", "a\x00.md", "gnp.\u202eexe.md", "x" * 4096):
        refused = (await desk.sent(base, TEA, name)).json
        assert refused["error"]["code"] == 1010, name
    assert (await desk.sent(base, TEA, "a (1) – ж.md")).status == 200


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("a.md", True),
        (".hidden", True),
        ("茶.pdf", True),
        ("", False),
        (".", False),
        (" ", False),
        ("a\nb", False),
        ("a\u200f", False),
    ],
)
def test_a_name_is_only_a_name(name: str, sound: bool) -> None:
    """Without a path, without controls, without what turns the order of letters."""
    assert sound_name(name) is sound


async def test_documents_are_listed_by_pages(desk: Desk) -> None:
    """The newest first, with the number of all; a page that cannot be is refused."""
    base = (await desk.base())["id"]
    made = [(await desk.sent(base, TEA + b"%d" % n, f"{n}.md")).json["data"]["id"] for n in range(5)]
    path = f"GET /knowledge-bases/{base}/knowledge"
    page = await desk.client.ask(f"{path}?page=2&page_size=2")
    assert [each["id"] for each in page["data"]] == [made[2], made[1]]
    assert (page["success"], page["total"], page["page"], page["page_size"]) == (True, 5, 2, 2)
    assert (await desk.client.ask(f"{path}?page=9"))["data"] == []
    assert len((await desk.client.ask(f"{path}?page=0&page_size=0"))["data"]) == 5
    for odd in ("page_size=101", "page=-1", "page_size=x"):
        await desk.client.ask(f"{path}?{odd}", status=400)


async def test_many_documents_are_asked_for_at_once(desk: Desk) -> None:
    """Those that are there and one's own, in the order asked; with the `&` behind that the front-end sends."""
    base = (await desk.base())["id"]
    a, b = [(await desk.sent(base, TEA + bytes([65 + n]), f"{n}.md")).json["data"]["id"] for n in range(2)]
    found = await desk.client.ask(f"GET /knowledge/batch?ids={b}&ids={unknown_id()}&ids={a}&ids={b}&")
    assert [each["id"] for each in found["data"]] == [b, a]
    assert (await desk.other.ask(f"GET /knowledge/batch?ids={a}"))["data"] == []
    for query in ("", "?", "?ids=&", "?id=x", "?" + "&".join(f"ids={n}" for n in range(201))):
        await desk.client.ask(f"GET /knowledge/batch{query}", status=400)


async def test_a_title_is_changed_by_the_id_in_the_body(desk: Desk) -> None:
    """That of the path counts where the body has none; nothing else is changed."""
    base = (await desk.base())["id"]
    a, b = [(await desk.sent(base, TEA + bytes([65 + n]), f"{n}.md")).json["data"]["id"] for n in range(2)]
    body = {"id": b, "title": "About coffee", "file_name": "other", "tenant_id": 1}
    done = await desk.client.ask(f"PUT /knowledge/{a}", body)
    assert done == {"success": True, "message": "Knowledge chunk updated successfully"}
    now = (await desk.client.ask(f"GET /knowledge/{b}"))["data"]
    assert (now["title"], now["file_name"]) == ("About coffee", "1.md")
    await desk.client.ask(f"PUT /knowledge/{a}", {"title": "About tea"})
    assert (await desk.client.ask(f"GET /knowledge/{a}"))["data"]["title"] == "About tea"
    await desk.other.ask(f"PUT /knowledge/{a}", {"id": a, "title": "Mine"}, 404)
    assert (await desk.ended(a))["title"] == "About tea"


async def test_a_document_goes_whatever_is_being_done_with_it(desk: Desk) -> None:
    """And is nobody's any more; what was never there is the same."""
    base = (await desk.base())["id"]
    made = (await desk.sent(base, TEA)).json["data"]["id"]
    await desk.other.ask(f"DELETE /knowledge/{made}", status=404)
    assert (await desk.client.ask(f"DELETE /knowledge/{made}"))["message"] == "Deleted successfully"
    for id in (made, unknown_id(), "x" * 300):
        for head in (f"GET /knowledge/{id}", f"DELETE /knowledge/{id}", f"GET /knowledge/{id}/download"):
            refused = await desk.client.ask(head, status=404)
            assert (refused["success"], refused["error"]["code"]) == (False, 1003)
    assert (await desk.sent(base, TEA)).status == 200


async def test_no_more_is_taken_than_there_is_room_for(tmp_path: Path) -> None:
    """500 with its sentence, whatever the form weighs beside its file; nothing of it is kept."""
    async with standing(tmp_path, flags={"knowledge.tenant_quota_mb": 2000 / 1048576}) as desk:
        base = (await desk.base())["id"]
        assert (await desk.sent(base, b"x" * 1999)).status == 200
        refused = await desk.sent(base, b"y" * 2)
        assert (refused.status, refused.json["error"]) == (
            500,
            {"code": 1007, "message": "Storage quota exceeded", "details": None},
        )
        assert (await desk.sent(base, b"z")).status == 200
        tenant = (await desk.client.ask("GET /auth/me"))["data"]["tenant"]
        assert (tenant["storage_used"], tenant["storage_quota"]) == (2000, 2000)


def test_each_state_is_told_in_its_words() -> None:
    """What failed for want of room, and a picture that nobody read, are told as the original tells them."""
    made = DocumentView("d", "b", "a.png", "upload", "failed", 1, 2, problem="no_room_for_documents", words="No.")
    assert knowledge_shown(made, 1, "").error_message == "存储空间不足"
    blind = DocumentView(
        "d", "b", "a.png", "upload", "failed", 1, 2, problem="extra_missing", words="Install it.",
        foreign={"weknora": {"enable_multimodel": False}},
    )  # fmt: skip
    assert knowledge_shown(blind, 1, "").error_message == "image not parse without enable multimodel"
    states: tuple[tuple[DocumentState, str], ...] = (
        ("waiting", "pending"), ("parsing", "processing"), ("embedding", "processing"), ("ready", "completed"),
    )  # fmt: skip
    for state, said in states:
        shown = knowledge_shown(DocumentView("d", "b", "a", "upload", state, 1, 2), 1, "")
        assert (shown.parse_status, shown.error_message, shown.file_type) == (said, "", "")
    sources: tuple[tuple[DocumentSource, str], ...] = (("text", "passage"), ("folder", "file"), ("address", "url"))
    for source, kind in sources:
        assert knowledge_shown(DocumentView("d", "b", "a", source, "ready", 1, 2), 1, "").type == kind
