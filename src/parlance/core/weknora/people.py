"""Registering, signing in with tokens to renew, and who one is.

A login is a session like any other; its token of access is over after a day, and another is had with a token to refresh
with, which is good once. One that is used again later is in wrong hands, or was: then the session is over.
"""

from __future__ import annotations

from typing import cast

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_email, checked_name
from parlance.core.accounts.operations import SignIn
from parlance.core.accounts.password_rules import check_password
from parlance.core.accounts.registered import SESSION_USE
from parlance.core.accounts.signing import free, newcomer, sign_in
from parlance.core.accounts.tokens import Claims, digest_of
from parlance.core.authorize import administers
from parlance.core.operation import Context, Result, refusing
from parlance.core.weknora.operations import EnterWeknora, Joined, JoinWeknora, Place, ReadPlace, Renewed, RenewTokens
from parlance.core.weknora.room import WeknoraRoom
from parlance.core.weknora.workspaces import bounded, keyed, new_tenant, usual_quota, workspace
from parlance.ports.directory import OneTime
from parlance.ports.stores import ChangeSet
from parlance.ports.weknora import StoredNote
from parlance.values.accounts import DEFAULT_TENANT, OWNER, Principal, Tenant, User
from parlance.values.errors import Fault, Kind
from parlance.values.time import SECOND
from parlance.values.weknora import Entered, TenantNote, Workspace

ACCESS_SECONDS, REFRESH_SECONDS = 86_400, 7 * 86_400
REFRESH_USE = "refresh"
REFRESH = "weknora.refresh"
"""What a token to refresh with is kept as."""
LATE_SECONDS = 10
"""Two pages of one browser may renew at once: for so long a token that was used just now is only refused."""
LEAST_NAME, MOST_NAME = 3, 50


async def join(room: WeknoraRoom, context: Context, op: JoinWeknora) -> Result[Joined]:
    """Handle `JoinWeknora`."""
    accounts, name, email = room.accounts, checked_name(op.name), checked_email(op.email)
    if not LEAST_NAME <= len(name) <= MOST_NAME:
        said = f"The field username does not fit: expected {LEAST_NAME} to {MOST_NAME} characters."
        raise Fault(Kind.invalid, said, field="username", code="bad_name")
    check_password(op.password, (name, email))
    first, role = await newcomer(accounts, context)
    where = await accounts.directory.tenant(DEFAULT_TENANT)
    made: ChangeSet = ()
    if not first and role != "pending":
        role = "admin"  # of a tenant of their own, and of nothing of the server's
        where, made = await _own_tenant(room, context, name)
    if where is None:
        raise Fault(Kind.internal, "The first tenant is not there.", code="internal")
    tenant = where.id
    now, id = accounts.clock.now(), OWNER if first else accounts.ids.new()
    user = User(id, tenant, name, role, now, now, email, operates=first, has_password=True)
    await free(accounts, user)
    hashed = await accounts.passwords.hash(op.password)
    people = accounts.of(tenant).people
    changes = people.claim(user, hashed) if first else people.insert(user, hashed)
    noted = told(accounts, context, "signed_up", ("user", id), tenant=tenant, actor=id, role=role, first=first)
    whole = (*made, *changes, noted, accounts.moved())
    return Result(Joined(user, where.number), whole, (accounts.access.changed,))


async def _own_tenant(room: WeknoraRoom, context: Context, name: str) -> tuple[Tenant, ChangeSet]:
    stranger = Context(Principal(DEFAULT_TENANT, ""), context.request_id, came=context.came)
    tenant, made = await new_tenant(room, stranger, f"{name}'s Workspace")
    note = room.store.put_note(None, StoredNote(TenantNote(tenant.id, "Default workspace", version=1)))
    return tenant, (*made, note, *await bounded(room, tenant.id, usual_quota(room)))


async def enter(room: WeknoraRoom, context: Context, op: EnterWeknora) -> Result[Entered]:
    """Handle `EnterWeknora`."""
    accounts = room.accounts
    result = await sign_in(accounts, context, SignIn(op.email, op.password, kind="jwt"))
    if result.then is not None:  # a refusal, which is written down first
        return cast(Result[Entered], result)
    signed = result.value
    user, begun = signed.user, accounts.tokens.read(SESSION_USE, signed.token)
    tenant = await accounts.directory.tenant(user.tenant)
    if begun is None or tenant is None:
        raise Fault(Kind.internal, "A session that was begun is not one.", code="internal")
    place, keyed_now = await _place_of(room, context, user, tenant)
    token, refresh, kept = _tokens(room, user, begun.sid)
    effects = (accounts.access.changed,) if keyed_now else ()
    return Result(Entered(user, place, token, refresh), (*result.changes, *kept, *keyed_now), effects)


async def _place_of(room: WeknoraRoom, context: Context, user: User, tenant: Tenant) -> tuple[Workspace, ChangeSet]:
    """Where somebody who signs in is. A tenant has a key from its admin's first login on; one that was taken away is
    not made anew by itself."""
    who = Principal(user.tenant, user.id, scopes=user.scopes)
    shown = await workspace(room, who, tenant)
    stored = await room.store.note(tenant.id)
    never_had = stored is None or (stored.key is None and stored.note.key is None)
    if not (administers(who) and never_had):
        return shown, ()
    owner = await room.store.owner(tenant.id) or user.id
    asker = Context(who, context.request_id, came=context.came)
    made = await keyed(room, asker, tenant, owner, stored, shown.note)
    return Workspace(tenant, made.stored.note, made.key, shown.quota, shown.used), made.changes


def _tokens(room: WeknoraRoom, user: User, session: str) -> tuple[str, str, ChangeSet]:
    """A token of access and one to refresh with, and what keeps the latter."""
    accounts = room.accounts
    now = accounts.clock.now()
    over, id = now + REFRESH_SECONDS * SECOND, accounts.ids.new()
    token = accounts.tokens.signed(SESSION_USE, user.tenant, user.id, session, now + ACCESS_SECONDS * SECOND)
    refresh = accounts.tokens.signed(REFRESH_USE, user.tenant, user.id, id, over)
    one = OneTime(REFRESH, user.tenant, now, over, user.id, {"session": session})
    return token, refresh, (accounts.directory.insert_one_time(digest_of(refresh), one),)


async def renew(room: WeknoraRoom, context: Context, op: RenewTokens) -> Result[Renewed]:
    """Handle `RenewTokens`."""
    directory, now = room.accounts.directory, room.accounts.clock.now()
    claims, digest = room.accounts.tokens.read(REFRESH_USE, op.refresh_token), digest_of(op.refresh_token)
    if claims is None:
        raise _over()
    one = await directory.one_time(digest, REFRESH, now)
    if one is None:
        return await _again(room, context, claims, digest)
    session = one.details.get("session", "")
    known = (await directory.by_things(claims.tid, (session,))).get(session)
    if known is None or known.session != session or known.user.id != claims.sub:
        raise _over()
    token, refresh, kept = _tokens(room, known.user, session)
    return Result(Renewed(token, refresh), (directory.use_one_time(digest, now), *kept))


async def _again(room: WeknoraRoom, context: Context, claims: Claims, digest: str) -> Result[Renewed]:
    """A token that was used: whoever has it has stolen it, or it was stolen from them."""
    accounts, now = room.accounts, room.accounts.clock.now()
    spent = await accounts.directory.spent_one_time(digest, REFRESH)
    if spent is None or spent.used is None or now - spent.used <= LATE_SECONDS * SECOND:
        raise _over()
    session = spent.details.get("session", "")
    ended = accounts.of(claims.tid).sessions.end(session, now)
    about = ("session", session)
    noted = told(accounts, context, "session_revoked", about, tenant=claims.tid, actor=claims.sub, whose=claims.sub)
    refused: Result[Renewed] = refusing(_over(), (*ended, noted, accounts.moved()))
    return Result(refused.value, refused.changes, (accounts.access.changed,), refused.then)


def _over() -> Fault:
    return Fault(Kind.unauthenticated, "This token is over.", hint="Sign in again.", code="refresh_over")


async def read_place(room: WeknoraRoom, context: Context, op: ReadPlace) -> Result[Place]:
    """Handle `ReadPlace`."""
    who = context.principal
    tenant = await room.accounts.directory.tenant(who.tenant)
    if tenant is None:
        raise Fault(Kind.missing, "There is no such tenant.", code="tenant_not_found")
    user = None if who.guest else await room.accounts.of(who.tenant).people.user(who.user)
    return Result(Place(user, await workspace(room, who, tenant)))
