"""Accounts over a socket: two people, two tenants, browsers and programs, on the composed server."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from parlance.settings.layers import SettingsError
from parlance.stores.sql.sqlite import Sqlite
from parlance.testing.servers import Server, loaded, running
from parlance.testing.upstreams import MockOpenAI
from tests.flows.callers import Answer, Caller, connection_toml, events, measured

PASSWORD = "blue chair under a cloud"
IDLE = "mock-idle"
"""The first token, then silence: an answer that goes on until somebody ends it."""
SLACK = 4.0
"""How much slower than promised a shared machine may be."""


@asynccontextmanager
async def serving(
    folder: Path, toml: str = "", flags: Mapping[str, object] | None = None, *, models: tuple[str, ...] = ()
) -> AsyncIterator[Server]:
    """The composed server; with models there is an upstream behind it."""
    if not models:
        async with running(loaded(folder, toml=toml, flags=flags)) as server:
            yield server
        return
    async with MockOpenAI() as upstream:
        wired = toml + connection_toml(upstream.base_url, "mock", *models, first_token_seconds=120)
        async with running(loaded(folder, toml=wired, flags=flags)) as server:
            yield server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path) as made:
        yield made


class Person(Caller):
    """Somebody with an account and a session; `id` is the account's."""

    def __init__(self, port: int, signed: dict[str, Any]) -> None:
        super().__init__(port, signed["token"])
        self.token: str = signed["token"]
        self.id: str = signed["user"]["id"]
        self.signed = signed

    async def native(self, operation: str, /, **fields: Any) -> Any:
        """The JSON of a native operation that must go well."""
        answer = await told(self, operation, **fields)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None


READS = ("read", "list", "show")


async def told(caller: Caller, operation: str, /, **fields: Any) -> Answer:
    """The answer of a native operation, whatever it is."""
    if operation.rpartition(".")[2] in READS:
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        return await caller.ask(f"GET /parlance/v1/{operation}?{query}")
    return await caller.ask(f"POST /parlance/v1/{operation}", fields)


async def owner(server: Server) -> Person:
    """The first account."""
    return Person(server.port, (await signed_up(server, "Ada")).json)


async def signed_up(server: Server, name: str) -> Answer:
    return await told(Caller(server.port), "accounts.sign_up", name=name, password=PASSWORD)


async def person(server: Server, admin: Person, name: str, **more: Any) -> Person:
    """A new account with a session."""
    await admin.native("users.create", name=name, password=PASSWORD, **more)
    signed = await told(Caller(server.port), "accounts.sign_in", account=name, password=PASSWORD)
    assert signed.status == 200, signed.body
    return Person(server.port, signed.json)


# -- the first account ------------------------------------------------------------------------------------------------


async def test_of_24_first_sign_ups_at_once_one_becomes_admin(server: Server) -> None:
    """P22, over the socket: as if a whole team opened the link at the same moment."""
    answers = await asyncio.gather(*(signed_up(server, f"person {n}") for n in range(24)))
    assert Counter(answer.status for answer in answers) == {200: 1, 403: 23}
    [first] = [answer.json for answer in answers if answer.status == 200]
    assert (first["user"]["role"], first["user"]["operates"]) == ("admin", True)
    users = (await Person(server.port, first).native("users.list"))["users"]
    assert [user["role"] for user in users] == ["admin"]


async def test_local_mode_is_over_with_the_first_account(server: Server) -> None:
    anonymous = Caller(server.port)
    assert (await anonymous.ask("GET /v1/models")).status == 200
    admin = await owner(server)
    for key in (None, "ollama"):
        assert (await Caller(server.port, key).ask("GET /v1/models")).status == 401
        assert (await Caller(server.port, key).ask("GET /api/tags")).status == 401
    for caller in (admin, Caller(server.port, server.console_token)):
        assert (await caller.ask("GET /v1/models")).status == 200


async def test_the_owner_keeps_what_was_made_before_there_were_accounts(tmp_path: Path) -> None:
    """The first account is the machine's owner: an answer that was begun without one is theirs."""
    async with serving(tmp_path, models=("mock",)) as server:
        ask = {"model": "mock", "items": [{"type": "message", "role": "user", "content": "Hello"}]}
        begun = await told(Caller(server.port), "messages.send", ask=ask)
        admin = await owner(server)
        assert (await admin.native("runs.read", run=begun.json["run"]))["run"] == begun.json["run"]


async def test_a_restart_signs_nobody_out(tmp_path: Path) -> None:
    """P02: neither sessions, opaque or signed, nor keys."""
    async with serving(tmp_path) as server:
        admin = await owner(server)
        key = (await admin.native("keys.create", name="laptop"))["key"]
        body = {"account": "Ada", "password": PASSWORD, "kind": "jwt"}
        signed = (await Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", body)).json["token"]
    async with serving(tmp_path) as server:
        for token in (admin.token, signed, key):
            assert (await Caller(server.port, token).ask("GET /parlance/v1/accounts.read")).status == 200
        assert (await told(Caller(server.port), "accounts.sign_in", account="ada", password=PASSWORD)).status == 200


async def test_the_secret_is_the_owners_alone_and_one_that_everybody_knows_is_refused(tmp_path: Path) -> None:
    """P20, and design rule 10: no start with a default secret, by whatever name it is given."""
    async with serving(tmp_path):
        assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    for settings in (
        loaded(tmp_path, env={"WEBUI_SECRET_KEY": "t0p-s3cr3t"}),
        loaded(tmp_path, env={"PARLANCE_ACCOUNTS_SECRET_KEY": "changeme"}),
    ):
        with pytest.raises(SettingsError, match="everybody knows"):
            async with running(settings):
                raise AssertionError("it must not start")
    with pytest.raises(SettingsError, match="begun with another secret"):
        async with running(loaded(tmp_path, env={"WEBUI_SECRET_KEY": "8f2d61c0b7aa4e53"})):
            raise AssertionError("it must not start")


# -- browsers ---------------------------------------------------------------------------------------------------------


async def test_a_browser_keeps_its_session_in_a_cookie_that_scripts_cannot_read(server: Server) -> None:
    signed = await signed_up(server, "Ada")
    cookie = signed.headers["set-cookie"]
    name, _, token = cookie.partition(";")[0].partition("=")
    assert (name, token) == ("parlance_session", signed.json["token"])
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} <= set(cookie.split("; ")) and "Secure" not in cookie
    assert signed.headers["cache-control"] == "no-store"
    page = Caller(server.port)
    assert (await page.ask("GET /parlance/v1/accounts.read", cookie=f"a=b; {name}={token}; c=d")).status == 200
    left = await page.ask("POST /parlance/v1/accounts.sign_out", {}, cookie=f"{name}={token}")
    assert left.status == 204 and "Max-Age=0" in left.headers["set-cookie"]
    over = await page.ask("GET /parlance/v1/accounts.read", cookie=f"{name}={token}")
    assert (over.status, over.json["code"]) == (401, "session_over")


async def test_a_new_sign_in_is_a_new_session(server: Server) -> None:
    """P29: whoever planted a cookie learns nothing by it."""
    admin = await owner(server)
    planted = {"cookie": f"parlance_session={admin.token}"}
    body = {"account": "Ada", "password": PASSWORD}
    again = await Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", body, **planted)
    assert again.json["token"] not in ("", admin.token)


FOREIGN: tuple[dict[str, str], ...] = (
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:1"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"origin": "https://evil.example", "sec_fetch_site": "cross-site"},
    {"origin": "https://evil.example", "content_type": "text/plain"},
)


@pytest.mark.parametrize("wide", [False, True], ids=["loopback", "wide"])
async def test_a_page_of_another_origin_can_neither_sign_in_nor_use_a_session(tmp_path: Path, wide: bool) -> None:
    """P29: neither in somebody's name, nor somebody in the attacker's name; on every kind of door."""
    host = "0.0.0.0" if wide else "127.0.0.1"
    async with serving(tmp_path) as server:
        admin = await owner(server)
        await admin.native("preferences.change", sign_up="user")
    async with serving(tmp_path, flags={"server.host": host}) as server:
        page = Caller(server.port)
        body = {"account": "Ada", "password": PASSWORD}
        for n, headers in enumerate(FOREIGN):
            for path, content in (
                ("accounts.sign_in", body),
                ("accounts.sign_up", {"name": f"forged {n}", "password": PASSWORD}),
            ):
                refused = await page.ask(f"POST /parlance/v1/{path}", content, **headers)
                assert (refused.status, "set-cookie" in refused.headers) == (403, False), headers
            for path, content in (("preferences.change", {"sign_up": "closed"}), ("accounts.sign_out", {})):
                cookie = {"cookie": f"parlance_session={admin.token}"}
                refused = await page.ask(f"POST /parlance/v1/{path}", content, **headers, **cookie)
                assert refused.status in (401, 403), headers
        admin = Person(server.port, admin.signed)
        assert (await admin.native("preferences.read"))["sign_up"] == "user"
        assert [user["name"] for user in (await admin.native("users.list"))["users"]] == ["Ada"]
        own = f"http://localhost:{server.port}"
        headers = {"host": f"localhost:{server.port}", "origin": own, "sec_fetch_site": "same-origin"}
        assert (await page.ask("POST /parlance/v1/accounts.sign_in", body, **headers)).status == 200


async def test_behind_a_trusted_proxy_a_cookie_is_secure_and_the_address_is_the_clients(tmp_path: Path) -> None:
    flags = {"server.trusted_proxies": "127.0.0.1"}
    async with serving(tmp_path, flags=flags) as server:
        admin = await owner(server)
        forwarded = {"x_forwarded_proto": "https", "x_forwarded_for": "203.0.113.7"}
        body = {"account": "Ada", "password": PASSWORD}
        signed = await Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", body, **forwarded)
        assert "; Secure" in signed.headers["set-cookie"]
        listed = (await admin.native("sessions.list"))["sessions"]
        assert listed[0]["address"] == "203.0.113.7"


# -- guessing ---------------------------------------------------------------------------------------------------------


async def test_another_forwarded_address_with_every_guess_is_no_way_around(server: Server) -> None:
    """P23: nobody's word on where they are counts but a trusted proxy's."""
    admin = await owner(server)
    statuses = []
    for n in range(30):
        body = {"account": "ADA" if n % 2 else "ada", "password": f"wrong {n}"}
        headers = {"x_forwarded_for": f"198.51.100.{n}", "x_real_ip": f"198.51.100.{n}", "forwarded": f"for=10.0.0.{n}"}
        answer = await Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", body, **headers)
        statuses.append(answer.status)
        if answer.status == 429:
            assert int(answer.headers["retry-after"]) >= 1
    assert statuses.index(429) <= 25 and set(statuses[statuses.index(429) :]) == {429}
    assert (await admin.native("accounts.read"))["user"]["id"] == admin.id


async def test_of_200_guesses_at_once_few_are_looked_at(server: Server) -> None:
    """P23: at most 50; and running sessions notice nothing of it."""
    admin = await owner(server)
    body = {"account": "Ada", "password": "wrong"}
    guesses = [Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", body) for _ in range(200)]
    answers, meanwhile = await asyncio.gather(asyncio.gather(*guesses), admin.ask("GET /parlance/v1/accounts.read"))
    counted = Counter(answer.status for answer in answers)
    assert counted[401] <= 50 and counted[401] + counted[429] == 200 and meanwhile.status == 200


# -- keys -------------------------------------------------------------------------------------------------------------


async def test_a_key_may_what_it_says_until_it_is_over(tmp_path: Path) -> None:
    """Scope, list of models, expiry, revocation; and it does not outlive what its user may."""
    async with serving(tmp_path, models=("mock", "other")) as server:
        admin = await owner(server)
        bob = await person(server, admin, "Bob")
        narrow = await bob.native("keys.create", name="narrow", models=["mock"])
        key = Caller(server.port, narrow["key"])
        assert (await key.chat("Hello", "mock")).status == 200
        assert (await key.chat("Hello", "other")).status == 404
        assert [card["id"] for card in (await key.ask("GET /v1/models")).json["data"]] == ["mock"]
        for path in ("metrics", "parlance/v1/users.list", "parlance/v1/audit.list"):
            assert (await key.ask(f"GET /{path}")).status == 403
        wide = await admin.native("keys.create", name="wide", scopes=["observe"])
        watcher = Caller(server.port, wide["key"])
        assert ((await watcher.ask("GET /metrics")).status, (await watcher.chat()).status) == (200, 403)
        soon = time.time_ns() // 1000 + 400_000
        brief = Caller(server.port, (await bob.native("keys.create", name="brief", expires=soon))["key"])
        assert (await brief.ask("GET /v1/models")).status == 200
        async with asyncio.timeout(20):
            while (await brief.ask("GET /v1/models")).status != 401:
                await asyncio.sleep(0.02)
        assert time.time_ns() // 1000 >= soon
        await bob.native("keys.revoke", key=narrow["about"]["id"])
        assert (await key.chat("Hello", "mock")).status == 401


# -- access that ends -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["accounts.sign_out", "accounts.change_password", "users.change", "users.delete"])
async def test_streams_end_within_a_second_when_access_does(tmp_path: Path, how: str) -> None:
    """P22: an answer in the middle of a sentence, whatever wire it is told on, and nobody else's."""
    async with serving(tmp_path, models=(IDLE,)) as server:
        admin = await owner(server)
        bob = await person(server, admin, "Bob")
        body = {"account": "Bob", "password": PASSWORD}
        other = Person(server.port, (await Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", body)).json)
        streams = [await talking(bob, path, made) for path, made in STREAMS]
        kept = await talking(admin, *STREAMS[0])
        began = time.monotonic()
        await end_access(how, bob, other, admin)
        for stream in streams:
            async with asyncio.timeout(SLACK):
                await stream.rest()
        measured(f"streams end after {how}", seconds=f"{time.monotonic() - began:.3f}")
        refused = await bob.ask("GET /parlance/v1/accounts.read")
        assert refused.status == 401 or how == "users.change"
        kept.rst()


STREAMS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/v1/chat/completions", {"model": IDLE, "messages": [{"role": "user", "content": "Hello"}], "stream": True}),
    ("/api/chat", {"model": IDLE, "messages": [{"role": "user", "content": "Hello"}], "stream": True}),
    (
        "/parlance/v1/messages.send",
        {"ask": {"model": IDLE, "items": [{"type": "message", "role": "user", "content": "Hello"}]}, "stream": True},
    ),
)


async def talking(who: Person, path: str, body: dict[str, Any]) -> Any:
    """A stream that has begun to answer."""
    connection = await who.raw(f"POST {path}", body, connection="close")
    await connection.until(b"tok0")
    return connection


async def end_access(how: str, bob: Person, other: Person, admin: Person) -> None:
    """In one of the ways: by Bob in this session or in another one, or by the admin."""
    if how == "accounts.sign_out":
        await bob.native(how)
    elif how == "accounts.change_password":
        await other.native(how, current=PASSWORD, password="four green bottles")
    elif how == "users.change":
        await admin.native(how, user=bob.id, role="pending")
    else:
        await admin.native(how, user=bob.id)


async def test_what_is_only_watched_is_cut_off_and_goes_on_for_its_user(tmp_path: Path) -> None:
    """A run that goes on by itself is the user's: signing out on one device stops the reading there."""
    async with serving(tmp_path, models=(IDLE,)) as server:
        admin = await owner(server)
        phone = Person(server.port, (await told(admin, "accounts.sign_in", account="Ada", password=PASSWORD)).json)
        ask = {"model": IDLE, "items": [{"type": "message", "role": "user", "content": "Hello"}]}
        run = (await phone.native("messages.send", ask=ask))["run"]
        sought = {"accept": "text/event-stream", "connection": "close"}
        watching = await phone.raw(f"GET /parlance/v1/runs.read?run={run}", **sought)
        await watching.until(b"tok0")
        await phone.native("accounts.sign_out")
        async with asyncio.timeout(SLACK):
            await watching.rest()
        assert (await admin.native("runs.read", run=run))["state"] == "running"
        await admin.native("runs.stop", run=run)


async def test_a_stream_that_is_ended_says_why(tmp_path: Path) -> None:
    async with serving(tmp_path, models=(IDLE,)) as server:
        admin = await owner(server)
        bob = await person(server, admin, "Bob")
        connection = await talking(bob, *STREAMS[2])
        await admin.native("users.sign_out", user=bob.id)
        async with asyncio.timeout(SLACK):
            rest = await connection.rest()
        last = events(b"\n".join(line for line in rest.split(b"\r\n") if b"data:" in line))[-1]
        assert (last["t"], last["outcome"], last["error"]["code"]) == ("ended", "stopped", "revoked")


# -- two tenants ------------------------------------------------------------------------------------------------------


def lasting(page: Any) -> Any:
    """What is listed, without the people and without when somebody was here, which changes with every question."""
    rows = {name: [{**row, "last_seen": None} for row in page[name]] for name in ("sessions", "keys") if name in page}
    return {**page, **rows, "users": None}


async def test_nothing_of_another_tenant_is_reached_by_any_id(server: Server) -> None:
    """P21: in a query or a body, as a user or as an admin: as unknown as what never was, and nothing is changed."""
    admin = await owner(server)
    tenant = (await admin.native("tenants.create", name="Others"))["id"]
    eve = await person(server, admin, "Eve", role="admin", tenant=tenant)
    bob = await person(server, admin, "Bob")
    group = (await admin.native("groups.create", name="Readers"))["id"]
    key = (await admin.native("keys.create", name="laptop"))["about"]["id"]
    session = (await admin.native("sessions.list"))["sessions"][0]["id"]
    before = [await admin.native(name) for name in ("users.list", "groups.list", "keys.list", "sessions.list")]
    ids = {"user": admin.id, "group": group, "key": key, "session": session}
    for caller, expected in ((eve, 404), (bob, None)):
        for operation, kind in (
            *(("users.read", "user"), ("users.change", "user"), ("users.delete", "user"), ("users.sign_out", "user")),
            *(("groups.read", "group"), ("groups.change", "group"), ("groups.delete", "group")),
            *(("groups.members", "group"), ("keys.revoke", "key"), ("sessions.revoke", "session")),
        ):
            answers = [await told(caller, operation, **{kind: id}) for id in (ids[kind], "never-was")]
            assert len({(answer.status, answer.body) for answer in answers}) == 1, operation
            owned = kind in ("key", "session")
            assert answers[0].status == (expected or (404 if owned else 403)), operation
        for operation, fields in (
            ("keys.create", {"name": "k", "user": admin.id}),
            ("users.create", {"name": "spy", "tenant": "default"}),
            ("groups.members", {"group": group, "add": [admin.id]}),
        ):
            assert (await told(caller, operation, **fields)).status in (403, 404)
        for operation in ("keys.list", "sessions.list"):
            listed = await told(caller, operation, user=admin.id)
            assert listed.json[operation.partition(".")[0]] == []
    after = [await admin.native(name) for name in ("users.list", "groups.list", "keys.list", "sessions.list")]
    assert [lasting(page) for page in before] == [lasting(page) for page in after]
    assert [user["role"] for user in after[0]["users"]] == [user["role"] for user in before[0]["users"]]


async def test_runs_of_one_tenant_are_unknown_in_another(tmp_path: Path) -> None:
    async with serving(tmp_path, models=(IDLE,)) as server:
        admin = await owner(server)
        tenant = (await admin.native("tenants.create", name="Others"))["id"]
        eve = await person(server, admin, "Eve", role="admin", tenant=tenant)
        ask = {"model": IDLE, "items": [{"type": "message", "role": "user", "content": "Hello"}]}
        run = (await admin.native("messages.send", ask=ask))["run"]
        for id in (run, "never-was"):
            for operation in ("runs.read", "runs.stop"):
                assert (await told(eve, operation, run=id)).status == 404
        assert await eve.native("runs.list") == []
        await admin.native("runs.stop", run=run)


# -- the walk ---------------------------------------------------------------------------------------------------------

PENDING = {"accounts.read", "accounts.export", "accounts.delete", "accounts.sign_out", "server.show"}
"""What somebody may do who waits to be let in, beside what anybody may."""


async def test_whoever_is_not_known_or_not_let_in_gets_nowhere(server: Server) -> None:
    """The beginning of the role walk: every route of every dialect as nobody is 401 before anything is read of it, and
    as somebody who is pending it is refused, but for the own account."""
    from parlance.dialect_list import documented

    admin = await owner(server)
    pending = await person(server, admin, "Pending", role="pending")
    nobody = Caller(server.port)
    walked = 0
    for dialect in documented():
        for row in dialect.rows:
            if row.open or row.anyone or row.browser:
                continue
            path = f"/as/{dialect.name}" + row.path.replace("{", "").replace("}", "").replace(":path", "")
            for body in (b"", b"not json", b"{}"):
                assert await status_of(nobody, row.method, path, body) == 401, (row.method, path, body)
            scopes = {operation.scope for operation in row.operations}
            if scopes and None not in scopes:
                status = await status_of(pending, row.method, path, b"{}")
                assert status in (400, 403, 404, 422), (row.method, path, status)
            elif scopes and dialect.name == "native":
                assert row.name in PENDING, row.name
            walked += 1
    assert walked > 60
    assert await until_gone(pending)


async def status_of(caller: Caller, method: str, path: str, body: bytes) -> int:
    """The status of one request; only what has a body to send gets one."""
    connection = await caller.raw(f"{method} {path}", body if method in ("POST", "PUT", "PATCH", "DELETE") else b"")
    try:
        return (await connection.answer(body=method != "HEAD"))[0]
    finally:
        connection.rst()
        await asyncio.sleep(0)


async def until_gone(pending: Person) -> bool:
    """A pending user can leave."""
    account = await pending.native("accounts.read")
    assert (account["user"]["role"], account["scopes"]) == ("pending", [])
    await pending.native("accounts.sign_out")
    return (await pending.ask("GET /parlance/v1/accounts.read")).status == 401


async def test_a_burst_of_sign_ins_does_not_hold_up_others(server: Server) -> None:
    """Hashes are made elsewhere: an answer from memory takes no longer for it, and what is too much is refused."""
    admin = await owner(server)
    for n in range(4):
        await admin.native("users.create", name=f"person {n}", password=PASSWORD)
    body = [{"account": f"person {n % 4}", "password": PASSWORD} for n in range(16)]
    burst = [asyncio.ensure_future(Caller(server.port).ask("POST /parlance/v1/accounts.sign_in", b)) for b in body]
    took = []
    while not all(task.done() for task in burst):
        began = time.monotonic()
        assert (await admin.ask("GET /parlance/v1/accounts.read")).status == 200
        took.append(time.monotonic() - began)
    assert {answer.status for answer in await asyncio.gather(*burst)} == {200}
    measured("reading an account during 16 sign-ins", p50=f"{sorted(took)[len(took) // 2] * 1000:.1f} ms")


async def test_with_an_account_goes_all_that_was_its_own_and_nothing_of_others(tmp_path: Path) -> None:
    """Chats, answers that are being written, folders, files and their bytes, ledgers: in one change set."""
    async with serving(tmp_path, models=("mock", IDLE)) as server:
        admin = await owner(server)
        bob = await person(server, admin, "Bob")
        for who in (admin, bob):
            file = await who.ask("POST /parlance/v1/files.upload?name=notes.txt", b"some notes of mine")
            folder = await who.native("folders.create", name="Work")
            for model in ("mock", IDLE):
                sent = await who.native(
                    "chats.send", text="Hello", models=[model], files=[file.json["id"]], folder=folder["id"]
                )
                assert sent["chat"]
        assert server.house is not None
        kept = server.house.database
        assert (await told(admin, "users.delete", user=bob.id)).status == 204
        for table in ("chats", "folders", "files", "shares", "ledgers", "api_keys", "sessions", "credentials"):
            assert await kept.read(f"SELECT tenant FROM {table} WHERE user_id = :user", {"user": bob.id}) == [], table
        assert len((await admin.native("chats.list"))["chats"]) == 2
        assert len((await admin.native("files.list"))["files"]) == 1
        blobs = [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
        assert len(blobs) == 1
        assert (await bob.ask("GET /parlance/v1/chats.list")).status == 401
        if kept.kind == "sqlite":
            assert await kept.read("PRAGMA foreign_key_check", {}) == []


async def test_a_known_caller_asks_a_model_without_a_round_trip_to_the_database(tmp_path: Path) -> None:
    """DESIGN §6, the hot path: by session, by key and by signed token. What is read is the version of who may do what,
    by the clock and not by the request; what is written are ledgers and counts, in batches."""
    async with serving(tmp_path, models=("mock",)) as server:
        admin = await owner(server)
        key = (await admin.native("keys.create", name="laptop"))["key"]
        signed = await told(admin, "accounts.sign_in", account="Ada", password=PASSWORD, kind="jwt")
        callers = [Caller(server.port, token) for token in (admin.token, key, signed.json["token"])]
        for caller in callers:
            assert (await caller.chat()).status == 200
        assert server.house is not None
        database = server.house.database
        assert isinstance(database, Sqlite) and database._reading is not None
        seen: list[str] = []
        database._reading.set_trace_callback(seen.append)
        for _ in range(10):
            for caller in callers:
                assert (await caller.chat()).status == 200
                assert (await caller.ask("GET /v1/models")).status == 200
        asked = [sql for sql in seen if "users" in sql or "credentials" in sql]
        assert asked == []
        await admin.native("users.list")
        assert any("FROM users" in sql for sql in seen)  # so it would have been seen
        database._reading.set_trace_callback(None)
        measured("60 requests of known callers", reads=len(seen), of_accounts=len(asked))
