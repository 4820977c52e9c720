"""The app in several processes that share a database and a Redis: a browser may come to any of them, each time anew."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from parlance.testing.databases import emptied
from parlance.testing.services import free_port
from parlance.testing.upstreams import MockOllama, Script
from parlance.values.ids import RandomIds
from parlance.values.time import SystemClock
from tests.conftest import Services
from tests.dialects.chatbot.served import CONFIG, DOOR, PASSWORD, Browser, serving
from tests.dialects.chatbot.test_chat import ollama
from tests.unit.transports.small import Raw, request

BUSY = {"error": "A response is currently being generated. Please wait and try again."}


class Pair(NamedTuple):
    """The same browser at two processes, and what they share."""

    one: Browser
    two: Browser
    redis: str
    prefix: str

    def carried(self) -> None:
        """What the browser has at the first process it has at the second one."""
        self.two.cookie, self.two.csrf = self.one.cookie, self.one.csrf


@contextlib.asynccontextmanager
async def pair(services: Services, folder: Path, config: str = CONFIG) -> AsyncIterator[Pair]:
    """Two servers with the same settings."""
    postgres, redis = services.get("postgres"), services.get("redis")
    assert postgres is not None and redis is not None
    prefix = f"chatbot:{RandomIds(SystemClock()).new()}:"
    async with emptied("postgres", postgres) as url:
        toml = f'{DOOR}[database]\nurl = "{url}"\n[redis]\nurl = "{redis.url}"\nprefix = "{prefix}"\n'
        toml += '[accounts]\nsecret_key = "two processes share one secret of theirs"\n'
        async with serving(folder / "one", config, toml=toml) as one, serving(folder / "two", config, toml=toml) as two:
            yield Pair(one, two, redis.url, prefix)


async def test_a_browser_works_at_each_process(services: Services, tmp_path: Path) -> None:
    """A form of one is taken by the other; who signed in here chats there; who signs out there is a guest here."""
    async with pair(services, tmp_path) as found:
        one, two = found.one, found.two
        await one.page("/signup")
        found.carried()
        assert (await two.form("/signup", username="ada", password=PASSWORD))[0] == 302
        await one.page("/login")
        found.carried()
        assert (await two.form("/login", username="ada", password=PASSWORD))[0] == 302
        one.cookie = two.cookie
        for at in (one, two):
            assert 'data-logged-in="true"' in await at.page()
        assert one.csrf == two.csrf
        for at, text in ((one, "a"), (two, "b"), (one, "c")):
            await at.say(text)
        assert await two.history() == await one.history() == [["a", "Hello"], ["b", "Hello"], ["c", "Hello"]]
        await two.done("/create_set", {"set_name": "s"})
        assert "s" in json.loads((await one.raw("GET /get_sets"))[2])
        cookie = one.cookie
        await two.raw("GET /logout")
        assert (await one.raw("GET /get_sets"))[0] == 403 and (await one.post("/load_set"))[0] == 400
        assert 'data-logged-in="false"' in await one.page() and one.cookie != cookie


async def test_a_guest_is_the_same_guest_at_each_process(services: Services, tmp_path: Path) -> None:
    """With what was said at either, also where both are asked at once."""
    async with pair(services, tmp_path) as found:
        await found.one.page()
        found.carried()
        await found.one.say("first")
        await found.two.say("second")
        texts = [
            *(found.one.done("/update_memory", {"memory": f"m{at}", "set_name": f"a{at}"}) for at in range(4)),
            *(found.two.done("/update_memory", {"memory": f"m{at}", "set_name": f"b{at}"}) for at in range(4)),
        ]
        await asyncio.gather(*texts)
        visit = await found.two.room.visits.find(found.two.cookie)
        assert visit is not None and [said for said, _ in visit.sets["default"].history] == ["first", "second"]
        assert visit.sets.keys() == {"default", *(f"{name}{at}" for name in "ab" for at in range(4))}


async def test_one_thing_at_a_time_is_generated_whichever_process_is_asked(services: Services, tmp_path: Path) -> None:
    """The other one says so; when the client has left the first, and when an answer is whole, the other generates."""
    async with MockOllama(models=("llama",), script=Script(tokens=1000, per_token=0.02)) as upstream:
        async with pair(services, tmp_path, ollama(upstream.base_url)) as found:
            await found.one.sign_up()
            found.carried()
            raw = await Raw.to(found.one.port)
            head = {"cookie": f"session={found.one.cookie}", "x_csrf_token": found.one.csrf or ""}
            await raw.send(request("POST /chat", b'{"message": "Hi"}', **head))
            await raw.until(b"tok1")
            status, _, body = await found.two.post("/chat", {"message": "x"})
            assert (status, json.loads(body)) == (429, BUSY)
            raw.fin()
            await upstream.until(lambda u: len(u.closed_early) == 1)
            upstream.script = Script(text="Done.")
            async with asyncio.timeout(20):
                while (await found.two.post("/chat", {"message": "next"}))[0] == 429:
                    await asyncio.sleep(0.02)
            for at in (found.one, found.two, found.one, found.two):
                assert await at.say("again") == "Done."
            assert [said for said, _ in await found.two.history()] == ["next", *4 * ["again"]]


async def test_redis_has_no_word_and_no_key_of_anybody(services: Services, tmp_path: Path) -> None:
    """All that is there under our prefix: without the cookie it opens nothing."""
    word = "Xyzzy-plugh-4711"
    async with pair(services, tmp_path) as found:
        guest = Browser(found.two.server)
        await guest.page()
        await guest.say(word)
        await found.one.sign_up()
        await found.one.say(word)
        ada = await found.one.room.visits.find(found.one.cookie)
        assert ada is not None and ada.key is not None
        held = await everything(found)
        assert b"visits:record:" in held
        for secret in (word, "ada", ada.token, ada.csrf, guest.cookie or "", guest.csrf or "", PASSWORD):
            assert secret.encode() not in held.replace(b"chatbot/ada", b"")
        assert ada.key not in held


async def everything(found: Pair) -> bytes:
    """All keys and values under the prefix."""
    from redis.asyncio import Redis

    client: Any = Redis.from_url(found.redis)
    async with client:
        pieces: list[bytes] = []
        for name in await client.keys(found.prefix + "*"):
            reads = {b"hash": client.hgetall, b"zset": lambda key: client.zrange(key, 0, -1), b"string": client.get}
            kept = await reads[await client.type(name)](name)
            flat = (
                [*kept.keys(), *kept.values()] if isinstance(kept, dict) else kept if isinstance(kept, list) else [kept]
            )
            pieces += [name, *flat]
        return b"\n".join(pieces)


@pytest.mark.parametrize("path", ["/", "/login", "/signup"])
async def test_without_redis_there_are_no_sessions(tmp_path: Path, path: str) -> None:
    """Nothing stands in for them: who signed out at another process must not go on at this one."""
    toml = f'{DOOR}[redis]\nurl = "redis://127.0.0.1:{free_port()}"\n'
    async with serving(tmp_path, toml=toml) as browser:
        assert (await browser.raw(f"GET {path}"))[::2] == (500, b"session error")
        browser.cookie = "x" * 43
        for asked in ("/reset_chat", "/load_set", "/chat"):
            assert (await browser.post(asked, {"message": "x"}, csrf="x"))[::2] == (500, b"session error")
        assert (await browser.raw("GET /health"))[0] == 200
