"""Signing up, in and out, and the password."""

from __future__ import annotations

from parlance.core.accounts.audit import told
from parlance.core.accounts.names import checked_email, checked_name
from parlance.core.accounts.operations import ChangePassword, SignedIn, SignIn, SignOut, SignOutEverywhere, SignUp
from parlance.core.accounts.password_rules import check_password
from parlance.core.accounts.proof import proved
from parlance.core.accounts.registered import SESSION_USE
from parlance.core.accounts.room import AccountRoom, is_first
from parlance.core.accounts.second_step import second_step
from parlance.core.accounts.tokens import SESSION_PREFIX, digest_of
from parlance.core.authorize import owns_the_machine
from parlance.core.operation import Context, Result, refusing
from parlance.ports.directory import PASSWORD_LINK
from parlance.ports.stores import ChangeSet
from parlance.values.accounts import DEFAULT_TENANT, OWNER, Credentials, Role, Session, SessionKind, User
from parlance.values.errors import Fault, Kind
from parlance.values.texts import folded
from parlance.values.time import SECOND


async def sign_up(room: AccountRoom, context: Context, op: SignUp) -> Result[SignedIn]:
    """Handle `SignUp`."""
    email = checked_email(op.email) if op.email else None
    name = checked_name(op.name, signs_in=email is None)
    check_password(op.password, (name, email or ""))
    first, role = await newcomer(room, context)
    people = room.of(DEFAULT_TENANT).people
    now = room.clock.now()
    id = OWNER if first else room.ids.new()
    user = User(id, DEFAULT_TENANT, name, role, now, now, email, operates=first, has_password=True)
    await free(room, user)
    hashed = await room.passwords.hash(op.password)
    made = people.claim(user, hashed) if first else people.insert(user, hashed)
    signed, begun = begin_session(room, context, user, op.kind)
    noted = told(room, context, "signed_up", ("user", id), tenant=DEFAULT_TENANT, actor=id, role=role, first=first)
    return Result(signed, (*made, *begun, noted, room.moved()), (room.access.changed,))


async def newcomer(room: AccountRoom, context: Context) -> tuple[bool, Role]:
    """Whether whoever comes is the first of all, and what becomes of them. Raises `Fault(forbidden)`."""
    first = await is_first(room)
    role = "admin" if first else await _later_role(room, context)
    if first and not owns_the_machine(context.principal):
        raise Fault(
            Kind.forbidden,
            "The first account is made on the machine itself.",
            hint="Ask the server there, or send what is in the file `console-token` of its data folder as the key.",
            code="first_account_elsewhere",
        )
    return first, role


async def may_sign_up(room: AccountRoom) -> bool:
    """Whether somebody who is not known may make an account: the first, and later ones where an admin said so."""
    return await is_first(room) or (await room.of(DEFAULT_TENANT).choices.read()).sign_up != "closed"


async def _later_role(room: AccountRoom, context: Context) -> Role:
    """What becomes of somebody who is not the first. Raises `Fault(forbidden)` where nobody may come by themselves."""
    rule = (await room.of(DEFAULT_TENANT).choices.read()).sign_up
    if rule == "closed":
        raise Fault(
            Kind.forbidden, "Nobody can sign up here.", hint="Ask an admin for an account.", code="sign_up_closed"
        )
    await room.guesses.arrive(context.came.address)
    return rule


async def free(room: AccountRoom, user: User) -> None:
    """Raise `Fault(conflict)` when somebody signs in with this name or address already."""
    if await room.directory.by_handle(user.handle) is not None:
        field = "email" if user.email else "name"
        raise Fault(
            Kind.conflict, f"There is an account with this {field} already.", field=field, code="account_exists"
        )


def begin_session(
    room: AccountRoom, context: Context, user: User, kind: SessionKind, via: str = "password"
) -> tuple[SignedIn, ChangeSet]:
    """A new session with a token of its own, and the changes that make it one."""
    now = room.clock.now()
    expires = now + round(room.session_seconds * SECOND)
    came, id = context.came, room.ids.new()
    session = Session(id, user.tenant, user.id, kind, now, expires, now, came.agent, came.address, via)
    if kind == "jwt":
        token = room.tokens.signed(SESSION_USE, user.tenant, user.id, id, expires)
    else:
        token = room.tokens.opaque(SESSION_PREFIX)
    accounts = room.of(user.tenant)
    changes = (*accounts.sessions.insert(session, digest_of(token)), accounts.people.seen(user.id, now))
    signed = SignedIn(token, kind, round(room.session_seconds), expires, user, tuple(sorted(user.scopes)))
    return signed, changes


async def sign_in(room: AccountRoom, context: Context, op: SignIn) -> Result[SignedIn]:
    """Handle `SignIn`. An account that is not there takes the same steps, and so the same time."""
    handle = folded(op.account.strip())
    found = await room.directory.by_handle(handle)

    async def known() -> bool:
        return found is not None and await _is_used_to(room, context, found.user)

    guess = await room.guesses.begin(handle, context.came.address, known)
    hashed = None if found is None else found.password_hash
    checked = await room.passwords.check(hashed, op.password)
    if found is None or hashed is None or not checked.right:
        return _refused(room, context, found, _wrong())
    if found.user.disabled or found.tenant_disabled:
        await guess.right()
        return _refused(room, context, found, _shut_out())
    verdict = await second_step(room, context, found, op.code)
    if verdict.refusal is None or not op.code:  # a code that was not given yet is no guess
        await guess.right()
    if verdict.refusal is not None:
        return _refused(room, context, found, verdict.refusal, verdict.changes)
    user, changes = found.user, verdict.changes
    if checked.outdated:
        people, better = room.of(user.tenant).people, await room.passwords.hash(op.password)
        changes += (people.set_password(user.id, better, hashed, user.updated),)
    signed, begun = begin_session(room, context, user, op.kind)
    noted = told(room, context, "signed_in", ("user", user.id), tenant=user.tenant, actor=user.id, kind=op.kind)
    return Result(signed, (*changes, *begun, noted))


async def _is_used_to(room: AccountRoom, context: Context, user: User) -> bool:
    who = context.principal
    if who.session is not None and (who.tenant, who.user) == (user.tenant, user.id):
        return True
    return await room.of(user.tenant).sessions.knows(user.id, context.came.address)


def _refused(
    room: AccountRoom, context: Context, found: Credentials | None, fault: Fault, changes: ChangeSet = ()
) -> Result[SignedIn]:
    """Nobody signs in; that somebody tried is written down first. What was typed is not: it may be a password."""
    user = None if found is None else found.user
    noted = told(
        room,
        context,
        "sign_in_failed",
        ("user", None if user is None else user.id),
        tenant=DEFAULT_TENANT if user is None else user.tenant,
        why=fault.code,
    )
    return refusing(fault, (*changes, noted))


def _wrong() -> Fault:
    return Fault(Kind.unauthenticated, "The name or the password is wrong.", code="wrong_password")


def _shut_out() -> Fault:
    return Fault(
        Kind.forbidden, "This account has been disabled.", hint="Ask an admin about it.", code="account_disabled"
    )


async def sign_out(room: AccountRoom, context: Context, op: SignOut) -> Result[None]:
    """Handle `SignOut`."""
    who = context.principal
    if who.session is None:
        return Result(None)
    ended = room.of(who.tenant).sessions.end(who.session, room.clock.now())
    noted = told(room, context, "signed_out", ("session", who.session))
    return Result(None, (*ended, noted, room.moved()), (room.access.changed,))


async def sign_out_everywhere(room: AccountRoom, context: Context, op: SignOutEverywhere) -> Result[None]:
    """Handle `SignOutEverywhere`."""
    who = context.principal
    ended = room.of(who.tenant).sessions.end_all(who.user, room.clock.now())
    noted = told(room, context, "signed_out_everywhere", ("user", who.user))
    return Result(None, (*ended, noted, room.moved()), (room.access.changed,))


async def change_password(room: AccountRoom, context: Context, op: ChangePassword) -> Result[None]:
    """Handle `ChangePassword`. Whoever found a browser open must not try passwords faster than at the door."""
    found = await proved(room, context, op.current, "current")
    who, accounts = context.principal, room.of(context.principal.tenant)
    check_password(op.password, (found.user.name, found.user.email or ""))
    hashed, now = await room.passwords.hash(op.password), room.clock.now()
    changes = (
        accounts.people.set_password(who.user, hashed, found.password_hash, now),
        *accounts.sessions.end_all(who.user, now, who.session),
        room.directory.drop_one_time(PASSWORD_LINK, who.tenant, who.user),
        told(room, context, "password_changed", ("user", who.user)),
        room.moved(),
    )
    return Result(None, changes, (room.access.changed,))
