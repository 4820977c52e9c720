"""Many guests at once: no address takes every place, and a full line is told by a status."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from parlance.core.chatbot import asking
from parlance.testing.upstreams import MockOpenAI, Script
from tests.dialects.chatbot.served import DOOR, Browser, Heard, serving
from tests.dialects.chatbot.test_chat import held, kept
from tests.dialects.chatbot.test_providers import openai
from tests.unit.transports.small import Raw, request

BEHIND = '[server]\ntrusted_proxies = ["127.0.0.1"]\n'
HERE, THERE = "203.0.113.7", "198.51.100.9"


@asynccontextmanager
async def crowded(folder: Path, toml: str = "") -> AsyncIterator[tuple[MockOpenAI, Browser]]:
    """The app behind a proxy, before a model that answers nobody until it is left."""
    async with MockOpenAI(models=("gpt",), script=Script(idle=True)) as upstream:
        async with serving(folder, openai(upstream.base_url), toml=BEHIND + toml + DOOR) as browser:
            yield upstream, browser


async def somebody(browser: Browser) -> Browser:
    """Another guest."""
    guest = Browser(browser.server)
    await guest.page()
    return guest


async def asked(guest: Browser, message: str, address: str) -> Raw:
    """An ask that was let in and goes on."""
    raw = await Raw.to(guest.port)
    head = {"cookie": f"session={guest.cookie}", "x_csrf_token": guest.csrf or "", "x_forwarded_for": address}
    await raw.send(request("POST /chat", json.dumps({"message": message}).encode(), **head))
    await raw.until(b"HTTP/1.1 200")
    return raw


async def refused(guest: Browser, address: str) -> Heard:
    """An ask that gets a whole answer."""
    return await guest.post("/chat", {"message": "x"}, x_forwarded_for=address)


def questions(upstream: MockOpenAI) -> list[str]:
    """What the model was asked, in its order."""
    return [call.payload["messages"][-1]["content"] for call in upstream.calls_to("/v1/chat/completions")]


async def test_the_guests_of_one_address_have_so_many_answers_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever keeps no cookie is a new guest each time: the next of them is told to wait, nobody else is; a place that
    is left can be had again, and an ask that is refused holds nothing."""
    monkeypatch.setattr(asking, "MOST_AT_ONCE", 3)
    async with crowded(tmp_path) as (upstream, browser):
        asks = [await asked(await somebody(browser), f"a{at}", HERE) for at in range(3)]
        late = await somebody(browser)
        before = held(browser)
        for _ in range(2):
            status, headers, body = await refused(late, HERE)
            assert (status, json.loads(body)) == (429, {"error": "Too many requests, please slow down."})
            assert int(headers["retry-after"]) > 0 and held(browser) == before
        other = await asked(await somebody(browser), "elsewhere", THERE)
        await browser.sign_up()
        user = await asked(browser, "signed in", HERE)
        asks.pop().rst()
        await upstream.until(lambda u: len(held(browser)) == 2 * 3 + 1, within=20.0)
        asks.append(await asked(late, "again", HERE))
        assert questions(upstream) == ["a0", "a1", "a2", "elsewhere", "signed in", "again"]
        for raw in (*asks, other, user):
            raw.rst()
        await upstream.until(lambda u: not held(browser), within=20.0)


async def test_a_full_line_is_told_by_a_status_and_nothing_is_kept(tmp_path: Path) -> None:
    """Nothing was sent, so it is no answer: 503 with a time to come back, and no pair in the history."""
    async with crowded(tmp_path, "[queue]\nmax_concurrent = 1\nmax_queue_size = 0\n") as (upstream, browser):
        first = await asked(await somebody(browser), "first", HERE)
        for come in (browser.page, browser.sign_up):
            await come()
            status, headers, body = await refused(browser, THERE)
            assert (status, headers["content-type"]) == (503, "application/json")
            assert json.loads(body) == {"error": "Too many people are asking right now. Please wait and try again."}
            assert int(headers["retry-after"]) > 0 and await kept(browser) == ()
        first.rst()
        await upstream.until(lambda u: not held(browser), within=20.0)
        upstream.script = Script(text="Fine.")
        assert await browser.say("now") == "Fine." and questions(upstream) == ["first", "now"]


async def test_guests_of_two_addresses_take_turns_in_the_line(tmp_path: Path) -> None:
    """A crowd behind one address delays a guest of another by one turn."""
    async with crowded(tmp_path, "[queue]\nmax_concurrent = 1\n") as (upstream, browser):
        raws = [await asked(await somebody(browser), f"a{at}", HERE) for at in range(4)]
        raws.insert(2, await asked(await somebody(browser), "b", THERE))
        for at, raw in enumerate(raws, 1):
            await upstream.until(lambda u, at=at: len(u.calls_to("/v1/chat/completions")) == at, within=20.0)  # type: ignore[misc]
            raw.rst()
        await upstream.until(lambda u: not held(browser), within=20.0)
        assert questions(upstream) == ["a0", "a1", "b", "a2", "a3"]
