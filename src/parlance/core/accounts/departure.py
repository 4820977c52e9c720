"""Taking along all that one has, and going."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from parlance.core.accounts.departure_operations import DeleteAccount, ExportAccount, Takeout
from parlance.core.accounts.people import gone
from parlance.core.accounts.proof import proved
from parlance.core.accounts.room import AccountRoom
from parlance.core.authorize import absent, must_be_a_person
from parlance.core.operation import Context, Result
from parlance.ports.accounts import AuditFilter
from parlance.ports.directory import ACCESS
from parlance.values import json_door
from parlance.values.accounts import Principal, User

FORMAT, VERSION = "parlance-account", 1
PAGE = 200


async def delete_account(room: AccountRoom, context: Context, op: DeleteAccount) -> Result[None]:
    """Handle `DeleteAccount`."""
    who, seen = context.principal, await room.directory.version(ACCESS)
    user = await room.of(who.tenant).people.user(who.user)
    if user is None:
        raise absent("user")
    if user.has_password:
        user = (await proved(room, context, op.password)).user
    else:
        must_be_a_person(who)
    return await gone(room, context, user, seen)


async def export_account(room: AccountRoom, context: Context, op: ExportAccount) -> Result[Takeout]:
    """Handle `ExportAccount`."""
    who = context.principal
    user = await room.of(who.tenant).people.user(who.user)
    if user is None:
        raise absent("user")
    return Result(Takeout("account.json", _pieces(room, who, user)))


async def _pieces(room: AccountRoom, who: Principal, user: User) -> AsyncIterator[bytes]:
    accounts, now = room.of(who.tenant), room.clock.now()
    groups = tuple(await accounts.groups.of(user.id))
    head = {"format": FORMAT, "version": VERSION, "exported": now, "user": user, "groups": groups}
    yield json_door.encode(head)[:-1]
    which = AuditFilter(actor=user.id)
    lists: dict[str, AsyncIterator[bytes]] = {
        "keys": listed(lambda after: accounts.keys.list(user.id, after, PAGE)),
        "sessions": listed(lambda after: accounts.sessions.list(user.id, now, after, PAGE)),
        "acts": listed(lambda after: accounts.audit.list(which, after, PAGE)),
    }
    for name, pieces in {**lists, **{name: of(who) for name, of in room.belongings.items()}}.items():
        yield b',\n"%s":' % name.encode()
        async for piece in pieces:
            yield piece
    yield b"}\n"


async def listed(page: Callable[[str | None], Awaitable[Sequence[Any]]]) -> AsyncIterator[bytes]:
    """A JSON array of things with an `id`, a page at a time; `page` gives those behind an id."""
    after, first = None, True
    yield b"["
    while things := await page(after):
        yield (b"" if first else b",\n") + json_door.encode(tuple(things))[1:-1]
        after, first = things[-1].id, False
    yield b"]"
