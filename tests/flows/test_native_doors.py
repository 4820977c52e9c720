"""The composed server as strangers meet it: locked while it is wide and keyless, and two keys that never meet."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from parlance.dialects.table import Row
from parlance.testing.servers import Server, loaded, running
from tests.unit.transports.small import Raw

OPEN = {"/health", "/ready", "/", "/favicon.ico"}
SIGN_IN = "/parlance/sign-in"
"""The way in by a provider that the settings name, also for the first of all; where none is named it leads nowhere."""
KEYS = {"ada": "ada-secret-key", "bob": "bob-secret-key"}
TOML = "\n".join(
    f'[[keys]]\nname = "{name}"\nuser = "{name}"\nscopes = ["chat"]\n'
    f'hash = "sha256:{hashlib.sha256(key.encode()).hexdigest()}"\n'
    for name, key in KEYS.items()
)


async def asked(server: Server, head: str, body: bytes = b"", /, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request on a connection of its own."""
    client = await Raw.to(server.port)
    try:
        return await client.ask(head, body, **headers)
    finally:
        client.fin()


def rows(server: Server) -> list[Row]:
    """Every row of every dialect of the installation; a site is at none of its doors."""
    from parlance.dialect_list import documented

    assert server.house is not None
    return [row for dialect in documented() if not dialect.site for row in dialect.rows]


async def test_a_wide_server_without_a_key_answers_only_who_it_is(tmp_path: Path) -> None:
    """Health, readiness and the page that says which command mends it: nothing else, of no dialect, by no path."""
    async with running(loaded(tmp_path, flags={"server.host": "0.0.0.0"})) as server:
        status, _, page = await asked(server, "GET /", accept="text/html")
        assert status == 200 and b"parlance config new-key" in page and b"/v1" not in page
        assert (await asked(server, "GET /health"))[0] == (await asked(server, "GET /ready"))[0] == 200
        answered = set()
        for row in rows(server):
            path, accept = re.sub(r"\{[^}]+\}", "x", row.path), "text/html" if row.browser else "application/json"
            status, _, content = await asked(server, f"{row.method} {path}", b"{}", accept=accept)
            if path.startswith(SIGN_IN):
                assert (status, content) == (200, b'{"providers":[],"sign_up":true}') or status == 404, (
                    path,
                    status,
                    content,
                )
            elif status < 400:
                answered.add(path)
            elif path not in OPEN:
                assert status == 401, (row.method, path, status)
                hinted = b"config new-key" in content or b"console link is not valid" in content
                assert row.method == "HEAD" or hinted, (row.method, path)
        assert answered <= OPEN


async def test_a_wide_server_opens_with_its_first_account(tmp_path: Path) -> None:
    """At once, without a restart: the page describes it, and there are pages to try it out."""
    account = json.dumps({"name": "Ada", "email": "ada@example.org", "password": "correct horse battery"}).encode()
    async with running(loaded(tmp_path, flags={"server.host": "0.0.0.0"})) as server:
        for path in ("/docs", "/as/openai/docs", "/docs/explorer.js"):
            assert (await asked(server, f"GET {path}"))[0] == 404
        key = f"Bearer {server.console_token}"
        made = await asked(server, "POST /parlance/v1/accounts.sign_up", account, authorization=key)
        assert made[0] == 200, made
        for path in ("/docs", "/as/openai/docs", "/docs/explorer.js"):
            assert (await asked(server, f"GET {path}"))[0] == 200
        _, _, page = await asked(server, "GET /as/native/", accept="text/html")
        assert b"A key is missing" not in page and b"/v1" in page


async def test_a_wide_door_for_guests_is_not_locked(tmp_path: Path) -> None:
    """Neither its page nor the pages to try it out."""
    guests = '[[doors]]\nname = "default"\nanonymous = "guests"\n'
    async with running(loaded(tmp_path, toml=guests, flags={"server.host": "0.0.0.0"})) as server:
        assert (await asked(server, "GET /docs"))[0] == 200
        assert b"A key is missing" not in (await asked(server, "GET /", accept="text/html"))[2]


async def test_a_token_does_not_unlock_a_wide_server(tmp_path: Path) -> None:
    """Neither any key nor the console token, which is for this machine's own door."""
    async with running(loaded(tmp_path, flags={"server.host": "0.0.0.0"})) as server:
        for token in ("any", server.console_token):
            status, _, body = await asked(server, "GET /parlance/v1/models.list", authorization=f"Bearer {token}")
            assert (status, json.loads(body)["code"]) == (401, "no_keys")


async def test_two_keys_never_see_each_others_runs(tmp_path: Path) -> None:
    """A foreign run and an unknown one get the same bytes, whole and as a stream, and cannot be stopped."""
    async with running(loaded(tmp_path, toml=TOML, flags={"server.host": "0.0.0.0"})) as server:
        ada, bob = ({"authorization": f"Bearer {key}"} for key in KEYS.values())
        ask: dict[str, Any] = {"model": "", "items": [{"type": "message", "role": "user", "content": "Hello"}]}
        _, _, sent = await asked(server, "POST /parlance/v1/messages.send", json.dumps({"ask": ask}).encode(), **ada)
        run = json.loads(sent)["run"]
        unknown = run[:-4] + ("0000" if run[-4:] != "0000" else "1111")
        for head, body in (("GET /parlance/v1/runs.read?run={}", ""), ("POST /parlance/v1/runs.stop", '{"run": "%s"}')):
            for accept in ("application/json", "text/event-stream"):
                answers = []
                for id in (run, unknown):
                    content = (body % id if body else "").encode()
                    answer = await asked(server, head.format(id), content, accept=accept, x_request_id="r", **bob)
                    answers.append((answer[0], {**answer[1], "date": ""}, answer[2]))
                assert answers[0] == answers[1] and answers[0][0] == 404
        async with asyncio.timeout(10):
            status, _, body_ = await asked(
                server, f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream", **ada
            )
        assert status == 200 and b'"outcome":"complete"' in body_
        assert (await asked(server, "GET /metrics", **ada))[0] == 403


async def test_this_machines_own_door_needs_no_key(tmp_path: Path) -> None:
    """The page lists what is spoken here, and metrics are the owner's to see."""
    async with running(loaded(tmp_path)) as server:
        status, _, page = await asked(server, "GET /as/native/", accept="text/html")
        assert status == 200 and b"http://localhost/v1" in page and b"new-key" not in page
        status, headers, text = await asked(server, "GET /metrics")
        assert status == 200 and headers["content-type"].startswith("text/plain") and b"parlance_" in text
        assert json.loads((await asked(server, "GET /parlance/v1/models.list"))[2])[0]["id"] == "quote"
