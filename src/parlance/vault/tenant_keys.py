"""Keys of tenants in WeKnora's form: `sk-` and the sealed number of the tenant, in base64."""

from __future__ import annotations

import base64
from collections.abc import Callable

NONCE_BYTES, NUMBER_BYTES = 12, 8
SIZES = (16, 24, 32)
"""Bytes that an AES key may have."""
PREFIX = "sk-"
KNOWN_TO_ALL = "-".join(("weknorarag", "api", "key", "secret", "secret"))
"""The key in WeKnora's own sample file: whoever read that could make the key of any tenant."""


class AesTenantKeys:
    """`TenantKeys` with one AES key. `entropy` gives so many random bytes."""

    def __init__(self, key: bytes, entropy: Callable[[int], bytes]) -> None:
        self._key = key
        self._entropy = entropy

    def make(self, number: int) -> str:
        """A new key of the tenant with this number (source: WeKnora, the tenant service)."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = self._entropy(NONCE_BYTES)
        sealed = AESGCM(self._key).encrypt(nonce, number.to_bytes(NUMBER_BYTES, "little"), None)
        return PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def number_in(self, key: str, made_with: str) -> int | None:
        """What is sealed in a key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        text = key.removeprefix(PREFIX)
        try:
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            opened = AESGCM(made_with.encode()).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None)
        except (ValueError, InvalidTag):
            return None
        return int.from_bytes(opened, "little") if len(opened) == NUMBER_BYTES else None
