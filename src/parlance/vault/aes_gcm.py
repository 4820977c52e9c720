"""Secrets sealed with AES-256-GCM. What is sealed opens only with its key, and only as what it was sealed for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence

from parlance.ports.secrets import Sealed
from parlance.values.errors import Fault, Kind

CODEC = "aes256gcm"
NONCE_BYTES = 12


def derived(secret: bytes, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869, without a salt): no two purposes share one."""
    pseudorandom = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(pseudorandom, purpose.encode() + b"\x01", "sha256")


class AesGcmSealer:
    """`Sealer` with the keys of one or more secrets. The first seals, all of them open."""

    def __init__(self, secrets: Sequence[bytes], entropy: Callable[[int], bytes]) -> None:
        keys = [derived(secret, "parlance sealing") for secret in secrets]
        self._keys: Mapping[str, bytes] = {_id(key): key for key in keys}
        self._key_id = _id(keys[0])
        self._entropy = entropy

    @property
    def key_id(self) -> str:
        """The key that seals now."""
        return self._key_id

    def knows(self, key_id: str) -> bool:
        """Whether what was sealed with this key can be opened."""
        return key_id in self._keys

    def seal(self, secret: bytes, about: str) -> Sealed:
        """Seal it, bound to these words. The nonce goes before the bytes."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = self._entropy(NONCE_BYTES)
        content = AESGCM(self._keys[self._key_id]).encrypt(nonce, secret, about.encode())
        return Sealed(CODEC, self._key_id, nonce + content)

    def open(self, sealed: Sealed, about: str) -> bytes:
        """The secret, if this is how it was sealed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self._keys.get(sealed.key_id)
        if sealed.codec != CODEC or key is None:
            raise _closed()
        nonce, content = sealed.content[:NONCE_BYTES], sealed.content[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, content, about.encode())
        except (InvalidTag, ValueError):
            raise _closed() from None


def _id(key: bytes) -> str:
    return hashlib.sha256(b"id of " + key).hexdigest()[:16]


def _closed() -> Fault:
    return Fault(
        Kind.internal,
        "A stored secret cannot be opened.",
        hint="It was sealed with another secret key; the operator can name that one in accounts.old_secret_keys.",
        code="cannot_unseal",
    )
