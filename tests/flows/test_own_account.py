"""Taking along all that one has, and going: over HTTP, and by the verbs of the command line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import Server
from tests.flows.callers import Caller
from tests.flows.test_accounts import PASSWORD, Person, owner, person, serving, told
from tests.flows.voices import VOICES, OverHttp, Voice


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path, models=("mock",)) as made:
        yield made


async def taken(voice: Voice, who: Person) -> Any:
    """All that is kept of somebody."""
    if not isinstance(voice, OverHttp):
        return await voice.do("accounts.export")
    answer = await who.ask("GET /parlance/v1/accounts.export")
    assert answer.status == 200 and 'filename="account.json"' in answer.headers["content-disposition"]
    return answer.json


@pytest.mark.parametrize("way", VOICES)
async def test_somebody_takes_everything_along_and_leaves_nothing(server: Server, way: str) -> None:
    """What others have stays; the password is asked for; the last admin does not go."""
    ada = await owner(server)
    bob = await person(server, ada, "Bob")
    voice, admin = VOICES[way](server.url, bob.token), VOICES[way](server.url, ada.token)
    key = await voice.do("keys.create", name="laptop")
    await voice.do("chats.send", text="A quagga in the garden", models=["mock"])
    file = await bob.ask("POST /parlance/v1/files.upload?name=note.txt", b"quagga")
    assert file.status == 201, file.body
    await admin.do("chats.send", text="Hello from Ada", models=["mock"])
    copy = await taken(voice, bob)
    assert (copy["format"], copy["user"]["id"], copy["user"]["name"]) == ("parlance-account", bob.id, "Bob")
    assert [one["name"] for one in copy["keys"]] == ["laptop"] and len(copy["sessions"]) == 1
    assert {"signed_in", "key_made"} <= {entry["act"] for entry in copy["acts"]}
    assert "quagga" in json.dumps(copy["chats"]) and [one["name"] for one in copy["files"]] == ["note.txt"]
    assert copy["groups"] == [] and copy["identities"] == [] and "Ada" not in json.dumps(copy)
    assert not [secret for secret in (key["key"], bob.token, "$argon2") if secret in json.dumps(copy)]
    assert "password is wrong" in (await voice.refused("accounts.delete", password="no such word")).words
    program = VOICES[way](server.url, key["key"])
    assert (await program.refused("accounts.delete", password=PASSWORD)).code == program.forbidden
    await voice.do("accounts.delete", password=PASSWORD)
    assert (await voice.refused("accounts.read")).code == voice.unknown
    assert (await program.refused("models.list")).code == program.unknown
    assert [user["name"] for user in (await admin.do("users.list"))["users"]] == ["Ada"]
    assert len((await admin.do("chats.list"))["chats"]) == 1
    [deleted] = (await admin.do("audit.list", act="user_deleted"))["entries"]
    assert (deleted["actor"], deleted["subject"]) == (bob.id, bob.id)
    left = [path for path in (server.folder / "data").rglob("*") if path.is_file() and ".db" not in path.name]
    assert not [path for path in left if b"quagga" in path.read_bytes()]


async def test_the_owner_and_the_last_admin_stay(server: Server) -> None:
    ada = await owner(server)
    assert (await told(ada, "accounts.delete", password=PASSWORD)).json["code"] == "owner_stays"
    elsewhere = await ada.native("tenants.create", name="Elsewhere")
    eve = await person(server, ada, "Eve", role="admin", tenant=elsewhere["id"])
    assert (await told(eve, "accounts.delete", password=PASSWORD)).json["code"] == "last_admin"
    await eve.native("users.create", name="Zoe", password=PASSWORD, role="admin")
    gone = await told(eve, "accounts.delete", password=PASSWORD)
    assert gone.status == 204 and "Max-Age=0" in gone.headers["set-cookie"]
    assert (await told(Caller(server.port), "accounts.sign_in", account="Eve", password=PASSWORD)).status == 401
