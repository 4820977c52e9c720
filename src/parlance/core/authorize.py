"""Who may do what: the only place that knows, but for people and their keys (`core/accounts/rights.py`).

`authorize` answers for one operation, `may` for one object, `visible` gives the filter that every list takes. What goes
beyond those two (who keeps things at all, who is a person) has a function of its own here: `must_…` raises what the
caller hears, the others answer. A role that is missing is said (`forbidden`), and so is that a thing which the caller
may read is not theirs to change; any other thing of somebody else and a thing that does not exist are one and the same
to the caller (`missing`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import partial

from parlance.core.operation import Action, Operation
from parlance.core.runs.run import Run
from parlance.values.accounts import (
    DEFAULT_TENANT,
    OWNER,
    ApiKey,
    Group,
    Owned,
    Principal,
    Scope,
    Session,
    Tenant,
    User,
)
from parlance.values.errors import Fault, Kind
from parlance.values.evaluations import Evaluated
from parlance.values.knowledge import Base, Located
from parlance.values.ledger import Budget, Kept

_WORDS = {
    "chat": "chatting",
    "models:write": "changing models",
    "observe": "reading metrics",
    "admin": "administering its tenant",
    "operate": "operating the server",
}
ONLY_READ = "only_read"
"""The code of what is refused to whoever may read a thing and not change it."""
OWNED = frozenset({"chat", "turn", "folder", "share", "file"})
"""Kinds of things that belong to one user, and are nobody else's business (an admin's neither)."""


def authorize(principal: Principal, operation: type[Operation[object]]) -> None:
    """Raise `Fault(forbidden)` unless the principal has the operation's scope and, where one's own account is at
    stake, is a person who signed in rather than a key."""
    scope = operation.scope
    if scope is not None and scope not in principal.scopes:
        raise Fault(
            Kind.forbidden,
            f"This caller is not allowed {_WORDS[scope]}.",
            hint=_way_to(scope, principal),
            code="missing_scope",
        )
    if operation.personal and "admin" not in principal.scopes:
        must_be_a_person(principal)


def _way_to(scope: Scope, principal: Principal) -> str:
    """What somebody without a scope can do about it: it depends on what the scopes of such a caller come from."""
    if principal.session is not None or (principal.stored and principal.key is None):
        return f"Ask an {'operator' if scope == 'operate' else 'admin'} for a role that allows it."
    if principal.key is not None and principal.stored:
        return f"Use a key with the scope '{scope}': who has it makes one with `parlance key new NAME --scope {scope}`."
    if principal.key is not None:
        return f"It needs the scope '{scope}': add it to the key's `scopes` in parlance.toml, and restart."
    if principal.guest:
        return "Sign in, or send an API key."
    return (
        "On this machine the console token may do everything: open the link that the server printed at its start, or "
        f"make the first account, or a key with `parlance config new-key --scope {scope}`."
    )


def owns(principal: Principal, run: Run) -> bool:
    """Whether a run is this principal's own. Keys of one user do not see each other's runs, but for those whose answers
    are kept in the user's chats: a chat may be read with any of them."""
    if run.kept:
        return keeps(principal) and run.owner.tenant == principal.tenant and run.owner.user == principal.user
    return run.owner.scope_key == principal.scope_key


def may_use(principal: Principal, model: str) -> bool:
    """Whether the principal's list of models lets it use this one."""
    # Nearly every caller may use all; it is asked on the road of every request.
    return "*" in principal.models or any(fnmatchcase(model, pattern) for pattern in principal.models)


def may(principal: Principal, action: Action, kind: str, thing: object) -> bool:
    """Whether the principal may do this with this one thing; a `False` is told as `refusal` says."""
    if action == "read" and oversees(principal, kind, thing):
        return True
    if action == "write" and kind == "tenant":
        return isinstance(thing, Tenant) and "operate" in principal.scopes
    if action == "write" and kind in _IN_BASES:
        return _in_base(True, principal, thing)
    return visible(principal, kind)(thing)


def oversees(principal: Principal, kind: str, thing: object) -> bool:
    """Whether it is only as an operator whom the settings let read what others have that somebody may see this: then
    the reading itself is written down."""
    return (
        principal.oversees
        and kind in OWNED
        and isinstance(thing, Owned)
        and thing.tenant == principal.tenant
        and not _is_own(principal, thing)
    )


def visible(principal: Principal, kind: str) -> Callable[[object], bool]:
    """The filter of a list: `run` takes runs, `model` ids of models, all others values of their name."""
    if kind in OWNED:
        return lambda thing: isinstance(thing, Owned) and _is_own(principal, thing)
    rule = _RULES.get(kind)
    if rule is None:
        raise AssertionError(f"nobody said who may see a {kind}")
    return lambda thing: rule(principal, thing)


def absent(kind: str) -> Fault:
    """What a caller hears of a thing that is not there or not theirs."""
    return Fault(Kind.missing, f"There is no such {kind}.", code=f"{kind}_not_found")


def refusal(principal: Principal, action: Action, kind: str, thing: object) -> Fault:
    """What a caller hears who may not do this with a thing that is there: only of a base that others read, and of what
    is in it, that it is; whoever may not read it hears what they hear of nothing."""
    if action == "read" or kind not in _IN_BASES or not _in_base(False, principal, thing):
        return absent(kind)
    return Fault(
        Kind.forbidden,
        f"This caller may read this {kind}, and not change it.",
        hint="Only the owner of the base and the tenant's admins may: ask them, or make a base of your own.",
        code=ONLY_READ,
    )


# -- what is about no one operation or thing ---------------------------------------------------------------------------


def keeps(principal: Principal) -> bool:
    """Whether anything is kept of this caller: guests share a name, and so can own nothing."""
    return not principal.guest


def must_keep(principal: Principal, things: str) -> Principal:
    """The one whose chats or files are meant. Raises `Fault(forbidden)` for guests."""
    if not keeps(principal):
        raise Fault(
            Kind.forbidden, f"Guests keep no {things} here.", hint="Sign in, or send a key.", code="guests_keep_nothing"
        )
    return principal


def owns_the_machine(principal: Principal) -> bool:
    """Whether it is the machine's owner who asks: a program of this machine while nobody is known, or the console."""
    known = principal.key is not None or principal.stored
    return keeps(principal) and not known and (principal.tenant, principal.user) == (DEFAULT_TENANT, OWNER)


def administers(principal: Principal) -> bool:
    """Whether lists and sums of the whole tenant are for this caller."""
    return "admin" in principal.scopes


def operates(principal: Principal) -> bool:
    """Whether the server and all its tenants are this caller's to look after."""
    return "operate" in principal.scopes


def looked_after(principal: Principal) -> str:
    """The caller's own tenant, where they look after it and so need not name it. Raises `Fault(missing)`, as for a
    tenant that is named, for everybody else."""
    if not (administers(principal) or operates(principal)):
        raise absent("tenant")
    return principal.tenant


def must_operate(principal: Principal, what: str, field: str) -> None:
    """Raise `Fault(forbidden)` where a tenant says by a field what only who looks after the server may say."""
    if not operates(principal):
        said = f"Only an operator may {what}."
        hint = _way_to("operate", principal)
        raise Fault(Kind.forbidden, said, hint=hint, field=field, code="needs_operator")


def must_be_a_person(principal: Principal) -> None:
    """Raise `Fault(forbidden)` where somebody's own account is at stake and a key asks."""
    if principal.session is None:
        raise Fault(
            Kind.forbidden,
            "A key cannot do this with the account that it belongs to.",
            hint="Sign in, and use the token of that session.",
            code="needs_sign_in",
        )


# -- the rules of each kind -------------------------------------------------------------------------------------------


def _administers(principal: Principal, tenant: str) -> bool:
    return administers(principal) and principal.tenant == tenant


def _is_own(principal: Principal, thing: Owned) -> bool:
    """A guest may be called like a user, and is nobody's owner."""
    return keeps(principal) and thing.tenant == principal.tenant and thing.user == principal.user


def _user(principal: Principal, thing: object) -> bool:
    """Oneself, or those of one's tenant for its admins."""
    if not isinstance(thing, User):
        return False
    is_self = keeps(principal) and (principal.tenant, principal.user) == (thing.tenant, thing.id)
    return is_self or _administers(principal, thing.tenant)


def _of_the_tenant(principal: Principal, thing: object) -> bool:
    return isinstance(thing, Budget | Group) and _administers(principal, thing.tenant)


def _key_or_session(principal: Principal, thing: object) -> bool:
    """One's own, or those of one's tenant for its admins."""
    if not isinstance(thing, ApiKey | Session):
        return False
    return _is_own(principal, thing) or _administers(principal, thing.tenant)


def _tenant(principal: Principal, thing: object) -> bool:
    return isinstance(thing, Tenant) and ("operate" in principal.scopes or _administers(principal, thing.id))


def _workspace(principal: Principal, thing: object) -> bool:
    """A tenant as all in it know it; what changes it needs a role besides."""
    return isinstance(thing, Tenant) and (operates(principal) or (keeps(principal) and principal.tenant == thing.id))


def _ledger(principal: Principal, thing: object) -> bool:
    """That of a chat is its user's, that of any other run is the caller's who asked."""
    if not isinstance(thing, Kept) or thing.tenant != principal.tenant:
        return False
    if thing.chat is not None:
        return keeps(principal) and thing.user == principal.user
    return thing.scope == principal.scope_key


def _in_base(writes: bool, principal: Principal, thing: object) -> bool:
    """One's own base and all in it; one of the tenant all of it may read and evaluate, and its admins change, too."""
    base = thing.base if isinstance(thing, Located | Evaluated) else thing
    if not isinstance(base, Base):
        return False
    writes = writes and not (isinstance(thing, Evaluated) and _is_own(principal, thing.evaluation))
    shared = base.access == "tenant" and base.tenant == principal.tenant
    return _is_own(principal, base) or (shared and (administers(principal) if writes else keeps(principal)))


_IN_BASES = ("base", "document", "chunk", "evaluation")
_RULES: Mapping[str, Callable[[Principal, object], bool]] = {
    "run": lambda principal, thing: isinstance(thing, Run) and owns(principal, thing),
    "model": lambda principal, thing: isinstance(thing, str) and may_use(principal, thing),
    "workspace": _workspace,
    "tenant_model": lambda principal, thing: keeps(principal) and getattr(thing, "tenant", 0) in ("", principal.tenant),
    "user": _user,
    "group": _of_the_tenant,
    "key": _key_or_session,
    "session": _key_or_session,
    "tenant": _tenant,
    "budget": _of_the_tenant,
    "connection": lambda principal, thing: operates(principal),  # the server's own, whoever is whose tenant
    "ledger": _ledger,
    **dict.fromkeys(_IN_BASES, partial(_in_base, False)),
}
