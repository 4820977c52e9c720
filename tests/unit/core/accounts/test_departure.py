"""Taking along all that one has, and going."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from parlance.core.accounts.departure import PAGE
from parlance.core.accounts.departure_operations import DeleteAccount, ExportAccount
from parlance.core.accounts.factor_operations import ConfirmFactor
from parlance.core.accounts.operations import CreateKey, SignedIn
from parlance.core.accounts.people_operations import ChangeUser, CreateUser
from parlance.ports.stores import Database
from parlance.testing.accounts import PASSWORD, Office
from parlance.values.accounts import Principal
from parlance.values.errors import Fault

BOB = "bob@example.org"


async def bob(office: Office, **more: Any) -> SignedIn:
    admin = await office.owner()
    await office.do(CreateUser("Bob", PASSWORD, BOB, **more), admin.token)
    return await office.signed_in(BOB)


async def refused(office: Office, operation: Any, who: Principal | str) -> str | None:
    with pytest.raises(Fault) as fault:
        await office.do(operation, who)
    return fault.value.code


@pytest.mark.slow
async def test_a_file_has_all_that_is_kept_page_by_page(rows: Database) -> None:
    async def notes(who: Principal) -> AsyncIterator[bytes]:
        yield b'["of '
        yield who.user.encode() + b'"]\n'

    office = Office(rows, belongings={"notes": notes})
    signed = await bob(office)
    for n in range(PAGE + 1):
        await office.do(CreateKey(f"key {n}"), signed.token)
    made = await office.do(ExportAccount(), signed.token)
    copy = json.loads(b"".join([piece async for piece in made.pieces]))
    assert list(copy) == [*("format", "version", "exported", "user", "groups"), *("keys", "sessions", "acts", "notes")]
    assert len({key["id"] for key in copy["keys"]}) == PAGE + 1
    assert copy["user"]["id"] == signed.user.id and copy["notes"] == [f"of {signed.user.id}"]
    office.close()


async def test_a_pending_user_may_take_everything_along_and_go(office: Office) -> None:
    signed = await bob(office, role="pending")
    await office.do(ExportAccount(), signed.token)
    await office.do(DeleteAccount(PASSWORD), signed.token)
    assert await office.directory.by_handle(BOB) is None


async def test_whoever_has_no_password_goes_by_a_session_alone(office: Office, rows: Database) -> None:
    """Somebody for whom a provider vouches; with a key that administers one would need a password."""
    admin = await office.owner()
    made = await office.do(CreateUser("Cleo", None, "cleo@example.org", "admin"), admin.token)
    await office.do(ChangeUser(made.id, role="admin"), admin.token)
    scopes = frozenset({"chat", "admin"})
    key = Principal("default", made.id, "k", scopes=scopes, stored=True)  # type: ignore[arg-type]
    assert await refused(office, DeleteAccount(), key) == "needs_sign_in"
    await office.do(DeleteAccount(), Principal("default", made.id, session="s", stored=True))
    assert await office.room.of("default").people.user(made.id) is None


async def test_who_is_not_written_down_has_nothing_to_take_or_leave(office: Office) -> None:
    nobody = Principal("default", "nobody", session="s")
    for operation in (ExportAccount(), DeleteAccount(PASSWORD), ConfirmFactor("123456")):
        assert await refused(office, operation, nobody) == "user_not_found"
