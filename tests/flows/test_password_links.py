"""A forgotten password: a link, over HTTP, by the verbs, and on the page that a browser finds behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from parlance.testing.servers import Server, loaded, running
from tests.flows.callers import Answer, Caller
from tests.flows.test_accounts import PASSWORD, owner, person
from tests.flows.voices import VOICES

OTHER = "four green bottles"
OURS = "http://localhost"
"""The origin of the host that these requests name."""


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with running(loaded(tmp_path)) as made:
        yield made


@pytest.mark.parametrize("way", VOICES)
async def test_a_forgotten_password_is_set_anew(server: Server, way: str) -> None:
    """By an admin's link, once; whoever was signed in is not, and nobody else can make such a link."""
    admin = await owner(server)
    bob = await person(server, admin, "Bob")
    above, below, stranger = (VOICES[way](server.url, token) for token in (admin.token, bob.token, None))
    assert (await below.refused("users.password_link", user=bob.id)).code == below.forbidden
    link = await above.do("users.password_link", user=bob.id)
    guessed = await stranger.refused("accounts.set_password", token="pl_guessed", password=OTHER)
    assert guessed.code == stranger.unknown
    await stranger.do("accounts.set_password", token=link["token"], password=OTHER)
    assert (await below.refused("accounts.read")).code == below.unknown
    again = await stranger.refused("accounts.set_password", token=link["token"], password=OTHER)
    assert (again.code, "has been used" in again.words) == (stranger.unknown, True)
    assert (await stranger.refused("accounts.sign_in", account="Bob", password=PASSWORD)).code == stranger.unknown
    assert (await stranger.do("accounts.sign_in", account="Bob", password=OTHER))["user"]["id"] == bob.id
    acts = [entry["act"] for entry in (await above.do("audit.list", subject=bob.id))["entries"]]
    assert {"password_link_made", "password_reset"} <= set(acts)


class Browser(Caller):
    """A browser, which says where it comes from."""

    async def open(self, path: str) -> Answer:
        """Go there."""
        return await self.ask(f"GET {path}", accept="text/html", sec_fetch_site="none")

    async def send(self, path: str, origin: str, **fields: str) -> Answer:
        """Send a form that a page of some origin shows."""
        site = "same-origin" if origin == OURS else "cross-site"
        form = {"content_type": "application/x-www-form-urlencoded", "accept": "text/html"}
        body = urlencode(fields).encode()
        return await self.ask(f"POST {path}", body, origin=origin, sec_fetch_site=site, **form)


async def test_a_browser_finds_a_form_behind_the_link(server: Server) -> None:
    """Opening it uses nothing up; what does not do is said above the form; a page of another origin sends nothing."""
    admin = await owner(server)
    bob = await person(server, admin, "Bob")
    link = await admin.native("users.password_link", user=bob.id)
    browser, path = Browser(server.port), link["path"]
    for _ in range(2):
        page = await browser.open(path)
        assert page.status == 200 and b'<form method="post">' in page.body
    for accept in ("*/*", "application/json"):  # as programs ask that look whether a link leads anywhere
        looked = await Caller(server.port).ask(f"GET {path}", accept=accept)
        assert looked.status == 200 and looked.headers["content-type"] == page.headers["content-type"]
    assert page.headers["cache-control"] == "no-store" and page.headers["referrer-policy"] == "same-origin"
    assert "form-action 'self'" in page.headers["content-security-policy"]
    foreign = await browser.send(path, "https://evil.example", password=OTHER, again=OTHER)
    assert foreign.status == 403
    for typed, said in (((OTHER, "another"), b"not the same"), (("short", "short"), b"shorter than 8")):
        page = await browser.send(path, OURS, password=typed[0], again=typed[1])
        assert page.status == 400 and said in page.body and b"<form" in page.body
    page = await browser.send(path, OURS, password=OTHER, again=OTHER)
    assert page.status == 200 and b"Your password is set" in page.body
    page = await browser.send(path, OURS, password=OTHER, again=OTHER)
    assert page.status == 401 and b"has been used" in page.body
    signed = {"account": "Bob", "password": OTHER}
    assert (await Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", signed)).status == 200


async def test_the_page_says_nothing_of_what_stands_in_its_address(server: Server) -> None:
    """Whoever writes an address must not write the page."""
    await owner(server)
    page = await Browser(server.port).open("/parlance/password/%3Cscript%3E")
    assert page.status == 200 and b"script" not in page.body
    sent = await Browser(server.port).send("/parlance/password/%3Cscript%3E", OURS)
    assert sent.status == 401 and b"script" not in sent.body
