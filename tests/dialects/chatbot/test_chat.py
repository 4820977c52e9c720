"""`/chat` and `/regenerate`: checks in their order, the stream, the lock, and what is kept (contract §5, §6, §12)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.stores.volatile.locks import MemoryLocks
from tests.dialects.chatbot.served import CONFIG, SPOKEN, Browser, serving
from tests.dialects.chatbot.test_pages import promote
from tests.unit.transports.small import Raw, request

TEXT = "text/plain; charset=utf-8"


async def test_an_answer_is_streamed_as_plain_text_and_kept_without_thoughts(tmp_path: Path) -> None:
    """Every chunk of it, thoughts too; what is kept has none, over lines as well."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        status, headers, body = await browser.post("/chat", {"message": "Hi", "system_prompt": "Be brief."})
        assert (status, headers["content-type"]) == (200, TEXT) and body.decode() == SPOKEN
        assert headers["cache-control"] == "no-cache" and headers["x-accel-buffering"] == "no"
        assert headers["connection"] == "keep-alive" and "set-cookie" not in headers
        found = await browser.done("/load_set")
        assert found == {"memory": "", "system_prompt": "Be brief.", "history": [["Hi", "Hello"]], "encrypted": True}


async def test_chat_checks_in_its_order(tmp_path: Path) -> None:
    """Size, JSON, token, model, kind, message, set: each hides what comes behind it."""
    async with serving(tmp_path) as browser:
        await browser.page()

        async def heard(body: Any, **more: Any) -> tuple[int, str, str]:
            status, headers, answer = await browser.post("/chat", body, **more)
            return status, headers["content-type"], answer.decode()

        assert await heard(b"x" * (2 * 1024 * 1024 + 1), csrf="no") == (400, TEXT, "Invalid request body")
        for body in (b"{", b"", b"[]", {"message": 7}, {}, {"message": "x", "set_name": 1}):
            assert await heard(body, csrf="no") == (400, TEXT, "Invalid JSON payload")
        odd = {"message": " ", "model_name": "nobody", "set_name": "../x"}
        assert await heard(odd, csrf=None) == (400, TEXT, "Missing CSRF token")
        assert await heard(odd) == (400, TEXT, "requested model not found")
        assert await heard({**odd, "model_name": "odd"}) == (400, TEXT, "unsupported provider type")
        for model in ("gold", "", None):
            status, kind, text = await heard({**odd, "model_name": model})
            assert (status, kind, json.loads(text)) == (400, "application/json", {"error": "message is required"})
        status, _, text = await heard({"message": "x", "model_name": "gold", "set_name": "../x"})
        assert (status, json.loads(text)) == (400, {"error": "invalid set name"})
        status, _, text = await heard({"message": "x", "model_name": "gold"})
        assert (status, json.loads(text)) == (403, {"error": "This model requires a Premium account"})
        assert await heard({"message": "x", "model_name": "keyless"}) == (502, TEXT, "provider request failed")
        assert await heard({"message": "x", "model_name": "badly placed"}) == (502, TEXT, "provider setup failed")
        assert await browser.say("and still", content_type="text/plain") == SPOKEN, "the lock was let go each time"


async def test_a_prompt_is_kept_before_the_tier_is_judged(tmp_path: Path) -> None:
    """Even an empty one; the history stays as it was."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.say("Hi")
        for prompt in ("new", ""):
            await browser.say("x", model_name="gold", system_prompt=prompt, status=403)
            found = await browser.done("/load_set")
            assert (found["system_prompt"], len(found["history"])) == (prompt, 1)
        await promote(browser)
        assert await browser.say("x", model_name="gold") == "rich"


async def test_sets_are_apart_also_while_one_is_loaded(tmp_path: Path) -> None:
    """What is said in one is never in another."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.say("one", set_name="first")
        await browser.say("two", set_name=" second ")
        assert await browser.history("first") == [["one", "Hello"]]
        assert await browser.history("second") == [["two", "Hello"]] and await browser.history() == []


async def test_browsers_of_one_user_share_their_chats(tmp_path: Path) -> None:
    """And the lock with them."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.say("Hi")
        other = Browser(browser.server)
        await other.sign_in()
        assert await other.history() == [["Hi", "Hello"]]
        assert await browser.room.locks.take("chatbot/ada")
        assert "currently being generated" in await other.say("x", status=429)


# -- regenerate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"pair_index": 0}, ["again", "b", "c"]),
        ({"pair_index": 1}, ["a", "again", "c"]),
        ({"pair_index": 3}, ["a", "b", "c", "again"]),
        ({"pair_index": -1}, ["a", "b", "c", "again"]),
        ({}, ["a", "b", "c", "again"]),
        ({"message": "c"}, ["a", "b", "c"]),
        ({"message": "b"}, ["a", "b", "c", "b"]),
        ({"message": "c", "pair_index": 7}, ["a", "b", "c", "c"]),
        ({"pair_index": None, "message": "c"}, ["a", "b", "c"]),
    ],
)
@pytest.mark.parametrize("guest", [True, False])
async def test_regenerating_replaces_the_pair_it_names(
    tmp_path: Path, guest: bool, fields: dict[str, Any], expected: list[str]
) -> None:
    """In range in its place, out of range at the end, without an index the last one if it says the same."""
    async with serving(tmp_path) as browser:
        await (browser.page() if guest else browser.sign_up())
        for message in "abc":
            await browser.say(message)
        assert await browser.say(**{"message": "again", **fields}, path="/regenerate") == SPOKEN
        assert [said for said, _ in await kept(browser)] == expected


@pytest.mark.parametrize("guest", [True, False])
async def test_a_pair_that_is_named_by_its_texts_is_the_one_that_is_replaced(tmp_path: Path, guest: bool) -> None:
    """Whatever the index says, which another page's changes may have made wrong; one that is gone replaces nothing."""
    async with serving(tmp_path) as browser:
        await (browser.page() if guest else browser.sign_up())
        for message in "aba":
            await browser.say(message)
        for message, earlier, at, expected in (
            ("c", "a", 2, "abc"),
            ("d", "a", 2, "dbc"),
            ("e", "c", 7, "dbe"),
            ("f", "b", -1, "dfe"),
            ("g", "e", None, "dfg"),
        ):
            assert await browser.say(message, "/regenerate", replaces=[earlier, "Hello"], pair_index=at) == SPOKEN
            assert "".join(said for said, _ in await kept(browser)) == expected
        before = await kept(browser)
        for gone in (["a", "Hello"], ["f", "Other"]):
            status, _, body = await browser.post("/regenerate", {"message": "z", "replaces": gone, "pair_index": 1})
            assert (status, json.loads(body)) == (404, {"error": "message pair not found"})
        assert await kept(browser) == before and not held(browser)
        for odd in (["a"], "a", ["a", 1]):
            assert (await browser.post("/regenerate", {"message": "z", "replaces": odd}))[0] == 400


async def test_a_pair_stays_where_regenerating_it_fails(tmp_path: Path) -> None:
    """Before the stream, and when the client leaves in it."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.say("a")
        await browser.say("a", path="/regenerate", pair_index=0, model_name="gold", status=403)
        await browser.say("a", path="/regenerate", pair_index=0, model_name="keyless", status=502)
        assert await browser.history() == [["a", "Hello"]]
        for body in (b"{", b"", {"message": "x", "pair_index": "1"}):
            assert (await browser.post("/regenerate", body))[::2] == (400, b"Invalid JSON payload")


# -- guests -----------------------------------------------------------------------------------------------------------


async def test_nothing_of_a_guest_reaches_the_disk(tmp_path: Path) -> None:
    """They chat, ask again, keep memory and prompt, delete and reset; no file has a word of it, nor the database."""
    word = "Xyzzy-plugh-4711"
    async with serving(tmp_path) as browser:
        await browser.page()
        await browser.say(f"{word} one", system_prompt=f"{word} prompt")
        await browser.say(f"{word} two")
        await browser.say(f"{word} two", path="/regenerate")
        found = await browser.done("/update_memory", {"memory": f"{word} memory"})
        assert found == {"status": "success", "message": "Memory saved to session memory", "storage": "session"}
        assert [said for said, _ in await kept(browser)] == [f"{word} one", f"{word} two"]
        await browser.done("/delete_message", {"user_message": f"{word} one"})
        assert [said for said, _ in await kept(browser)] == [f"{word} two"]
        await browser.done("/reset_chat")
        assert await kept(browser) == ()
        await browser.say(f"{word} three")
        other = Browser(browser.server)
        await other.page()
        assert await kept(other) == ()
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert files and not [path for path in files if word.encode() in path.read_bytes()]


async def test_a_guests_prompt_before_the_first_chat_is_kept(tmp_path: Path) -> None:
    """The original dropped it."""
    async with serving(tmp_path) as browser:
        await browser.page()
        found = await browser.done("/update_system_prompt", {"system_prompt": "Rhyme."})
        assert found["message"] == "System prompt saved to session memory"
        visit = await browser.room.visits.find(browser.cookie)
        assert visit is not None and visit.sets["default"].prompt == "Rhyme."


# -- the lock ---------------------------------------------------------------------------------------------------------


async def test_one_thing_at_a_time_is_generated_for_one_session(tmp_path: Path) -> None:
    """The second is told to wait, and so is another browser's of the user; another user is served meanwhile. When the
    first client leaves, the lock is let go and its partial answer is not kept."""
    from parlance.testing.upstreams import MockOllama, Script

    async with MockOllama(models=("llama",), script=Script(tokens=1000, per_token=0.02)) as upstream:
        async with serving(tmp_path, ollama(upstream.base_url)) as browser:
            await browser.sign_up()
            raw = await Raw.to(browser.port)
            head = {"cookie": f"session={browser.cookie}", "x_csrf_token": browser.csrf or ""}
            await raw.send(request("POST /chat", b'{"message": "Hi"}', **head))
            await raw.until(b"tok1")
            for path in ("/chat", "/regenerate"):
                status, _, body = await browser.post(path, {"message": "x"})
                assert (status, json.loads(body)) == (
                    429,
                    {"error": "A response is currently being generated. Please wait and try again."},
                )
            guest = Browser(browser.server)
            await guest.page()
            assert (await guest.post("/chat", {"message": ""}))[0] == 400
            raw.fin()
            await upstream.until(lambda u: len(u.closed_early) == 1)
            async with asyncio.timeout(10):
                while held(browser):
                    await asyncio.sleep(0.005)
            upstream.script = Script(text="Done.")
            assert await browser.say("next") == "Done."
            assert await browser.history() == [["next", "Done."]]


async def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    """Pairs, memory, prompts and sets of one user, written through two sessions all at once."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        other = Browser(browser.server)
        await other.sign_in()
        await browser.say("seed")
        jobs = [browser.done("/create_set", {"set_name": f"s{at}"}) for at in range(8)]
        jobs += [other.done("/update_memory", {"memory": f"m{at}"}) for at in range(4)]
        jobs += [browser.done("/update_system_prompt", {"system_prompt": f"p{at}"}) for at in range(4)]

        async def chats() -> None:
            for at in range(6):
                await other.say(f"c{at}")

        await asyncio.gather(*jobs, chats())
        _, _, body = await browser.raw("GET /get_sets")
        assert set(json.loads(body)) == {"default", *(f"s{at}" for at in range(8))}
        found = await browser.done("/load_set")
        assert [said for said, _ in found["history"]] == ["seed", *(f"c{at}" for at in range(6))]
        assert found["memory"] in {f"m{at}" for at in range(4)} and found["system_prompt"] in {
            f"p{at}" for at in range(4)
        }


# -- the disk, and other keys -----------------------------------------------------------------------------------------


async def test_a_restart_keeps_everything_under_the_users_key(tmp_path: Path) -> None:
    """Everybody is signed out; after the next sign-in all is there, and no file has a word of it."""
    word = "Quux-2718"
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.done("/update_memory", {"memory": f"{word} m"})
        await browser.say(f"{word} q", system_prompt=f"{word} p")
    files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    assert not [path for path in files if word.encode() in path.read_bytes()]
    async with serving(tmp_path) as browser:
        await browser.page()
        assert (await browser.post("/load_set"))[0] == 403
        await browser.sign_in()
        assert await browser.done("/load_set") == {
            "memory": f"{word} m",
            "system_prompt": f"{word} p",
            "history": [[f"{word} q", "Hello"]],
            "encrypted": True,
        }
        await browser.done("/delete_message", {"user_message": f"{word} q"})
        assert await browser.history() == []


async def test_without_the_key_nothing_is_read_or_written(tmp_path: Path) -> None:
    """A lost key is a sign-in anew; a wrong one a failure of the store, never somebody's text."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.say("secret")
        await with_key(browser, b"x" * 32)
        status, _, body = await browser.post("/chat", {"message": "x"})
        assert (status, json.loads(body)) == (500, {"error": "internal error while accessing chat history"})
        assert (await browser.post("/load_set"))[::2] == (500, b"persistence error")
        await with_key(browser, None)
        status, _, body = await browser.post("/chat", {"message": "x"})
        assert (status, json.loads(body)) == (401, {"error": "Session expired or invalid. Please log in again."})
        status, _, body = await browser.post("/load_set")
        assert (status, json.loads(body)) == (401, {"error": "relogin required"})
        for path, fields in (
            *(("/reset_chat", {}), ("/update_memory", {"memory": "x"})),
            *(("/update_system_prompt", {"system_prompt": "x"}), ("/delete_message", {"user_message": "secret"})),
        ):
            assert (await browser.post(path, fields))[::2] == (401, b"relogin required")
        await browser.sign_in()
        assert await browser.history() == [["secret", "Hello"]]


@pytest.mark.slow
async def test_an_answer_that_cannot_be_kept_says_so(tmp_path: Path) -> None:
    """In the stream, behind what was said."""
    config = CONFIG.replace('"lo"]', '"lo", "' + "x" * 950_000 + '"]')
    async with serving(tmp_path, config) as browser:
        await browser.sign_up()
        for _ in range(8):
            assert "[Error]" not in await browser.say("big")
        assert (await browser.say("too big")).endswith("x\n[Error] Failed to save chat history")
        assert len(await browser.history()) == 8


async def kept(browser: Browser) -> tuple[tuple[str, str], ...]:
    """The default set's pairs, of a guest too."""
    visit = await browser.room.visits.find(browser.cookie)
    assert visit is not None
    return (await browser.room.shelf.read(visit, "default")).history


async def with_key(browser: Browser, key: bytes | None) -> None:
    """The browser's session gets another key."""
    visit = await browser.room.visits.find(browser.cookie)
    assert visit is not None and await browser.room.visits.put(msgspec.structs.replace(visit, key=key))


def held(browser: Browser) -> set[str]:
    """For whom something is being generated."""
    assert isinstance(browser.room.locks, MemoryLocks)
    return browser.room.locks.held


def ollama(url: str) -> str:
    """A configuration with one Ollama."""
    return f"llms: [{{provider_name: real, type: ollama, model_name: llama, base_url: '{url}', context_size: 1000}}]"
