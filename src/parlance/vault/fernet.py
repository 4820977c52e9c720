"""The chatbot app's keys and tokens: PBKDF2 of the password, and Fernet. Slow work is done in a thread."""

from __future__ import annotations

import asyncio
import base64
import hashlib

from parlance.values.errors import Fault, Kind

ROUNDS = 100_000
"""As that app has it: its files must open with the same key."""
KEY_BYTES = 32
INLINE_BYTES = 16 * 1024
"""Sealed in a tenth of a millisecond: a thread would cost as much."""


class FernetCipher:
    """`Cipher` by the `cryptography` package, which is imported when the first text is sealed. `rounds` is lowered by
    tests that sign in a hundred times."""

    def __init__(self, rounds: int = ROUNDS) -> None:
        self.rounds = rounds

    async def key(self, password: str, salt: bytes) -> bytes:
        """The key that a password makes: 30 ms of a thread."""
        return await asyncio.to_thread(derived, password, salt, self.rounds)

    async def seal(self, key: bytes, text: bytes) -> bytes:
        """A Fernet token of the text."""
        if len(text) <= INLINE_BYTES:
            return _sealed(key, text)
        return await asyncio.to_thread(_sealed, key, text)

    async def open(self, key: bytes, token: bytes) -> bytes:
        """The text. Raises `Fault(internal, code="cannot_unseal")`."""
        if len(token) <= INLINE_BYTES:
            return _opened(key, token)
        return await asyncio.to_thread(_opened, key, token)


def derived(password: str, salt: bytes, rounds: int = ROUNDS) -> bytes:
    """PBKDF2-HMAC-SHA256, 32 bytes."""
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds, KEY_BYTES)


def _sealed(key: bytes, text: bytes) -> bytes:
    from cryptography.fernet import Fernet

    return Fernet(base64.urlsafe_b64encode(key)).encrypt(text)


def _opened(key: bytes, token: bytes) -> bytes:
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(base64.urlsafe_b64encode(key)).decrypt(token)
    except InvalidToken:
        raise Fault(Kind.internal, "What was kept cannot be read with this key.", code="cannot_unseal") from None
