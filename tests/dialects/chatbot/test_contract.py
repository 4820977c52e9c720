"""The app's contract row by row: which test holds each of its 22 routes, and each thing that a compatible server must
show; and what only a look at all of it at once can hold."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from parlance.dialects.chatbot import dialect
from parlance.testing.faulty import Faults, FaultyDatabase
from parlance.testing.upstreams import MockOpenAI, Script
from tests.dialects.chatbot.served import SPOKEN, Browser, serving
from tests.dialects.chatbot.test_chat import held
from tests.dialects.chatbot.test_providers import two
from tests.unit.transports.small import Raw, request

TESTS = Path(__file__).parents[2]
AUTH, CHAT, PAGES, SETS = (f"dialects/chatbot/test_{name}.py" for name in ("auth", "chat", "pages", "sets"))
SPEECH, PROVIDERS, HERE = (f"dialects/chatbot/test_{name}.py" for name in ("speech", "providers", "contract"))
SEVERAL, FOLDER = "dialects/chatbot/test_several.py", "flows/test_chatbot_folder.py"
SETTINGS, PROMPT = "unit/settings/test_chatbot.py", "unit/core/chatbot/test_prompt.py"
Held = Mapping[str, tuple[str, ...]]
"""By file: the names of tests, without `test_`."""

ORDER = {SETS: ("managing_sets_checks_in_its_order", "sets_that_cannot_be_made_or_deleted_are_a_200_that_says_so")}
TEXTS = {SETS: ("what_is_kept_checks_in_its_order", "memory_and_prompt_outlast_the_history")}
ROUTES: Mapping[tuple[str, str], Held] = {
    ("GET", "/health"): {PAGES: ("health_and_icon",)},
    ("GET", "/"): {PAGES: ("a_page_brings_a_session_and_its_headers", "the_home_page_has_its_machine_readable_parts")},
    ("GET", "/signup"): {PAGES: ("login_and_sign_up_pages_have_their_forms",)},
    ("POST", "/signup"): {AUTH: ("sign_up_checks_in_its_order", "of_many_who_want_one_name_one_gets_it")},
    ("GET", "/login"): {PAGES: ("login_and_sign_up_pages_have_their_forms", "the_token_stays_while_the_session_does")},
    ("POST", "/login"): {AUTH: ("login_checks_in_its_order", "signing_up_leads_to_the_login_and_signing_in_home")},
    ("GET", "/logout"): {AUTH: ("signing_out_ends_the_session_everywhere_it_is_known",)},
    ("POST", "/chat"): {
        CHAT: ("chat_checks_in_its_order", "an_answer_is_streamed_as_plain_text_and_kept_without_thoughts")
    },
    ("POST", "/regenerate"): {
        CHAT: ("regenerating_replaces_the_pair_it_names", "a_pair_stays_where_regenerating_it_fails")
    },
    ("POST", "/reset_chat"): TEXTS,
    ("GET", "/get_sets"): {SETS: ("sets_are_made_listed_and_deleted", "managing_sets_checks_in_its_order")},
    ("POST", "/create_set"): ORDER,
    ("POST", "/delete_set"): ORDER,
    ("POST", "/load_set"): {**ORDER, CHAT: ("without_the_key_nothing_is_read_or_written",)},
    ("POST", "/update_memory"): TEXTS,
    ("POST", "/update_system_prompt"): {**TEXTS, CHAT: ("a_guests_prompt_before_the_first_chat_is_kept",)},
    ("POST", "/delete_message"): {SETS: (*TEXTS[SETS], "a_pair_is_deleted_by_both_texts_else_by_its_question")},
    ("POST", "/tts"): {SPEECH: ("the_page_gets_a_whole_file", "the_page_is_refused_in_its_order")},
    ("POST", "/api/tts"): {
        SPEECH: ("anybody_may_have_a_text_spoken_in_a_voice", "a_service_that_is_not_there_is_told")
    },
    ("POST", "/api/tts/stream"): {SPEECH: ("a_stream_passes_its_bytes_through", "a_service_that_is_not_there_is_told")},
    ("GET", "/static/{name}"): {PAGES: ("files_of_the_pages_are_served_and_no_others",)},
    ("GET", "/favicon.ico"): {PAGES: ("health_and_icon",)},
}
"""The contract's §1, whose rows §3 to §10 spell out."""
SHOWN: Mapping[str, Held] = {
    "their tests: health": {PAGES: ("health_and_icon",)},
    "their tests: home": {PAGES: ("premium_models_are_shown_to_premium_users",)},
    "their tests: login": {AUTH: ("signing_up_leads_to_the_login_and_signing_in_home",)},
    "their tests: logout": {AUTH: ("signing_out_ends_the_session_everywhere_it_is_known",)},
    "their tests: signup": {
        HERE: ("the_story_of_their_tests_holds",),
        FOLDER: ("what_the_app_wrote_opens_here_and_what_we_wrote_opens_there",),
    },
    "their tests: chat": {HERE: ("the_story_of_their_tests_holds",)},
    "their tests: regenerate": {CHAT: ("regenerating_replaces_the_pair_it_names",)},
    "their tests: reset_chat": {
        CHAT: ("nothing_of_a_guest_reaches_the_disk",),
        SETS: ("memory_and_prompt_outlast_the_history",),
    },
    "their tests: sets": {SETS: ("a_set_that_was_brought_in_the_open_stays_readable_until_it_is_written",)},
    "their tests: memory": {SETS: ("memory_and_prompt_outlast_the_history",)},
    "their tests: tts": {SPEECH: ("the_page_gets_a_whole_file", "anybody_may_have_a_text_spoken_in_a_voice")},
    "their tests: static": {PAGES: ("files_of_the_pages_are_served_and_no_others",)},
    "their tests: config": {
        SETTINGS: (
            "a_variable_is_replaced_in_keys_and_values_and_an_unset_one_is_empty",
            "a_file_that_says_nothing_leaves_one_ollama",
        )
    },
    "their tests: chat units": {PROMPT: ("the_budget_is_that_of_the_contract", "one_huge_pair_is_kept_in_part")},
    "pytest: four pages are there": {PAGES: ("a_page_brings_a_session_and_its_headers", "health_and_icon")},
    "pytest: a bad token is a 400": {AUTH: ("login_checks_in_its_order",)},
    "pytest: an empty sign-up is a 400": {AUTH: ("sign_up_checks_in_its_order",)},
    "pytest: no secret words": {PAGES: ("a_page_brings_a_session_and_its_headers",)},
    "pytest: no way out of static": {PAGES: ("files_of_the_pages_are_served_and_no_others",)},
    "must show 1: one at a time": {
        CHAT: ("one_thing_at_a_time_is_generated_for_one_session",),
        HERE: ("the_lock_is_let_go_however_an_answer_ends", "the_lock_is_let_go_when_the_client_leaves"),
        SEVERAL: ("one_thing_at_a_time_is_generated_whichever_process_is_asked",),
    },
    "must show 2: guests": {
        CHAT: ("nothing_of_a_guest_reaches_the_disk", "a_guests_prompt_before_the_first_chat_is_kept")
    },
    "must show 3: restart": {
        CHAT: ("a_restart_keeps_everything_under_the_users_key", "without_the_key_nothing_is_read_or_written")
    },
    "must show 4: writers": {
        CHAT: ("writers_at_the_same_time_lose_nothing",),
        AUTH: ("of_many_who_want_one_name_one_gets_it",),
    },
    "must show 5: confined": {"dialects/chatbot/test_adversary.py": ("no_name_leads_anywhere",)},
    "must show 6: failures": {
        PROVIDERS: ("a_provider_that_fails_says_so_in_the_stream", "an_answer_that_breaks_off_keeps_what_was_said")
    },
}
"""The contract's §12."""


def test_every_row_of_the_contract_has_its_tests() -> None:
    """No route and no item is left out, and each test that is named is there."""
    served = {(row.method, row.path) for row in dialect({}).rows}
    assert served == ROUTES.keys() and len(served) == 22 and len(SHOWN) == 25
    for what, holds in (*ROUTES.items(), *SHOWN.items()):
        for file, names in holds.items():
            there = set(re.findall(r"^(?:async )?def test_(\w+)\(", (TESTS / file).read_text("utf-8"), re.MULTILINE))
            assert names and set(names) <= there, f"{what}: {set(names) - there} in {file}"


async def test_the_story_of_their_tests_holds(tmp_path: Path) -> None:
    """Sign up, chat, ask again, forget, as that app's own tests do it: no word of a failure, no header that is the
    transport's business, one encrypted pair and the prompt on the disk, and nothing that counts as an error of ours."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        status, headers, body = await browser.post("/chat", {"message": "Hello", "system_prompt": "Be brief."})
        assert status == 200 and headers["content-type"].startswith("text/plain") and body.decode() == SPOKEN
        for word in (b"[Error]", b"Traceback", b"Internal Server Error"):
            assert word not in body
        assert await browser.say("Hello", "/regenerate") == SPOKEN
        kept = await browser.room.store.set("ada", "default")
        assert kept is not None and kept.encrypted
        assert all(text is not None and text.startswith(b"gAAAA") for text in (kept.memory, kept.prompt, kept.history))
        assert await browser.history() == [["Hello", "Hello"]]
        await browser.done("/reset_chat")
        assert await browser.history() == []
        house = browser.server.house
        assert house is not None
        counted = house.observer.metrics.render()
        assert b'status="200"' in counted and b'status="5' not in counted


# -- the lock ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("guest", [True, False])
async def test_the_lock_is_let_go_however_an_answer_ends(tmp_path: Path, guest: bool) -> None:
    """When it is whole, refused before it began, broken off by the upstream, or cannot be kept."""
    async with MockOpenAI(script=Script(text="Fine.")) as upstream:
        config = two("OpenAI", upstream.base_url, "bad-reset-midway")
        async with serving(tmp_path, config) as browser:
            await (browser.page() if guest else browser.sign_up())
            asks: tuple[tuple[dict[str, Any], int], ...] = (
                ({"message": "whole"}, 200),
                ({"message": "unknown model", "model_name": "nobody"}, 400),
                ({"message": "odd set", "set_name": "../x"}, 400),
                ({"message": "broken", "model_name": "bad-reset-midway"}, 200),
            )
            for body, expected in asks:
                assert (await browser.post("/chat", body))[0] == expected
                assert not held(browser), body
            if not guest:
                await unkept(browser)
            assert await browser.say("and on") == "Fine."


async def unkept(browser: Browser) -> None:
    """An answer whose pair meets a database that is away: it says so, and lets go."""
    house = browser.server.house
    assert house is not None
    faults, sound = Faults(), house.database
    browser.room.shelf._database = FaultyDatabase(sound, faults)
    faults.begin(1, "refused")
    assert (await browser.say("lost")).endswith("\n[Error] Failed to save chat history")
    assert not held(browser)
    browser.room.shelf._database = sound


@pytest.mark.parametrize("said", [b"HTTP/1.1 200", b"tok1"])
async def test_the_lock_is_let_go_when_the_client_leaves(tmp_path: Path, said: bytes) -> None:
    """Before the first word and in the middle; nothing of it is kept, and the upstream is hung up on."""
    async with MockOpenAI(script=Script(tokens=1000, per_token=0.02)) as upstream:
        async with serving(tmp_path, two("OpenAI", upstream.base_url, "other")) as browser:
            await browser.sign_up()
            raw = await Raw.to(browser.port)
            head = {"cookie": f"session={browser.cookie}", "x_csrf_token": browser.csrf or ""}
            await raw.send(request("POST /chat", json.dumps({"message": "Hi"}).encode(), **head))
            await raw.until(said)
            assert held(browser) == {"chatbot/ada"}
            raw.rst()
            await upstream.until(lambda u: len(u.closed_early) == 1, within=20.0)
            upstream.script = Script(text="Fine.")
            await upstream.until(lambda u: not held(browser), within=20.0)
            assert await browser.say("next") == "Fine." and await browser.history() == [["next", "Fine."]]


async def test_clients_that_leave_at_any_moment_leave_nothing_held(tmp_path: Path) -> None:
    """After the first byte of an ask, while it is judged, while its answer begins: neither lock nor call goes on."""
    async with MockOpenAI(script=Script(tokens=1000, per_token=0.02)) as upstream:
        async with serving(tmp_path, two("OpenAI", upstream.base_url, "other")) as browser:
            await browser.sign_up()
            head = {"cookie": f"session={browser.cookie}", "x_csrf_token": browser.csrf or ""}
            for turns in range(60):
                raw = await Raw.to(browser.port)
                await raw.send(request("POST /chat", b'{"message": "Hi"}', **head))
                for _ in range(turns):
                    await asyncio.sleep(0)
                raw.rst()
            await upstream.until(lambda u: not held(browser) and not u.active, within=30.0)
            upstream.script = Script(text="Fine.")
            assert await browser.say("next") == "Fine." and await browser.history() == [["next", "Fine."]]
