"""The server's own routes: health, readiness, metrics and the page."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from xml.etree import ElementTree

import msgspec
import pytest

from parlance.core.dispatch import Dispatch
from parlance.core.handlers import Rooms, handlers
from parlance.core.server.facts import DoorFace, Face, ServerFacts, SettingFact, SettingFacts, Spoken
from parlance.dialects.native.page import PAGE_HEADERS, render
from parlance.transports.http.guide import PAGE_POLICY
from tests.dialects.native.wire import Native, native

SPOKEN = (Spoken("openai", "OpenAI", "The API of <the> SDKs.", "/v1"),)
DOORS = (DoorFace("default", "127.0.0.1:8080", SPOKEN), DoorFace("two", "0.0.0.0:81", SPOKEN))


def told(client: Native, facts: ServerFacts) -> None:
    """Put the door before a core that was told other facts."""
    road = msgspec.structs.replace(client.bench.road, facts=facts)
    client.bench.dispatch = Dispatch(handlers(Rooms(road)), {}, road.gate, None)


async def test_health_is_told_to_anybody() -> None:
    """With the words that clients of the queue dialect look for, and the server's time."""
    async with native() as client:
        status, fields, body = await client.whole("GET /health", key="wrong")
        assert (status, fields["cache-control"]) == (200, "no-store")
        assert json.loads(body) == {"status": "healthy", "timestamp": "2026-01-01T00:00:00.000Z"}


async def test_ready_ends_with_the_drain() -> None:
    """A load balancer stops sending before the server stops answering."""
    async with native() as client:
        assert await client.ask("GET /ready", key="wrong") == (200, {"status": "ready"})
        client.bench.road.gate.close()
        assert await client.ask("GET /ready", key="wrong") == (503, {"status": "draining"})
        assert (await client.ask("GET /health"))[0] == 200


async def test_metrics_are_what_the_installation_measures() -> None:
    """As text, or missing where they are switched off."""
    async with native() as client:
        assert (await client.ask("GET /metrics"))[1]["code"] == "metrics_disabled"
        told(client, ServerFacts(metrics=lambda: b"parlance_up 1\n"))
        status, fields, body = await client.whole("GET /metrics")
        assert (status, body, fields["content-type"]) == (
            200,
            b"parlance_up 1\n",
            "text/plain; version=0.0.4; charset=utf-8",
        )


async def test_a_browser_sees_a_page_and_a_program_does_not() -> None:
    """Anybody's browser, with and without a key."""
    async with native() as client:
        told(client, ServerFacts(lambda: Face("1.0", doors=DOORS)))
        status, fields, body = await client.whole("GET /", key="wrong", accept="text/html,*/*")
        assert (status, fields["content-type"]) == (200, "text/html; charset=utf-8")
        assert b"<h1>Parlance</h1>" in body and b"http://localhost/v1" in body
        assert (await client.whole("GET /", accept="*/*"))[0] == 404
        assert (await client.ask("GET server.show"))[1]["version"] == "1.0"


async def test_an_operator_reads_the_settings_and_nobody_else() -> None:
    """With where each comes from; a key without that scope is refused."""
    facts = SettingFacts("/etc/parlance.toml", True, (SettingFact("server.port", 81, "file", "/etc/parlance.toml:3"),))
    async with native() as client:
        told(client, ServerFacts(settings=facts))
        status, listed = await client.ask("GET settings.list", key="root-key")
        assert (status, listed) == (200, json.loads(msgspec.json.encode(facts)))
        assert (await client.ask("GET settings.list"))[1]["code"] == "missing_scope"


async def test_a_browser_finds_an_icon() -> None:
    """A picture without a script, which the policies of our pages let it load."""
    async with native() as client:
        status, fields, body = await client.whole("GET /favicon.ico", key="wrong")
        assert (status, fields["content-type"]) == (200, "image/svg+xml") and "max-age" in fields["cache-control"]
        assert ElementTree.fromstring(body).tag == "{http://www.w3.org/2000/svg}svg" and b"script" not in body
    for policy in (dict(PAGE_HEADERS), dict(PAGE_POLICY)):
        assert b"img-src 'self'" in policy[b"content-security-policy"]


def test_the_page_names_every_door_as_the_browser_reaches_it() -> None:
    """The default one where it looks now, under its sub-path; a wide one by the same name and its own port."""
    page = render(Face(doors=DOORS), "box.example:8443", "/ai/as/native", secure=True).decode()
    assert "https://box.example:8443/ai/v1" in page and "https://box.example:81/ai/v1" in page
    assert 'href="https://box.example:8443/ai/docs"' in page
    assert "The API of &lt;the&gt; SDKs." in page and "Door two" in page and "config new-key" not in page


@pytest.mark.parametrize(
    ("door", "host", "url"),
    [
        (DoorFace("d", "127.0.0.1:81", SPOKEN), "localhost:8080", "http://127.0.0.1:81/v1"),
        (DoorFace("d", "[::]:81", SPOKEN), "[::1]:8080", "http://[::1]:81/v1"),
        (DoorFace("d", "127.0.0.1:0", SPOKEN), "localhost:49152", "http://localhost:49152/v1"),
        (DoorFace("default", "127.0.0.1:81", SPOKEN), "", "http://127.0.0.1:81/v1"),
        (DoorFace("d", "0.0.0.0:81", SPOKEN), "", "http://0.0.0.0:81/v1"),
        (DoorFace("d", "0.0.0.0:81", SPOKEN), '"><script>', "&quot;&gt;&lt;script&gt;:81/v1"),
    ],
)
def test_the_page_writes_an_address_that_can_be_copied(door: DoorFace, host: str, url: str) -> None:
    """Whatever the door is bound to, and whatever the browser says."""
    page = render(Face(doors=(door,)), host, "", secure=False).decode()
    assert f"<code>{url}</code>" in page or url in page
    assert "<script" not in page


def test_the_page_says_what_to_type_for_a_chat() -> None:
    """As it is where the server runs: after `make run` the command is in no folder that the shell looks into."""
    page = render(Face(doors=DOORS, command=".venv/bin/parlance"), "localhost", "", secure=False).decode()
    assert "<code>.venv/bin/parlance chat</code>" in page


def test_the_page_says_where_the_chat_is_and_what_builds_it() -> None:
    """It is what a browser sees at `/` while nothing is built."""
    page = render(Face(doors=DOORS), "box.example", "/ai/as/native", secure=True).decode()
    assert '<a href="https://box.example/ai/">' in page and "<code>make setup</code>" in page


def test_a_locked_door_says_which_command_mends_it() -> None:
    """And describes nothing else; an open one beside it is described."""
    locked = msgspec.structs.replace(DOORS[1], locked=True)
    alone = render(Face(doors=(locked,)), "box:81", "", secure=False).decode()
    assert (
        "parlance config new-key" in alone and "/v1" not in alone and "/docs" not in alone and "/metrics" not in alone
    )
    placed = render(Face(doors=(locked,), command=".venv/bin/parlance"), "box:81", "", secure=False).decode()
    assert "<code>.venv/bin/parlance config new-key" in placed
    both = render(Face(doors=(DOORS[0], locked)), "localhost:8080", "", secure=False).decode()
    assert "parlance config new-key" in both and "http://localhost:8080/v1" in both


def test_the_page_needs_nothing_from_elsewhere() -> None:
    """One style, allowed by its hash; light and dark; it says its language and fits a narrow screen."""
    page = render(Face(tls=True, doors=DOORS), "localhost", "", secure=False).decode()
    [style] = re.findall(r"<style>(.*?)</style>", page, re.S)
    policy = dict(PAGE_HEADERS)[b"content-security-policy"].decode()
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert not re.search(r"<(script|img|link|iframe)|src=|url\(|style=", page)
    assert '<html lang="en">' in page and "color-scheme: light dark" in page and "width=device-width" in page
    assert "overflow-wrap: anywhere" in style and "https://localhost/v1" in page
