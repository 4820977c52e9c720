"""Who comes by another server's word, and on what terms they are let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from parlance.values.accounts import DEFAULT_TENANT

Unknown = Literal["refuse", "pending", "user"]
"""What becomes of somebody who has no account yet: turned away, to wait for an admin, or let in."""


class Terms(msgspec.Struct, frozen=True):
    """On what terms people are let in. `link` says that an account which signs in with the same name or address is
    theirs; `admin_group`, where there is one, decides who is an admin, at every sign-in anew."""

    tenant: str = DEFAULT_TENANT
    unknown: Unknown = "pending"
    link: bool = False
    admin_group: str | None = None


class Person(msgspec.Struct, frozen=True):
    """Somebody as an issuer names them. `via` is the way they came (`oidc:work`). `email` is an address that is surely
    theirs; `handle` what an account of theirs would sign in with, if that is sure."""

    issuer: str
    subject: str
    via: str
    name: str
    email: str | None = None
    handle: str | None = None
    groups: frozenset[str] = frozenset()


class Provider(msgspec.Struct, frozen=True):
    """An OpenID provider as it was configured. `secret` gives the client's secret, where it has one; the claims are
    those in which the provider says what somebody is called and to what they belong."""

    name: str
    title: str
    issuer: str
    client_id: str
    secret: Callable[[], str] | None = None
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "name"
    email_claim: str = "email"
    groups_claim: str = "groups"
    terms: Terms = Terms()


class Vouched(msgspec.Struct, frozen=True):
    """Somebody for whom a proxy vouches, in the words of its headers; what it did not send is empty."""

    user: str
    name: str = ""
    email: str = ""
    groups: str = ""
