"""Pages of documents over HTTP: drawn in a process of their own, for those alone who may read the document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from parlance.testing.documents import pdf
from parlance.testing.servers import loaded, running
from tests.flows.test_accounts import owner, person, told
from tests.flows.test_knowledge import Stage, kept, upload

WORDS = ("The blue pot holds the rosemary.", "The red pot holds the basil.")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with running(loaded(tmp_path)) as server:
        ada = await owner(server)
        yield Stage(server, ada, await person(server, ada, "Bob"))


def booklet(path: Path) -> bytes:
    """Two pages of one line each."""
    return pdf.written(path, [([pdf.Words(60, 700, line)], []) for line in WORDS]).read_bytes()


async def test_a_page_is_shown_with_the_place_of_the_words(stage: Stage, tmp_path: Path) -> None:
    """The page is that of the stretch; its picture is kept by its reader, and asked about each time."""
    base = (await stage.ada.native("bases.create", name="Pots"))["id"]
    document = await kept(stage.ada, base, booklet(tmp_path / "pots.pdf"), "pots.pdf")
    assert document["state"] == "ready" and document["has_page_pictures"] is True, document
    text = (await stage.ada.ask(f"GET /parlance/v1/documents/{document['id']}/content?part=text")).body.decode()
    start = text.index("basil")
    page = await stage.ada.native("documents.pages.read", document=document["id"], start=start, stop=start + 5)
    assert (page["number"], page["pages"], page["width"], page["height"]) == (2, 2, pdf.WIDTH, pdf.HEIGHT)
    assert text[page["start"] : page["stop"]].strip() == WORDS[1]
    [box] = page["boxes"]
    assert 60 / pdf.WIDTH < box["left"] < box["right"] < 0.5
    assert box["top"] < box["bottom"] and abs(box["bottom"] - (1 - 700 / pdf.HEIGHT)) < 0.01
    other = await stage.ada.native("documents.pages.read", document=document["id"], page=1, start=start, stop=start + 5)
    assert other["number"] == 1 and "boxes" not in other
    path = f"GET /parlance/v1/documents/{document['id']}/pages/2"
    drawn = await stage.ada.ask(f"{path}?width=400")
    assert drawn.status == 200 and drawn.body.startswith(b"\x89PNG") and drawn.headers["content-type"] == "image/png"
    assert (
        drawn.headers["cache-control"] == "private, no-cache" and "sandbox" in drawn.headers["content-security-policy"]
    )
    assert drawn.headers["x-content-type-options"] == "nosniff"
    again = await stage.ada.ask(f"{path}?width=400", **{"if-none-match": drawn.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    assert (await stage.ada.ask(f"{path}?width=401")).headers["etag"] != drawn.headers["etag"]


async def test_what_is_no_page_says_so(stage: Stage, tmp_path: Path) -> None:
    """Numbers that are none or too high, formats without pages, and files that nobody can open."""
    base = (await stage.ada.native("bases.create", name="Pots"))["id"]
    document = await kept(stage.ada, base, booklet(tmp_path / "pots.pdf"), "pots.pdf")
    path = f"GET /parlance/v1/documents/{document['id']}/pages"
    for last, status, code in (
        ("0", 400, "out_of_range"),
        ("-1", 400, "out_of_range"),
        ("two", 400, "out_of_range"),
        ("99999999999", 400, "out_of_range"),
        ("1?width=199", 400, "out_of_range"),
        ("1?width=2001", 400, "out_of_range"),
        ("1?width=", 400, "out_of_range"),
        ("3", 404, "no_such_page"),
    ):
        answer = await stage.ada.ask(f"{path}/{last}")
        assert (answer.status, answer.json["code"]) == (status, code), (last, answer.body)
    for fields in ({"page": 3}, {"page": -1}, {"start": -1}, {"stop": 10**9}):
        answer = await told(stage.ada, "documents.pages.read", document=document["id"], **fields)
        assert answer.status in (400, 404) and answer.json["code"] in ("no_such_page", "out_of_range"), fields
    plain = await kept(stage.ada, base, b"Only words.", "words.txt")
    assert "has_page_pictures" not in plain
    answer = await stage.ada.ask(f"GET /parlance/v1/documents/{plain['id']}/pages/1")
    assert answer.json["code"] == "no_page_pictures"
    locked = await kept(stage.ada, base, pdf.encrypted(tmp_path / "locked.pdf").read_bytes(), "locked.pdf")
    answer = await stage.ada.ask(f"GET /parlance/v1/documents/{locked['id']}/pages/1")
    assert locked["state"] == "failed" and answer.json["code"] == "encrypted_file"


async def test_nobody_else_sees_a_page(stage: Stage, tmp_path: Path) -> None:
    """Neither what is on it, nor that it is there: also not with the tag of its picture."""
    base = (await stage.ada.native("bases.create", name="Pots"))["id"]
    document = await kept(stage.ada, base, booklet(tmp_path / "pots.pdf"), "pots.pdf")
    path = f"GET /parlance/v1/documents/{document['id']}/pages/1"
    tag = (await stage.ada.ask(path)).headers["etag"]
    theirs = await stage.bob.ask(path, **{"if-none-match": tag})
    assert (theirs.status, theirs.json["code"]) == (404, "document_not_found")
    assert (await told(stage.bob, "documents.pages.read", document=document["id"])).status == 404
    shared = (await stage.ada.native("bases.create", name="Ours", access="tenant"))["id"]
    answer = await upload(stage.ada, shared, b"%PDF-1.4 but broken", "broken.pdf")
    broken = await stage.bob.ask(f"GET /parlance/v1/documents/{answer.json['id']}/pages/1")
    assert broken.json["code"] == "damaged_file"
