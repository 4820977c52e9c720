"""What a WeKnora installation had meets what is here already: numbers, addresses, keys and halves of sessions."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from parlance.cli.form import Form
from parlance.core.library.landing import TURNS_TOGETHER
from parlance.testing.databases import emptied
from parlance.values.chats import Chat
from tests.conftest import Services
from tests.dialects.weknora.served import Client, serving
from tests.dialects.weknora.test_auth import first
from tests.flows.weknora_original import AES, tenant_key

API = "//parlance/v1/weknora"
BASE = "9b2f0c1e-aaaa-4bbb-8ccc-0000000000b1"
PATIENCE = 30.0
HASHED = "$2a$04$" + "." * 53


class Mover:
    """The verb's side of it, with the console token."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._operator = client.with_token(client.server.console_token)

    async def ask(self, what: str, body: Any, status: int = 200) -> Any:
        return await self._operator.ask(f"POST {API}.{what}.import", body, status)

    async def tenant(self, number: int = 10_000, aes_key: str = "", **more: Any) -> Any:
        moved = {"number": number, "name": "Moved", "created": 1_700_000_000_000_000, **more}
        return await self.ask("tenants", {"moved": moved, "aes_key": aes_key})

    async def try_session(self, body: Any) -> Any:
        """What became of it; none where half of it is still there."""
        answer = await self._operator.call(f"POST {API}.sessions.import", body)
        return answer.json if answer.status == 200 else None

    async def document(self, data: bytes, status: int = 200, media_type: str = "", **about: Any) -> Any:
        path = f"POST {API}.documents.import?{urlencode(about)}"
        kind = {"content_type": media_type} if media_type else {}
        return await self._operator.ask(path, data, status, **kind)

    async def form(self, form: Form, data: bytes, status: int = 200, **about: Any) -> Any:
        return await self.document(b"".join(form.around([data])), status, form.media_type, **about)


@pytest.fixture
async def mover(tmp_path: Path) -> AsyncIterator[Mover]:
    async with serving(tmp_path) as client:
        yield Mover(client)


def person(number: int, **more: Any) -> dict[str, Any]:
    """Somebody of a tenant."""
    own = {"id": f"0000000{number}-aaaa-4bbb-8ccc-000000000001", "name": f"mover {number}"}
    return {**own, "email": f"mover{number}@example.org", "password_hash": HASHED, **more}


def session(messages: int) -> dict[str, Any]:
    """A session with so many messages."""
    ids = [f"{n:08d}-aaaa-4bbb-8ccc-000000000001" for n in range(messages)]
    items = [{"id": "message-1", "item": {"type": "message", "role": "user", "content": "Hello"}}]
    turns = [
        {"id": id, "role": "user", "parent": above, "items": items}
        for id, above in zip(ids, [None, *ids[:-1]], strict=True)
    ]
    return {"id": "fe000000-aaaa-4bbb-8ccc-000000000001", "turns": turns}


async def test_the_first_tenant_gives_its_number_away_as_long_as_nobody_knows_it_by_that(mover: Mover) -> None:
    """Both systems begin to count at the same one; a tenant that clients know keeps its own."""
    came = await mover.tenant()
    assert (came["number"], came["new"]) == (10_000, True)
    assert ["key" in said for said in came["remarks"]] == [True]
    again = await mover.tenant(name="Another name by now")
    assert (again["tenant"], again["new"]) == (came["tenant"], False)
    other = await mover.tenant(created=1_600_000_000_000_000)
    assert other["tenant"] != came["tenant"] and other["number"] == 10_001
    assert "has the number 10000 here" in other["remarks"][0]


async def test_a_first_tenant_that_clients_know_keeps_its_number(mover: Mover) -> None:
    """Its people would look for it under that."""
    known = (await first(mover.client))["tenant"]
    came = await mover.tenant()
    assert known["id"] == 10_000 and came["number"] == 10_001


async def test_people_come_once_and_who_cannot_is_named(mover: Mover) -> None:
    """An address that somebody signs in with here, one that is none, and one without an id; the others come."""
    await first(mover.client)
    users = [person(1), person(2, email="ada@example.org"), person(3, email="nobody"), person(4, id=""), person(1)]
    users += [person(5, email="MOVER1@example.org"), person(6, password_hash="plain", active=False)]
    came = await mover.tenant(users=users)
    assert came["users"] == 2
    reasons = [each["reason"] for each in came["refused"]]
    assert len(reasons) == 5 and "already" in reasons[0] and "e-mail" in reasons[1] and "An id has" in reasons[2]
    assert any("not bcrypt" in said for said in came["remarks"])
    again = await mover.tenant(users=[*users, person(7)])
    assert again["users"] == 1 and len(again["refused"]) == 4


async def test_a_key_comes_if_it_is_good_there_and_is_nobodys_here(mover: Mover) -> None:
    """Else the tenant comes without one."""
    good = await mover.tenant(10_100, AES, key=tenant_key(10_100))
    assert good["key"] is True and good["remarks"] == []
    home = mover.client.with_key(tenant_key(10_100))
    assert (await home.ask("GET /tenants"))["data"]["items"][0]["id"] == 10_100
    for number, key, said in (
        (10_101, tenant_key(10_100), "not made with this TENANT_AES_KEY"),
        (10_102, "sk-short", "not the form"),
        (10_103, "", "not the form"),
    ):
        came = await mover.tenant(number, AES, key=key)
        assert came["new"] and came["key"] is False and said in came["remarks"][0]
    twice = await mover.tenant(10_104, key=tenant_key(10_100))
    assert twice["key"] is False and "somebody's already" in twice["remarks"][0]


async def test_who_is_in_a_tenant_that_is_not_active_stays_out(mover: Mover) -> None:
    """With the key, too."""
    await first(mover.client)
    assert (await mover.tenant(active=False, key=tenant_key(10_000)))["key"] is True
    await mover.client.with_key(tenant_key(10_000)).ask("GET /tenants", status=401)


async def test_a_model_comes_with_its_key_or_not_at_all(mover: Mover) -> None:
    """One of a private address cannot be used; a key that cannot be sent is none."""
    tenant = (await mover.tenant())["tenant"]
    plan = {"name": "far", "type": "Embedding", "source": "remote", "base_url": "http://10.1.2.3/v1/"}
    wanted = {"tenant": tenant, "id": "model-1", "plan": plan, "api_key": "its-own"}
    came = await mover.ask("models", wanted)
    assert came["new"] and "http://10.1.2.3" in came["remarks"][0]
    assert (await mover.ask("models", {**wanted, "api_key": ""}))["new"] is False
    for odd in (
        {"id": "m/1"},
        {"id": "model-2", "api_key": "two words"},
        {"id": "model-2", "plan": {**plan, "name": ""}},
    ):
        await mover.ask("models", {**wanted, **odd}, 400)
    await mover.ask("models", {**wanted, "tenant": "nowhere"}, 404)
    base = {"tenant": tenant, "id": BASE, "name": "Gardens", "embedder": "model-1", "reranker": "model-1"}
    came = await mover.ask("bases", base)
    assert len(came["remarks"]) == 2 and "embedder" in came["remarks"][0] and "reranker" in came["remarks"][1]


async def test_what_a_tenant_had_is_not_kept_out_by_its_quota_but_counted(mover: Mover) -> None:
    """What it uploads then is; and the same bytes come once."""
    await _is_counted(mover)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["postgres", "mysql"])
async def test_it_is_counted_alike_on_all_databases(kind: str, services: Services, tmp_path: Path) -> None:
    """And the first tenant gives way there, too."""
    server = services.get(kind)
    assert server is not None
    async with emptied(kind, server) as url, serving(tmp_path, flags={"database.url": url}) as client:
        mover = Mover(client)
        await _is_counted(mover)
        long = {"tenant": (await mover.tenant())["tenant"], "session": session(TURNS_TOGETHER + 5)}
        assert (await mover.ask("sessions", long))["new"] is True


async def _is_counted(mover: Mover) -> None:
    tenant = (await mover.tenant(quota=10, key=tenant_key(10_000)))["tenant"]
    about = {"tenant": tenant, "base": BASE, "id": "7c000000-aaaa-4bbb-8ccc-000000000001", "name": "a.txt"}
    assert "Take that in first" in str(await mover.document(b"x", 409, **about))
    await mover.ask("bases", {"tenant": tenant, "id": BASE, "name": "Gardens"})
    assert (await mover.document(b"more than ten bytes", **about))["new"] is True
    assert (await mover.document(b"other bytes", **about))["new"] is False
    twin = {**about, "id": "7c000000-aaaa-4bbb-8ccc-000000000002"}
    assert "same bytes" in str(await mover.document(b"more than ten bytes", 409, **twin))
    assert "address" in str(await mover.document(b"y", 400, **{**twin, "kind": "url"}))
    home = mover.client.with_key(tenant_key(10_000))
    shown = (await home.ask("GET /tenants/10000"))["data"]
    assert (shown["storage_used"], shown["storage_quota"]) == (19, 10)
    path = f"POST //parlance/v1/documents.upload?base={BASE}&name=b.txt"
    assert "no_room_for_documents" in str((await home.call(path, b"z", authorization="")).body)


async def test_what_is_said_of_a_document_comes_before_it_in_a_form(mover: Mover) -> None:
    """Where an address has no room for it; its length is said, so that half of it is none."""
    tenant = (await mover.tenant(key=tenant_key(10_000)))["tenant"]
    await mover.ask("bases", {"tenant": tenant, "id": BASE, "name": "Gardens"})
    id, data = "7c000000-aaaa-4bbb-8ccc-000000000001", b"Tea\r\n--is grown in Assam."
    noted = {f"part {n}": "茶" * 2000 for n in range(30)}
    fields = {"name": "tea.txt", "title": "Tea", "metadata": json.dumps(noted, ensure_ascii=False), "size": len(data)}
    about = {"tenant": tenant, "base": BASE, "id": id, "name": "by its address.txt"}
    short = Form({**fields, "size": len(data) + 1}, id)
    assert "not_whole" in str(await mover.form(short, data, 400, **about))
    assert "missing_field" in str(await mover.form(Form({}, id), data, 422, **about))
    nothing = b"".join(Form(fields, id).around([])).replace(b'; filename="file"', b"")
    refused = await mover.document(nothing, 400, Form(fields, id).media_type, **about)
    assert refused["code"] == "no_content"
    assert (await mover.form(Form(fields, id), data, **about))["new"] is True
    shown = (await mover.client.with_key(tenant_key(10_000)).ask(f"GET /knowledge/{id}"))["data"]
    assert (shown["file_name"], shown["title"], shown["metadata"]) == ("tea.txt", "Tea", noted)
    assert shown["file_size"] == len(data)


async def test_half_of_a_long_session_is_waited_for(mover: Mover) -> None:
    """What a crash left of it is removed first; nobody sees it before all of it is there."""
    tenant = (await mover.tenant(key=tenant_key(10_000)))["tenant"]
    long = {"tenant": tenant, "session": session(TURNS_TOGETHER + 5)}
    house = mover.client.server.house
    assert house is not None
    library = house.library.room
    owner = await house.weknora.room.store.owner(tenant)
    left = Chat(long["session"]["id"], tenant, str(owner), 1, 1)
    await house.database.apply(library.chats.arrivals(tenant).expect(left, "a process that is gone"))
    refused = await mover.ask("sessions", long, 503)
    assert refused["code"] == "half_there" and refused["retry_after"] > 0
    deadline = time.monotonic() + PATIENCE
    while not (came := await mover.try_session(long)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    assert came["new"] is True
    assert (await mover.ask("sessions", long))["new"] is False
    home = mover.client.with_key(tenant_key(10_000))
    said = (await home.ask(f"GET /messages/{left.id}/load?limit=500"))["data"]
    assert [each["id"] for each in said] == [turn["id"] for turn in long["session"]["turns"]]
    assert not library.underway.brings(left.id)


async def test_a_session_is_whole_or_not_at_all(mover: Mover) -> None:
    """Messages that are no line, and ids that are none, are refused with it."""
    tenant = (await mover.tenant(key=tenant_key(10_000)))["tenant"]
    odd = session(3)
    odd["turns"][2] = {**odd["turns"][2], "id": odd["turns"][0]["id"]}
    await mover.ask("sessions", {"tenant": tenant, "session": odd}, 400)
    await mover.ask("sessions", {"tenant": tenant, "session": {**session(1), "id": ""}}, 400)
    home = mover.client.with_key(tenant_key(10_000))
    assert (await home.ask("GET /sessions"))["total"] == 0


async def test_what_cannot_keep_its_id_comes_under_one_that_is_made_of_it(mover: Mover) -> None:
    """The same each time, and said; what names it follows, and its old id still leads to it."""
    user = person(1, id="Ada.L")
    came = await mover.tenant(key=tenant_key(10_000), users=[user])
    tenant, remarks = came["tenant"], came["remarks"]
    assert came["users"] == 1 and "The id of mover1@example.org is " in remarks[0]
    base = await mover.ask("bases", {"tenant": tenant, "id": "KB_Sales", "name": "Sales"})
    assert base["new"] and base["id"] != "KB_Sales" and f"Its id is {base['id']} here" in base["remarks"][0]
    again = await mover.ask("bases", {"tenant": tenant, "id": "KB_Sales", "name": "Sales"})
    assert (again["id"], again["new"]) == (base["id"], False)
    about = {"tenant": tenant, "base": "KB_Sales", "id": "Doc.1", "name": "a.txt"}
    document = await mover.document(b"Tea is grown in Assam.", **about)
    assert document["new"] and "'Doc.1' cannot stand in paths" in document["remarks"][0]
    assert (await mover.document(b"Tea is grown in Assam.", **about))["new"] is False
    odd, names = session(3), {"id": "S", "foreign": {"weknora": {"base": "KB_Sales"}}}
    first_id, second, third = (turn["id"] for turn in odd["turns"])
    passage = {
        "number": 1,
        "base": "KB_Sales",
        "document": "Doc.1",
        "chunk": "c",
        "content": "Tea",
        "start": 0,
        "stop": 3,
    }
    odd["turns"][1] = {**odd["turns"][1], "id": "M/2", "sent": first_id, "evidence": {"passages": [passage]}}
    odd["turns"][2] = {**odd["turns"][2], "parent": "M/2", "sent": "M/2"}
    talk = await mover.ask("sessions", {"tenant": tenant, "session": {**odd, **names}})
    assert talk["new"] and "'S' cannot" in talk["remarks"][0] and "1 of its messages" in talk["remarks"][1]
    assert (await mover.ask("sessions", {"tenant": tenant, "session": {**odd, **names}}))["new"] is False
    home = mover.client.with_key(tenant_key(10_000))
    assert (await home.ask("GET /sessions/S"))["data"]["knowledge_base_id"] == base["id"]
    said = (await home.ask("GET /messages/S/load"))["data"]
    assert (said[0]["id"], said[2]["id"]) == (first_id, third) and said[1]["id"] not in ("M/2", second)
    assert [each["knowledge_id"] for each in said[1]["knowledge_references"] or ()] == [document["id"]]
    assert (await home.ask("GET /knowledge/Doc.1"))["data"]["knowledge_base_id"] == base["id"]
