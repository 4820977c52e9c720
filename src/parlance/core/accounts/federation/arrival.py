"""From somebody whom an issuer names to an account here: theirs, one that becomes theirs, or a new one.

Who somebody is, is said by issuer and subject alone. A name or an address makes an account theirs only where it is sure
that it is their own and the terms say so.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from parlance.core.accounts.audit import told
from parlance.core.accounts.federation.people import Person, Terms
from parlance.core.accounts.federation.room import FederationRoom
from parlance.core.accounts.operations import SignedIn
from parlance.core.accounts.room import is_first
from parlance.core.accounts.signing import begin_session
from parlance.core.operation import Context, Effect, Result, refusing
from parlance.ports.accounts import AuditFilter
from parlance.ports.directory import ACCESS
from parlance.ports.federation import Identity
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import DEFAULT_TENANT, OWNER, Credentials, Role, User
from parlance.values.errors import Fault, Kind
from parlance.values.texts import folded


class Found(msgspec.Struct, frozen=True):
    """An account, and what makes it that of who came. `moved`: who may do what has changed; `counted`: that was decided
    by counting, and must be decided anew if anything of that kind changed meanwhile."""

    user: User
    changes: ChangeSet = ()
    moved: bool = False
    counted: bool = False


async def signed_in(room: FederationRoom, context: Context, person: Person, terms: Terms) -> Result[SignedIn]:
    """A session for somebody who has come. Where they are not let in, that is written down before it is raised."""
    seen = await room.accounts.directory.version(ACCESS)
    try:
        found = await _account(room, context, person, terms)
        found = await _ranked(room, context, found, person, terms)
    except Fault as fault:
        return refused(room, context, fault, terms.tenant, person.via)
    accounts, user = room.accounts, found.user
    signed, begun = begin_session(accounts, context, user, "cookie", person.via)
    noted = told(
        accounts,
        context,
        "signed_in",
        ("user", user.id),
        tenant=user.tenant,
        actor=user.id,
        kind="cookie",
        by=person.via,
    )
    moved = (accounts.moved(seen if found.counted else None),) if found.moved else ()
    effects: tuple[Effect, ...] = (accounts.access.changed,) if found.moved else ()
    return Result(signed, (*found.changes, *begun, noted, *moved), effects)


def refused(
    room: FederationRoom, context: Context, fault: Fault, tenant: str, via: str, changes: ChangeSet = ()
) -> Result[Any]:
    """Nobody signs in; that somebody tried is written down first, without a word of what was sent."""
    noted = told(room.accounts, context, "sign_in_failed", ("user", None), tenant=tenant, why=fault.code, by=via)
    return refusing(fault, (*changes, noted))


async def _account(room: FederationRoom, context: Context, person: Person, terms: Terms) -> Found:
    accounts = room.accounts
    known = await room.identities(terms.tenant).find(person.issuer, person.subject)
    if known is not None:
        return Found(_let_in(await accounts.of(terms.tenant).people.credentials(known.user)))
    if await is_first(accounts):
        return await _first(room, context, person, terms)
    taken = None if person.handle is None else await accounts.directory.by_handle(folded(person.handle))
    if taken is not None:
        return await _linked(room, context, person, terms, taken)
    return await _new(room, context, person, terms)


def _let_in(found: Credentials | None) -> User:
    """The user, unless shut out. Raises `Fault(forbidden)`."""
    if found is None or found.user.disabled or found.tenant_disabled:
        raise Fault(
            Kind.forbidden, "This account has been disabled.", hint="Ask an admin about it.", code="account_disabled"
        )
    return found.user


async def _first(room: FederationRoom, context: Context, person: Person, terms: Terms) -> Found:
    """The first account of all is the machine's owner's: only a group that the settings name may say who that is."""
    if terms.tenant != DEFAULT_TENANT or terms.admin_group not in person.groups:
        raise Fault(
            Kind.forbidden,
            "The first account is an admin's.",
            hint="Make it on the machine itself, or let somebody of the group that `admin_group` names come first.",
            code="first_account_elsewhere",
        )
    user = _user(room, OWNER, person, terms, "admin", operates=True)
    made = room.accounts.of(DEFAULT_TENANT).people.claim(user, None)
    return _made(room, context, person, user, made)


async def _linked(room: FederationRoom, context: Context, person: Person, terms: Terms, taken: Credentials) -> Found:
    """The account that signs in with the same name or address becomes theirs, where the terms say so."""
    if not terms.link or taken.user.tenant != terms.tenant:
        raise Fault(
            Kind.conflict,
            "There is an account with this name or address already, and it is not joined with this way to sign in.",
            hint="An admin can allow it in the settings (`link`).",
            code="account_exists",
        )
    user = _let_in(taken)
    if not await _own_handle(room, user):
        raise Fault(
            Kind.conflict,
            "An admin gave this account its name or address, so that does not say whose it is.",
            hint="Sign in with the password, and set the address once more.",
            code="account_exists",
        )
    noted = told(
        room.accounts, context, "identity_linked", ("user", user.id), tenant=user.tenant, actor=user.id, by=person.via
    )
    return Found(user, (room.identities(user.tenant).insert(_identity(room, person, user)), noted))


async def _own_handle(room: FederationRoom, user: User) -> bool:
    """Whether nobody else changed what an account signs in with since its user did. Else an admin could give it an
    address of their own, sign in with that at the provider, and read what is in the account."""
    audit = room.accounts.of(user.tenant).audit
    last = await audit.list(AuditFilter(act="handle_changed", subject=user.id), None, 1)
    return not last or last[0].actor == user.id


async def _new(room: FederationRoom, context: Context, person: Person, terms: Terms) -> Found:
    tenant = await room.accounts.directory.tenant(terms.tenant)
    if terms.unknown == "refuse" or tenant is None or tenant.disabled:
        raise Fault(
            Kind.forbidden,
            "Nobody gets an account here by signing in.",
            hint="Ask an admin for one.",
            code="not_admitted",
        )
    role: Role = "admin" if terms.admin_group in person.groups else terms.unknown
    user = _user(room, room.accounts.ids.new(), person, terms, role)
    if person.handle is None and await room.accounts.directory.by_handle(user.handle) is not None:
        # Names are not theirs alone. This one is told apart by what nobody else has, and the same at every attempt.
        mark = hashlib.sha256(f"{person.issuer} {person.subject}".encode("utf-8", "surrogatepass")).hexdigest()[:12]
        user = msgspec.structs.replace(user, name=f"{user.name[:80]} {mark}")
    made = room.accounts.of(terms.tenant).people.insert(user, None)
    return _made(room, context, person, user, made)


def _user(room: FederationRoom, id: str, person: Person, terms: Terms, role: Role, *, operates: bool = False) -> User:
    now = room.accounts.clock.now()
    return User(id, terms.tenant, person.name, role, now, now, person.email, operates=operates)


def _made(room: FederationRoom, context: Context, person: Person, user: User, made: ChangeSet) -> Found:
    first = user.id == OWNER
    noted = told(
        room.accounts,
        context,
        "user_made",
        ("user", user.id),
        tenant=user.tenant,
        actor=user.id,
        role=user.role,
        first=first,
        by=person.via,
    )
    identity = room.identities(user.tenant).insert(_identity(room, person, user))
    return Found(user, (*made, identity, noted), moved=True)


def _identity(room: FederationRoom, person: Person, user: User) -> Identity:
    return Identity(person.issuer, person.subject, user.id, room.accounts.clock.now())


async def _ranked(room: FederationRoom, context: Context, found: Found, person: Person, terms: Terms) -> Found:
    """With the role that the group of the terms gives. Operators, and the last admin, stay what they are."""
    user = found.user
    if terms.admin_group is None or user.operates or user.owned_by != "database":
        return found
    admin = terms.admin_group in person.groups
    if admin == (user.role == "admin"):
        return found
    people = room.accounts.of(user.tenant).people
    if not admin and await people.admins() <= 1:
        return found
    after = msgspec.structs.replace(user, role="admin" if admin else "user", updated=room.accounts.clock.now())
    noted = told(
        room.accounts,
        context,
        "role_changed",
        ("user", user.id),
        tenant=user.tenant,
        actor=user.id,
        was=user.role,
        role=after.role,
        by=person.via,
    )
    return Found(after, (*found.changes, *people.change(user, after), noted), moved=True, counted=True)
