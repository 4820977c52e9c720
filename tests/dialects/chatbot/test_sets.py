"""Sets and what is in them: every status, form and sentence (contract §7 to §9)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.values.chatbot import KeptSet
from tests.dialects.chatbot.served import Browser, serving

MANAGED = ("/create_set", "/delete_set", "/load_set")
KEPT = ("/reset_chat", "/update_memory", "/update_system_prompt", "/delete_message")
REQUIRED: dict[str, dict[str, Any]] = {
    "/update_memory": {"memory": "m"},
    "/update_system_prompt": {"system_prompt": "p"},
    "/delete_message": {"user_message": "q"},
}


async def heard(browser: Browser, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
    """Status, and the JSON or the bare text."""
    status, headers, answer = await browser.post(path, body, **more)
    return status, json.loads(answer) if headers["content-type"] == "application/json" else answer.decode()


async def test_sets_are_made_listed_and_deleted(tmp_path: Path) -> None:
    """The default one is always there; times are seconds with a fraction."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        _, _, body = await browser.raw("GET /get_sets")
        assert json.loads(body).keys() == {"default"}
        assert await browser.done("/create_set", {"set_name": " My set-1_ "}) == {"status": "success"}
        found = json.loads((await browser.raw("GET /get_sets"))[2])
        assert found.keys() == {"default", "My set-1_"} and found["My set-1_"]["encrypted"] is True
        assert abs(found["My set-1_"]["created"] - time.time()) < 60
        assert await browser.done("/delete_set", {"set_name": "My set-1_"}) == {"status": "success"}
        assert json.loads((await browser.raw("GET /get_sets"))[2]).keys() == {"default"}


async def test_sets_that_cannot_be_made_or_deleted_are_a_200_that_says_so(tmp_path: Path) -> None:
    """As the front-end of that app expects; a name that cannot be is a 400 on deleting."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.done("/create_set", {"set_name": "there"})
        refused = (200, {"status": "error", "error": "Set already exists or invalid name"})
        for name in ("there", "default", "", "  ", None, "..", ".", "a/b", "ä", "x" * 65, "a.b"):
            assert await heard(browser, "/create_set", {"set_name": name}) == refused
        assert await heard(browser, "/create_set") == refused
        refused = (200, {"status": "error", "error": "Cannot delete set"})
        for name in ("default", "missing", "", None):
            assert await heard(browser, "/delete_set", {"set_name": name}) == refused
        for name in ("..", "a/b", "../../etc/passwd"):
            odd = (400, {"status": "error", "error": "invalid set name"})
            assert await heard(browser, "/delete_set", {"set_name": name}) == odd


@pytest.mark.parametrize("path", MANAGED)
async def test_managing_sets_checks_in_its_order(tmp_path: Path, path: str) -> None:
    """Size, JSON, token, and that somebody is signed in, before any name."""
    async with serving(tmp_path) as browser:
        await browser.page()
        assert await heard(browser, path, b"x" * (128 * 1024 + 1), csrf="no") == (400, "Invalid request body")
        for body in (b"{", b"7", {"set_name": 7}):
            assert await heard(browser, path, body, csrf="no") == (400, "Invalid JSON payload")
        assert await heard(browser, path, {"set_name": "../x"}, csrf=None) == (400, "Missing CSRF token")
        assert await heard(browser, path, {"set_name": "../x"}, csrf="no") == (400, "Invalid CSRF token")
        assert await heard(browser, path, {"set_name": "../x"}) == (403, {"error": "Not authenticated"})
        status, _, body = await browser.raw("GET /get_sets")
        assert (status, json.loads(body)) == (403, {"error": "Not authenticated"})


async def test_a_set_that_was_brought_in_the_open_stays_readable_until_it_is_written(tmp_path: Path) -> None:
    """Its two pairs are there; whatever is written then is encrypted, all of it."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        house = browser.server.house
        assert house is not None
        pairs = msgspec.json.encode([["a", "b"], ["c", "d"]])
        brought = KeptSet("old", 1_500_000, False, b"memory", b"prompt", pairs)
        await house.database.apply(browser.room.store.insert_set("ada", brought))
        found = await browser.done("/load_set", {"set_name": "old"})
        assert found == {
            "memory": "memory",
            "system_prompt": "prompt",
            "history": [["a", "b"], ["c", "d"]],
            "encrypted": False,
        }
        assert json.loads((await browser.raw("GET /get_sets"))[2])["old"] == {"created": 1.5, "encrypted": False}
        await browser.say("e", set_name="old")
        found = await browser.done("/load_set", {"set_name": "old"})
        assert found["encrypted"] is True and len(found["history"]) == 3 and found["memory"] == "memory"
        kept = await browser.room.store.set("ada", "old")
        assert kept is not None and kept.encrypted
        assert all(text is not None and text.startswith(b"gAAAA") for text in (kept.memory, kept.prompt, kept.history))


async def test_loading_a_set_that_is_not_there_gives_the_defaults(tmp_path: Path) -> None:
    """And one whose name cannot be is an invalid request."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        found = await browser.done("/load_set", {"set_name": "nothing"})
        assert found["system_prompt"].startswith("You are a helpful AI assistant.")
        assert (found["memory"], found["history"]) == ("", [])
        assert await heard(browser, "/load_set", {"set_name": "../x"}) == (400, {"error": "invalid request"})


async def test_memory_and_prompt_outlast_the_history(tmp_path: Path) -> None:
    """Written, chatted over, the pair deleted, the chat reset: both are still there."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        told = {"status": "success", "message": "Memory saved to disk", "storage": "disk"}
        assert await browser.done("/update_memory", {"memory": " m ", "encrypted": False}) == told
        told["message"] = "System prompt saved to disk"
        assert await browser.done("/update_system_prompt", {"system_prompt": "p"}) == told
        await browser.say("q")
        assert await browser.done("/delete_message", {"user_message": "q"}) == {"status": "success"}
        await browser.say("q")
        assert await browser.done("/reset_chat", {"set_name": " default "}) == {
            "status": "success",
            "message": "Chat history has been reset.",
            "set_name": "default",
        }
        found = await browser.done("/load_set")
        assert (found["memory"], found["system_prompt"], found["history"]) == (" m ", "p", [])


@pytest.mark.parametrize("path", KEPT)
async def test_what_is_kept_checks_in_its_order(tmp_path: Path, path: str) -> None:
    """Size, JSON, what is required, the set's name, the token; but a reset asks for the token first."""
    required = REQUIRED.get(path, {})
    async with serving(tmp_path) as browser:
        await browser.page()
        assert await heard(browser, path, b"x" * (256 * 1024 + 1), csrf="no") == (400, "Invalid request body")
        assert await heard(browser, path, b"{", csrf="no") == (400, "Invalid JSON payload")
        odd = {**required, "set_name": "../x"}
        if path == "/reset_chat":
            assert await heard(browser, path, odd, csrf=None) == (400, "Missing CSRF token")
        else:
            told = {
                "/update_memory": {"error": "Memory content is required"},
                "/update_system_prompt": {"error": "System prompt is required"},
                "/delete_message": {"status": "error", "error": "user_message is required"},
            }[path]
            for body in (None, {}, dict.fromkeys(required, " "), dict.fromkeys(required)):
                assert await heard(browser, path, body, csrf=None) == (400, told)
        assert await heard(browser, path, odd) == (400, "invalid set name")
        assert await heard(browser, path, required, csrf=None) == (400, "Missing CSRF token")
        assert await heard(browser, path, required, csrf="no") == (400, "Invalid CSRF token")


async def test_a_pair_is_deleted_by_both_texts_else_by_its_question(tmp_path: Path) -> None:
    """Trimmed; the first of several; 404 where there is none."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        pairs = msgspec.json.encode([["q", "1"], [" q ", "2"], ["r", "3"], ["q", "2"]])
        house = browser.server.house
        assert house is not None
        await house.database.apply(
            browser.room.store.insert_set("ada", KeptSet("default", 1, False, None, None, pairs))
        )

        async def without(**fields: Any) -> list[str]:
            assert await browser.done("/delete_message", fields) == {"status": "success"}
            return [answer for _, answer in await browser.history()]

        missing = (404, {"status": "error", "error": "message pair not found"})
        for answer in ("unknown", " ", None):
            exact = {"user_message": "q", "ai_message": answer, "exact": True}
            assert await heard(browser, "/delete_message", exact) == missing
        assert await without(user_message="q\n", ai_message=" 2") == ["1", "3", "2"]
        assert await without(user_message="q", ai_message="unknown") == ["3", "2"]
        assert await without(user_message="q", ai_message=" ") == ["3"]
        assert await without(user_message="r", ai_message=" 3", exact=True) == []
        assert await heard(browser, "/delete_message", {"user_message": "q", "ai_message": "3"}) == missing


async def test_a_store_that_fails_is_told_in_the_routes_words(tmp_path: Path) -> None:
    """Never a page of a defect, and the lock is let go."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        house = browser.server.house
        assert house is not None
        kept = KeptSet("default", 1, False, None, None, b"no history")
        await house.database.apply(browser.room.store.insert_set("ada", kept))
        for path in ("/load_set", *KEPT):
            assert await heard(browser, path, REQUIRED.get(path, {})) == (500, "persistence error")
        for _ in range(2):
            told = (500, {"error": "internal error while accessing chat history"})
            assert await heard(browser, "/chat", {"message": "x"}) == told
