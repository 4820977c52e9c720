"""Pictures inside documents over HTTP: parsers in processes of their own, and a model behind a connection that sees."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest

from parlance.testing.documents import pictured
from parlance.testing.servers import loaded, running
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.scripts import Script
from tests.flows.callers import connection_toml
from tests.flows.test_accounts import Person, owner
from tests.flows.test_knowledge import kept

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
SEEN = "A flag with dark stripes hangs from a harbour crane."


class Stage(NamedTuple):
    """Somebody at a server, and the engine behind it."""

    ada: Person
    upstream: MockOpenAI


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    with in_thread(MockOpenAI(models=("mock", "mock-embed"), script=Script(text=SEEN))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        async with running(loaded(tmp_path, toml=toml, flags={"knowledge.vision": "mock"})) as server:
            yield Stage(await owner(server), upstream)


async def test_what_is_to_be_seen_in_a_document_is_found_on_its_page(stage: Stage, tmp_path: Path) -> None:
    """In every format that holds pictures; the model is shown the picture itself."""
    base = (await stage.ada.native("bases.create", name="Flags"))["id"]
    pages = {}
    for name, (make, page) in pictured.MADE.items():
        document = await kept(stage.ada, base, make(tmp_path / name).read_bytes(), name)
        assert document["state"] == "ready" and not document.get("remarks"), document
        pages[document["id"]] = page
    found = await stage.ada.native("bases.retrieve", base=base, query="dark stripes at the harbour", most=20)
    captions = {
        each["chunk"]["document"]: each["chunk"] for each in found["passages"] if SEEN in each["chunk"]["content"]
    }
    assert {document: chunk["span"].get("page") for document, chunk in captions.items()} == pages
    assert {chunk["kind"] for chunk in captions.values()} == {"caption"}
    for document, chunk in captions.items():
        text = (await stage.ada.ask(f"GET /parlance/v1/documents/{document}/content?part=text")).body.decode()
        assert text[chunk["span"]["start"] : chunk["span"]["stop"]] == SEEN
    asked = stage.upstream.calls_to("/chat/completions")
    assert len(asked) == len(pages)
    shown = [part for call in asked for part in call.payload["messages"][-1]["content"] if part["type"] == "image_url"]
    assert all(base64.b64decode(one["image_url"]["url"].partition(",")[2]).startswith(b"\x89PNG") for one in shown)


async def test_a_base_may_want_none_of_it(stage: Stage, tmp_path: Path) -> None:
    """Then nobody is shown anything; and no base names a model that is not there."""
    base = (await stage.ada.native("bases.create", name="Words", options={"vision": ""}))["id"]
    document = await kept(stage.ada, base, pictured.docx(tmp_path / "a.docx").read_bytes(), "a.docx")
    assert document["state"] == "ready" and not stage.upstream.calls_to("/chat/completions")
    wrong = await stage.ada.ask("POST /parlance/v1/bases.create", {"name": "x", "options": {"vision": "gone"}})
    assert wrong.status == 404 and wrong.json["code"] == "model_not_found", wrong.body
