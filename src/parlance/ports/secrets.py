"""What keeps secrets: password hashes, sealed values, signed tokens. Each is implemented in `parlance.vault`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec


class Checked(msgspec.Struct, frozen=True):
    """Whether a password was right, and whether its hash is of an older kind that should be made anew."""

    right: bool
    outdated: bool = False


class Passwords(Protocol):
    """Hashes of passwords, made and checked away from the event loop.

    Both raise `Fault(busy, code="sign_in_busy")` when too many wait already.
    """

    async def hash(self, password: str) -> str:
        """The hash of a new password."""
        ...

    async def check(self, hashed: str | None, password: str) -> Checked:
        """Whether this is the password of a hash, ours or another system's. `None` is never right, and takes the same
        time: nobody learns by waiting whether somebody is known."""
        ...


class Sealed(msgspec.Struct, frozen=True):
    """A secret as it lies in a row: how it is written, with which key, and the bytes."""

    codec: str
    key_id: str
    content: bytes


class Sealer(Protocol):
    """Encrypts what must be read again: secrets of second factors, keys of connections."""

    @property
    def key_id(self) -> str:
        """The key that seals now, in a word that gives nothing away of it."""
        ...

    def knows(self, key_id: str) -> bool:
        """Whether what was sealed with this key can be opened."""
        ...

    def seal(self, secret: bytes, about: str) -> Sealed:
        """Seal it. `about` says what it belongs to (`totp/<tenant>/<user>`); it opens under the same words only."""
        ...

    def open(self, sealed: Sealed, about: str) -> bytes:
        """The secret. Raises `Fault(internal, code="cannot_unseal")` where the key is another one or the bytes were
        changed or moved."""
        ...


class OneTimeCodes(Protocol):
    """Codes that an app makes of a secret and the time, and recovery codes."""

    def secret(self) -> bytes:
        """A new secret."""
        ...

    def text(self, secret: bytes) -> str:
        """The secret as one types it into an app."""
        ...

    def uri(self, secret: bytes, account: str) -> str:
        """The same for a picture that an app reads (`otpauth://totp/…`)."""
        ...

    def step(self, secret: bytes, code: str, seconds: int, after: int | None) -> int | None:
        """The step of time whose code this is, of those around now (seconds since 1970) and later than `after`."""
        ...

    def recovery(self) -> str:
        """A new recovery code, as it is shown."""
        ...


class Signer(Protocol):
    """Signs and reads JSON Web Tokens with one algorithm and one key. What the claims mean is judged in the core."""

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The token."""
        ...

    def read(self, token: str) -> Mapping[str, Any] | None:
        """Its claims, or `None` unless the signature is ours."""
        ...
