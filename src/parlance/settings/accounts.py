"""Settings of people's accounts. What an admin decides while the server runs are preferences, in the database."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.connection import HTTP_URL, URL_SHAPE
from parlance.settings.federation import Oidc, TrustedHeader
from parlance.settings.secret import Secret


class Accounts(Struct, frozen=True, forbid_unknown_fields=True):
    """How people sign in, and what protects what is kept of them."""

    secret_key: (
        Annotated[
            Secret,
            Meta(
                description="Long random text that signs tokens and seals stored secrets, the same on every host; by "
                "default the file `secret.key` in the data folder, which is made at the first start."
            ),
        ]
        | None
    ) = None
    old_secret_keys: Annotated[
        tuple[Secret, ...], Meta(description="Secret keys from before: what they sealed can still be read.")
    ] = ()
    accept_new_secret: Annotated[
        bool,
        Meta(description="Take a secret key that the database was not begun with; what the old one sealed is lost."),
    ] = False
    session_days: Annotated[float, Meta(gt=0, le=3650, description="How long a sign-in holds.")] = 30.0
    audit_days: Annotated[float, Meta(gt=0, le=36500, description="How long entries of the audit log are kept.")] = (
        365.0
    )
    operators_read: Annotated[
        bool, Meta(description="Whether operators may read what others of their tenant keep; it is written down then.")
    ] = False
    public_url: (
        Annotated[
            str,
            Meta(
                pattern=HTTP_URL,
                extra=URL_SHAPE,
                description="Where browsers reach this server, such as `https://chat.example.org`; providers send them "
                "back there.",
            ),
        ]
        | None
    ) = None
    oidc: Annotated[tuple[Oidc, ...], Meta(description="OpenID providers to sign in with.")] = ()
    trusted_header: TrustedHeader = TrustedHeader()
