"""Whom one may change, and what a key may be given: who may do what with people, beside `core/authorize.py`.

`must_…` raises what the caller hears, the other answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from parlance.core.authorize import keeps
from parlance.values.accounts import Principal, Scope, User
from parlance.values.errors import Fault, Kind


def still_may(before: Principal, now: Principal | User | None) -> bool:
    """Whether what somebody began with these scopes may go on for who they are now; nobody is for whom it may not."""
    return now is not None and before.scopes <= now.scopes


def must_outrank(principal: Principal, user: User) -> None:
    """Raise `Fault(forbidden)` where only an operator may change somebody: else an admin could become one."""
    if user.operates and "operate" not in principal.scopes:
        raise Fault(Kind.forbidden, "Only an operator may change an operator's account.", code="needs_operator")


def must_make_operators(principal: Principal) -> None:
    """Raise `Fault(forbidden)` where somebody else says who operates the server."""
    if "operate" not in principal.scopes:
        raise Fault(
            Kind.forbidden, "Only an operator may say who else is one.", field="operates", code="needs_operator"
        )


def must_act_for(principal: Principal, user: str) -> None:
    """Raise `Fault(forbidden)` unless somebody may make a key that acts as this user of their tenant: oneself, and
    whoever holds the console token, for the disk with all that is kept is theirs already. No role is enough: with a key
    go chats and files, which are nobody's business, an admin's neither."""
    at_the_machine = "operate" in principal.scopes and not (principal.stored or principal.key or principal.session)
    if not keeps(principal) or not (principal.user == user or at_the_machine):
        raise Fault(
            Kind.forbidden,
            "A key acts as its user, so nobody makes one for somebody else.",
            hint="Whose account it is makes it; on the machine itself the console token can.",
            field="user",
            code="not_your_account",
        )


def must_not_exceed(principal: Principal, scopes: Iterable[Scope], models: Iterable[str]) -> None:
    """Raise `Fault(forbidden)` where a key would be given more than whoever makes it has."""
    beyond = sorted(set(scopes) - principal.scopes)
    if beyond:
        raise Fault(
            Kind.forbidden,
            f"A key never may more than whoever makes it: you lack {', '.join(beyond)}.",
            field="scopes",
            code="beyond_your_scopes",
        )
    if "*" not in principal.models and set(models) - set(principal.models):
        raise Fault(
            Kind.forbidden,
            "A key may use no other models than whoever makes it.",
            hint="Name patterns of your own key only.",
            field="models",
            code="beyond_your_models",
        )
