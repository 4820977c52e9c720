"""Every dialect is described by a valid OpenAPI document and a page that needs no other host."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import msgspec
import pytest
import schemathesis

import parlance.transports.http.guide as guide_module
from parlance.dialects.table import Dialect, Do, Reply, Request
from parlance.testing.gateways import served
from parlance.transports.http.door import Door
from parlance.transports.http.guide import guide
from parlance.transports.http.openapi import document
from tests.unit.transports.small import Raw, dialect, row


class Line(msgspec.Struct):
    role: str
    content: str | None = None


class Ask(msgspec.Struct):
    model: str
    lines: list[Line]


class Known(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Answer(msgspec.Struct):
    text: str


class Trouble(msgspec.Struct):
    error: str


async def ok(request: Request, do: Do) -> Reply:
    return Reply(b'{"text":"ok"}')


QUERIES = (("deep", "How deep."), ("wide", "How wide."))


def described() -> Dialect:
    rows = (
        row("POST", "/v1/ask", ok, name="ask", body="bytes", takes=Ask, gives=Answer, streams=Line),
        row(
            "GET",
            "/v1/files/{id}/{rest:path}",
            ok,
            name="file",
            gives=Answer,
            queries=QUERIES,
            required=frozenset({"deep"}),
        ),
        row("PUT", "/v1/blob", ok, name="blob", body="upload", statuses=(201,), gives=Answer),
        row("DELETE", "/v1/ask", ok, name="drop", statuses=(204,), bare=(400,)),
        row("GET", "/", ok, name="line", media="text/plain", open=True),
        row("GET", "/", ok, name="page", browser=True),
        row("POST", "/v1/any", ok, name="any", body="bytes", gives=list[Answer]),
    )
    return dialect(*rows, name="talk", error=Trouble, about="Talks <b>.")


def test_a_document_says_what_the_rows_say() -> None:
    """Paths, parameters, bodies, answers, errors and what needs no key."""
    made: Any = document(described(), version="1.2", server="/ai/as/talk")
    assert made["openapi"] == "3.1.0" and made["servers"] == [{"url": "/ai/as/talk"}]
    ask = made["paths"]["/v1/ask"]["post"]
    assert ask["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Ask"}
    assert set(ask["responses"]["200"]["content"]) == {"application/json", "text/event-stream"}
    assert ask["responses"]["default"]["content"]["application/json"]["schema"]["$ref"].endswith("/Trouble")
    assert "security" not in ask and made["paths"]["/"]["get"]["security"] == []
    assert made["paths"]["/"]["get"]["responses"]["200"]["content"] == {"text/plain": {"schema": {"type": "string"}}}
    file = made["paths"]["/v1/files/{id}/{rest}"]["get"]
    assert [(each["name"], each["in"]) for each in file["parameters"]] == [
        ("id", "path"),
        ("rest", "path"),
        ("deep", "query"),
        ("wide", "query"),
    ]
    assert [each.get("required", False) for each in file["parameters"]] == [True, True, True, False]
    dropped = made["paths"]["/v1/ask"]["delete"]["responses"]
    assert "content" not in dropped["204"] and set(dropped["400"]) == {"description"}
    assert "application/octet-stream" in made["paths"]["/v1/blob"]["put"]["requestBody"]["content"]
    assert {"Ask", "Line", "Answer", "Trouble"} <= set(made["components"]["schemas"])


@pytest.mark.slow
def test_a_document_is_one_that_schemathesis_can_test() -> None:
    """Every operation is found, and cases can be made for it."""
    made = json.loads(json.dumps(document(described(), version="1", server="/as/talk")))
    schema = schemathesis.openapi.from_dict(made)
    schema.validate()
    assert len(list(schema.get_all_operations())) == 6


async def test_the_pages_are_served_with_a_strict_policy() -> None:
    """No inline script, no other host; also under a sub-path, where the document knows it."""
    talk = described()
    both = (talk, guide((talk,), version="1", base="/ai"))
    async with served(Door("d", "127.0.0.1", both, base_path="/ai")) as here:
        client = await Raw.to(here.port)
        for path in ("/ai/docs", "/ai/as/talk/docs", "/ai/docs/explorer.js", "/ai/docs/explorer.css"):
            status, headers, body = await client.ask(f"GET {path}")
            assert status == 200
            assert "script-src 'self'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert b"://" not in body.replace(b"http://www.w3.org", b"")
            assert not re.search(rb"<script>|<style>| on[a-z]+=", body)
        status, headers, body = await client.ask("GET /ai/as/talk/openapi.json")
        assert (status, headers["content-type"]) == (200, "application/json")
        assert json.loads(body)["servers"] == [{"url": "/ai/as/talk"}]
        assert (await client.ask("GET /ai/as/talk/openapi.json"))[2] == body
        _, _, index = await client.ask("GET /ai/docs")
        assert b'href="as/talk/docs"' in index and b"Talks &lt;b&gt;." in index
        assert (await client.ask("GET /ai/docs/nothing"))[0] == 404
        for path in ("/ai/docs/", "/ai/as/talk/docs/"):
            status, headers, _ = await client.ask(f"GET {path}")
            assert (status, urljoin(path, headers["location"])) == (308, path.rstrip("/"))


def test_the_page_builds_no_markup_from_texts() -> None:
    """What a document or an answer says stays text."""
    script = Path(guide_module.__file__).with_name("explorer.js").read_text()
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script)


def test_a_document_forbids_no_unknown_fields() -> None:
    """A struct that forbids them has a second reading that keeps them: clients may send what is new to us."""
    known = row("POST", "/v1/known", ok, name="known", body="bytes", takes=Known)
    made: Any = document(dialect(known, name="talk"), version="1", server="/as/talk")
    assert made["components"]["schemas"]["Known"]["required"] == ["name"]
    assert "additionalProperties" not in json.dumps(made)
