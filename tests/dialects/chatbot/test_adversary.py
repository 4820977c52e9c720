"""Whoever wants another's texts, another's session, the server's memory or its disk: what each of them gets."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from parlance.core.chatbot import doors, shelf
from parlance.core.chatbot.visits import MOST_OF_ONE, size_of
from parlance.stores.volatile.visits import MemoryVisits
from parlance.values.chatbot import KeptSet
from tests.dialects.chatbot.served import CONFIG, PASSWORD, SPOKEN, Browser, serving
from tests.dialects.chatbot.test_sets import KEPT, MANAGED, REQUIRED

ODD_NAMES = (
    "..",
    ".",
    "../x",
    "a/b",
    "a\\b",
    "a\x00b",
    "%2e%2e",
    "a.b",
    "a\nb",
    "\u202ea",
    "é",
    "x" * 65,
    "~",
    "$HOME",
)
MARKUP = '"><script>alert(1)</script><template></template>{0}{csrf}'


# -- sessions ---------------------------------------------------------------------------------------------------------


async def test_a_session_that_somebody_planted_is_not_the_one_that_is_signed_in(tmp_path: Path) -> None:
    """Neither a value that was made up nor one that a stranger got here before."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        for planted in ("a" * 43, "", '"quoted"', "x; y=z"):
            victim, attacker = Browser(browser.server), Browser(browser.server)
            victim.cookie = planted
            await victim.page("/login")
            assert victim.cookie != planted
            attacker.cookie = victim.cookie
            await victim.sign_in()
            assert 'data-logged-in="false"' in await attacker.page()
            assert (await attacker.raw("GET /get_sets"))[0] == 403


async def test_nothing_is_changed_without_the_sessions_own_token(tmp_path: Path) -> None:
    """Of all routes that change something: with no token, an empty one, another session's, the cookie itself, and one
    from before the sign-in."""
    async with serving(tmp_path) as browser:
        await browser.page()
        stale = browser.csrf
        await browser.sign_up()
        await browser.say("kept")
        other = Browser(browser.server)
        await other.page()
        for token in (None, "", other.csrf, browser.cookie, stale):
            for path in (*MANAGED, *KEPT, "/chat", "/regenerate", "/tts"):
                body = {"message": "x", "text": "x", "set_name": "default", **REQUIRED.get(path, {})}
                status, _, said = await browser.post(path, body, csrf=token)
                assert status == 400 and b"CSRF token" in said, (path, token, said)
        assert await browser.history() == [["kept", "Hello"]]


async def test_a_page_of_another_origin_cannot_ask(tmp_path: Path) -> None:
    """Even with cookie and token: nothing good needs it; and it may not read the answers."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        for path in ("/chat", "/load_set", "/api/tts"):
            status, headers, _ = await browser.post(path, {"message": "x", "text": "x"}, origin="https://evil.example")
            assert status == 403 and "access-control-allow-origin" not in headers


# -- names and markup -------------------------------------------------------------------------------------------------


async def test_no_name_leads_anywhere(tmp_path: Path) -> None:
    """Of a set or of a person: each is refused by every route, and no file of such a name comes to be."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        before = files(tmp_path)
        for name in ODD_NAMES:
            for path in (*MANAGED, *KEPT, "/chat", "/regenerate"):
                body = {"message": "x", **REQUIRED.get(path, {}), "set_name": name}
                status, _, said = await browser.post(path, body)
                refused = status == 400 or (path == "/create_set" and b'"error"' in said)
                assert refused, (path, name, status, said)
        assert json.loads((await browser.raw("GET /get_sets"))[2]).keys() == {"default"}
        stranger = Browser(browser.server)
        await stranger.page("/signup")
        for name in ODD_NAMES:
            assert (await stranger.form("/signup", username=name, password="x"))[0] == 400
        assert files(tmp_path) == before


def files(folder: Path) -> set[Path]:
    """All that is in a folder."""
    return set(folder.rglob("*"))


async def test_what_people_write_is_text_wherever_it_is_shown(tmp_path: Path) -> None:
    """Nothing of it is in a page, and JSON has its own type, which no browser takes for another."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.done("/update_memory", {"memory": MARKUP})
        await browser.say(MARKUP, system_prompt=MARKUP)
        assert "alert(1)" not in await browser.page()
        status, headers, body = await browser.post("/load_set")
        assert status == 200 and json.loads(body)["history"][0][0] == MARKUP
        assert (headers["content-type"], headers["x-content-type-options"]) == ("application/json", "nosniff")
        for path in ("/login", "/signup"):
            status, headers, body = await browser.form(path, username=MARKUP, password="x")
            assert status in (400, 401) and b"<script>" not in body
            assert headers["content-type"].startswith("text/plain") and headers["x-content-type-options"] == "nosniff"


async def test_a_name_in_the_page_data_means_nothing_there(tmp_path: Path) -> None:
    """Read as markup or as text it is the same JSON."""
    import html

    config = (
        'llms: [{provider_name: "a&quot;b&lt;c", type: ollama, model_name: m}]\ndefault_system_prompt: "&amp;<b>"\n'
    )
    async with serving(tmp_path, config) as browser:
        page = await browser.page()
        data = page.partition('type="application/json">')[2].partition("</template>")[0]
        assert json.loads(data) == json.loads(html.unescape(data))
        assert json.loads(data)["availableModels"][0]["provider_name"] == "a&quot;b&lt;c"


async def test_no_header_is_made_of_what_was_sent(tmp_path: Path) -> None:
    """Neither a name nor a path nor a file's name brings a line of its own."""
    async with serving(tmp_path) as browser:
        await browser.page("/login")
        for path in ("/static/x%0d%0aset-cookie:%20a=b", "/login?next=%0d%0aset-cookie:a=b", "/%0d%0ax-evil:1"):
            _, headers, _ = await browser.raw(f"GET {path}")
            assert "x-evil" not in headers and "a=b" not in headers.get("set-cookie", "")
        _, headers, _ = await browser.form("/login", username="a\r\nset-cookie: a=b", password="x")
        assert "set-cookie" not in headers


# -- another's texts --------------------------------------------------------------------------------------------------


async def test_nobody_gets_what_is_anothers(tmp_path: Path) -> None:
    """By no route, no name of a set, and not by a name that differs in its case only."""
    async with serving(tmp_path) as browser:
        await browser.sign_up("ada")
        await browser.say("Xyzzy-plugh", set_name="mine")
        for who in ("ADA", "bob", "guest_ada", "ada-", "_ada"):
            other = Browser(browser.server)
            await other.sign_up(who)
            assert await other.history("mine") == [] and await other.history() == []
            heard = await other.post("/delete_message", {"user_message": "Xyzzy-plugh", "set_name": "mine"})
            assert heard[0] == 404
            assert (await other.done("/delete_set", {"set_name": "mine"}))["status"] == "error"
        guest = Browser(browser.server)
        await guest.page()
        assert await guest.say("Hi", set_name="mine") == SPOKEN
        assert await browser.history("mine") == [["Xyzzy-plugh", "Hello"]]


async def test_a_wrong_name_takes_as_long_as_a_wrong_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same steps, each once: a hash is checked, whoever is not there, and no key is made for either."""
    steps: list[str] = []
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        await browser.page("/login")
        check, key = browser.room.passwords.check, browser.room.cipher.key

        async def checked(hashed: str | None, password: str) -> Any:
            steps.append("check")
            return await check(hashed, password)

        async def made(password: str, salt: bytes) -> bytes:
            steps.append("key")
            return await key(password, salt)

        monkeypatch.setattr(browser.room.passwords, "check", checked)
        monkeypatch.setattr(browser.room.cipher, "key", made)
        taken = []
        for name in ("ada", "nobody", "../x"):
            assert (await browser.form("/login", username=name, password="wrong"))[0] == 401
            taken.append(tuple(steps))
            steps.clear()
        assert taken == [("check",)] * 3


async def test_odd_passwords_are_passwords(tmp_path: Path) -> None:
    """With U+0000, of many bytes, in any script: each signs in whoever signed up with it; bcrypt reads 72 bytes."""
    async with serving(tmp_path) as browser:
        for at, password in enumerate(("a\x00b", "密" * 300, " blank ", "x" * 5000)):
            await browser.sign_up(f"p{at}", password)
            assert 'data-logged-in="true"' in await browser.page()
        await browser.page("/login")
        assert (await browser.form("/login", username="p0", password="a\x00c"))[0] == 401


# -- memory and disk --------------------------------------------------------------------------------------------------


async def test_whoever_keeps_no_cookie_does_not_push_out_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From one address so many sessions begin in a minute; whoever has one goes on."""
    monkeypatch.setattr(doors, "MOST_NEWCOMERS", 5)
    async with serving(tmp_path) as browser:
        await browser.page()
        statuses = [(await Browser(browser.server).raw("GET /"))[0] for _ in range(6)]
        assert statuses == [200] * 4 + [429] * 2
        status, headers, body = await Browser(browser.server).raw("GET /logout")
        assert (await browser.raw("GET /logout"))[0] == 302, "whoever has a session gets another one for it"
        assert (status, body) == (429, b"Too many requests, please slow down.") and int(headers["retry-after"]) > 0
        await browser.page()
        assert await browser.say("still here") == SPOKEN


async def test_one_user_does_not_fill_the_sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many sign-ins in an hour, though the password is right."""
    monkeypatch.setattr(doors, "MOST_ENTERED", 3)
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        for _ in range(2):
            await browser.sign_in()
        await browser.page("/login")
        assert (await browser.form("/login", username="ada", password=PASSWORD))[0] == 429


async def test_a_guest_keeps_so_much_and_no_more(tmp_path: Path) -> None:
    """However much is said: the oldest goes, and what is sent for the next answer is bounded by the model's context."""
    async with serving(tmp_path) as browser:
        await browser.page()
        for at in range(6):
            await browser.say(f"{at}" + "x" * (MOST_OF_ONE // 4))
            await browser.done("/update_memory", {"memory": "m" * 200_000, "set_name": f"s{at}"})
        visit = await browser.room.visits.find(browser.cookie)
        assert visit is not None and sum(size_of(each) for each in visit.sets.values()) <= MOST_OF_ONE
        assert isinstance(browser.room.visits._records, MemoryVisits)
        assert browser.room.visits._records.bytes < 2 * MOST_OF_ONE


async def test_what_somebody_keeps_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In sets, and in bytes of all together: whoever may sign up by themselves does not fill the disk. What becomes
    less always fits, and nothing that is there is lost."""
    monkeypatch.setattr(shelf, "MOST_SETS", 3)
    monkeypatch.setattr(shelf, "MOST_OF_USER", 40_000)
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        for at in range(3):
            await browser.done("/create_set", {"set_name": f"s{at}"})
        told = await browser.done("/create_set", {"set_name": "more"})
        assert told == {"status": "error", "error": "There are as many sets as can be kept."}
        told = await browser.done("/create_set", {"set_name": "s1"})
        assert told == {"status": "error", "error": "Set already exists or invalid name"}
        full = (400, b"There are as many sets as can be kept.")
        assert (await browser.post("/update_memory", {"memory": "m", "set_name": "more"}))[::2] == full
        said = await browser.say("x", set_name="more")
        assert said == f"{SPOKEN}\n[Error] Failed to save chat history"
        await browser.done("/update_memory", {"memory": "m" * 20_000, "set_name": "s0"})
        status, _, body = await browser.post("/update_memory", {"memory": "m" * 20_000, "set_name": "s1"})
        assert (status, body) == (400, b"All sets together are longer than can be kept.")
        status, _, body = await browser.post("/chat", {"message": "x", "system_prompt": "p" * 20_000, "set_name": "s1"})
        assert (status, json.loads(body)) == (400, {"error": "All sets together are longer than can be kept."})
        await browser.done("/update_memory", {"memory": "m" * 10_000, "set_name": "s0"})
        await browser.done("/delete_set", {"set_name": "s2"})
        await browser.done("/update_memory", {"memory": "m" * 10_000, "set_name": "s2"})
        assert (await browser.done("/load_set", {"set_name": "s0"}))["memory"] == "m" * 10_000


async def test_a_set_larger_than_its_bound_can_still_be_made_smaller(tmp_path: Path) -> None:
    """One that was brought with more than may be kept, say: it is read, and what makes it smaller is taken."""
    async with serving(tmp_path) as browser:
        await browser.sign_up()
        house = browser.server.house
        assert house is not None
        pairs = msgspec.json.encode([["x" * 1000, "y" * 1000]] * 100)
        await house.database.apply(browser.room.store.insert_set("ada", KeptSet("big", 1, False, None, None, pairs)))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(shelf, "MOST_OF_USER", 1000)
            assert len(await browser.history("big")) == 100
            assert (await browser.post("/update_memory", {"memory": "m", "set_name": "big"}))[0] == 400
            await browser.done("/reset_chat", {"set_name": "big"})
        assert await browser.history("big") == []


@pytest.mark.parametrize(
    "text", ["\ud800", "\U0001f600" * 1000, "\u202e\u0007\x1b[2J", "<think>" * 500, "{0}{csrf}%s%n"]
)
async def test_odd_texts_are_kept_as_they_are_or_refused(tmp_path: Path, text: str) -> None:
    """By guests and by people alike: no defect, whatever stands in a message."""
    async with serving(tmp_path) as browser:
        for come in (browser.page, browser.sign_up):
            await come()
            body = json.dumps({"message": text, "system_prompt": text}).encode()
            status, _, said = await browser.post("/chat", body)
            assert (status, said.decode()) in ((200, SPOKEN), (400, "Invalid JSON payload"))
            visit = await browser.room.visits.find(browser.cookie)
            assert visit is not None
            expected = ((text, "Hello"),) if status == 200 else ()
            assert (await browser.room.shelf.read(visit, "default")).history == expected


async def test_a_slow_speech_service_is_hung_up_on_when_its_listener_leaves(tmp_path: Path) -> None:
    """While a whole file is collected, too; and what was collected counts no more."""
    hung_up = asyncio.Event()

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + bytes(1000))
        await reader.read(-1)
        hung_up.set()
        writer.close()

    service = await asyncio.start_server(endless, "127.0.0.1", 0)
    port = service.sockets[0].getsockname()[1]
    async with serving(tmp_path, CONFIG, env={"TTS_HOST": "127.0.0.1", "TTS_PORT": str(port)}) as browser:
        asking = asyncio.ensure_future(browser.post("/api/tts", {"text": "x"}))
        async with asyncio.timeout(20):
            while not browser.room.voices.bytes:
                await asyncio.sleep(0.01)
            asking.cancel()
            await asyncio.wait((asking,))
            await hung_up.wait()
            while browser.room.voices.bytes:
                await asyncio.sleep(0.01)
    service.close()
