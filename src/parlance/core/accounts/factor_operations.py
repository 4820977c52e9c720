"""What can be wanted of second factors: codes that an app makes, and recovery codes for the day without it."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Named, Operation
from parlance.values.accounts import Scope


class FactorBegun(msgspec.Struct, frozen=True):
    """A secret for an app, which counts once a code of it was shown. It is shown only now: `secret` to be typed, `uri`
    (`otpauth://totp/…`) to be made into a picture."""

    secret: str
    uri: str


class RecoveryCodes(msgspec.Struct, frozen=True):
    """Codes that get in without the app, each once. They are shown only now: of them only hashes are kept."""

    codes: tuple[str, ...]


class BeginFactor(Operation[FactorBegun], frozen=True):
    """Begin a second factor: a new secret for an app that makes codes (TOTP). A secret that was begun before ends."""

    wire_name: ClassVar[str] = "accounts.begin_second_factor"
    personal: ClassVar[bool] = True

    password: str


class ConfirmFactor(Operation[RecoveryCodes], frozen=True):
    """Show a code of the app, so that it is asked for at each sign-in with the password from now on."""

    wire_name: ClassVar[str] = "accounts.confirm_second_factor"
    personal: ClassVar[bool] = True

    code: str


class RemoveFactor(Operation[None], frozen=True):
    """Sign in with the password alone again."""

    wire_name: ClassVar[str] = "accounts.remove_second_factor"
    personal: ClassVar[bool] = True

    password: str


class RenewCodes(Operation[RecoveryCodes], frozen=True):
    """Make new recovery codes; those from before end."""

    wire_name: ClassVar[str] = "accounts.recovery_codes"
    personal: ClassVar[bool] = True

    password: str


class RemoveUsersFactor(Operation[None], frozen=True):
    """Take away somebody's second factor, for who has lost the app and the recovery codes."""

    scope: ClassVar[Scope | None] = "admin"
    wire_name: ClassVar[str] = "users.remove_second_factor"
    names: ClassVar[tuple[Named, ...]] = (Named("user", "user", "write"),)

    user: str
