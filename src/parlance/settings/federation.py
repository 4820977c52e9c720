"""Settings of signing in by another server's word: OpenID providers, and a proxy that says who somebody is.

Annotations are not postponed in these modules: the loader reads the types and descriptions off them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from parlance.settings.connection import HTTP_URL, URL_SHAPE
from parlance.settings.secret import Secret
from parlance.values.accounts import DEFAULT_TENANT

_UNKNOWN = Meta(
    description="What becomes of somebody without an account: `refuse`, `pending` (an admin lets them in) or `user`."
)
_TENANT = Meta(min_length=1, max_length=64, description="Tenant that they belong to.")
_ADMIN_GROUP = Meta(
    min_length=1,
    description="Group whose members are admins; it is looked at with every sign-in, and who left it is one no more.",
)
_HEADER = {"shape": "the name of a header, such as `Remote-User`"}
HEADER = r"^[A-Za-z0-9-]{1,64}$"
Unknown = Literal["refuse", "pending", "user"]


class Oidc(Struct, frozen=True, forbid_unknown_fields=True):
    """One OpenID provider to sign in with."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9-]{1,32}$",
            extra={"shape": "small letters, digits and `-`, at most 32"},
            description="Name of the provider, as it stands in addresses.",
        ),
    ]
    issuer: Annotated[
        str,
        Meta(
            pattern=HTTP_URL,
            extra=URL_SHAPE,
            description="The provider's own name for itself, as its documentation gives it.",
        ),
    ]
    client_id: Annotated[str, Meta(min_length=1, description="What the provider calls this server.")]
    client_secret: (
        Annotated[Secret, Meta(description="Secret that the provider gave; none for a public client.")] | None
    ) = None
    client_secret_env: (
        Annotated[str, Meta(min_length=1, description="Variable that holds the secret, so that no file has to.")] | None
    ) = None
    title: Annotated[str, Meta(max_length=64, description="What people see; none is the name.")] = ""
    scopes: Annotated[tuple[str, ...], Meta(description="What is asked for; `openid` always is.")] = (
        "openid",
        "profile",
        "email",
    )
    name_claim: Annotated[str, Meta(min_length=1, description="Claim that holds somebody's name.")] = "name"
    email_claim: Annotated[
        str, Meta(min_length=1, description="Claim that holds an address; it counts where `email_verified` is true.")
    ] = "email"
    groups_claim: Annotated[
        str, Meta(min_length=1, description="Claim that lists groups, or its path such as `realm_access.roles`.")
    ] = "groups"
    admin_group: Annotated[str, _ADMIN_GROUP] | None = None
    unknown: Annotated[Unknown, _UNKNOWN] = "pending"
    link: Annotated[
        bool,
        Meta(description="Whether an account that signs in with the same, verified address becomes theirs."),
    ] = False
    tenant: Annotated[str, _TENANT] = DEFAULT_TENANT


class TrustedHeader(Struct, frozen=True, forbid_unknown_fields=True):
    """A proxy that signs people in and says in headers who they are."""

    user: (
        Annotated[
            str, Meta(pattern=HEADER, extra=_HEADER, description="Header with the user; none: no header is believed.")
        ]
        | None
    ) = None
    networks: Annotated[
        tuple[str, ...], Meta(description="Addresses or networks of the proxies; nobody else's headers are believed.")
    ] = ()
    name: Annotated[str, Meta(pattern=HEADER, extra=_HEADER, description="Header with the name to show.")] | None = None
    email: Annotated[str, Meta(pattern=HEADER, extra=_HEADER, description="Header with the address.")] | None = None
    groups: (
        Annotated[
            str, Meta(pattern=HEADER, extra=_HEADER, description="Header with the groups, between commas or `|`.")
        ]
        | None
    ) = None
    admin_group: Annotated[str, _ADMIN_GROUP] | None = None
    unknown: Annotated[Unknown, _UNKNOWN] = "pending"
    link: Annotated[
        bool, Meta(description="Whether an account that signs in with the same name or address becomes theirs.")
    ] = False
    tenant: Annotated[str, _TENANT] = DEFAULT_TENANT
