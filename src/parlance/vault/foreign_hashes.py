"""Password hashes of other systems, as imported accounts bring them: bcrypt, and PBKDF2-SHA256 in three spellings.

    $2a$… $2b$… $2y$…                     bcrypt (Open WebUI, passlib); the extra `bcrypt`, imported when one is met
    $pbkdf2-sha256$29000$salt$tag         passlib
    pbkdf2_sha256$600000$salt$tag         Django
    pbkdf2:sha256:600000$salt$tag         Werkzeug

A hash is somebody else's data: its cost is bounded, and one that cannot be read is never right.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice

MOST_ROUNDS = 5_000_000
"""PBKDF2 rounds: five times what anybody recommends, and a second and a half of one thread."""
MOST_BCRYPT_COST = 15
"""Two and a half seconds of one thread."""
_BCRYPT = re.compile(r"\$2[abxy]\$([0-9]{2})\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES = 72
"""More than that bcrypt never looked at, and its newer versions refuse."""


def verify(hashed: str, password: str) -> bool:
    """Whether this is the password. Raises `Fault(unsupported)` where bcrypt is needed and not installed."""
    try:
        if hashed.startswith("$2"):
            return _bcrypt(hashed, password)
        if hashed.startswith("$pbkdf2-sha256$"):
            rounds, salt, tag = hashed.removeprefix("$pbkdf2-sha256$").split("$")
            return _pbkdf2(password, _adapted(salt), rounds, _adapted(tag))
        if hashed.startswith("pbkdf2_sha256$"):
            rounds, salt, tag = hashed.removeprefix("pbkdf2_sha256$").split("$")
            return _pbkdf2(password, salt.encode(), rounds, base64.b64decode(tag, validate=True))
        if hashed.startswith("pbkdf2:sha256"):
            method, salt, tag = hashed.split("$")
            rounds = method.removeprefix("pbkdf2:sha256").removeprefix(":") or "150000"
            return _pbkdf2(password, salt.encode(), rounds, bytes.fromhex(tag))
    except (ValueError, binascii.Error):
        pass  # not a hash of any of these kinds
    return False


def _pbkdf2(password: str, salt: bytes, rounds: str, tag: bytes) -> bool:
    if not 1 <= int(rounds) <= MOST_ROUNDS or not tag:
        return False
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, int(rounds), len(tag))
    return hmac.compare_digest(made, tag)


def _adapted(text: str) -> bytes:
    """passlib's base64: `.` for `+`, and no padding."""
    return base64.b64decode(text.replace(".", "+") + "=" * (-len(text) % 4), validate=True)


def _bcrypt(hashed: str, password: str) -> bool:
    found = _BCRYPT.fullmatch(hashed)
    if found is None or int(found[1]) > MOST_BCRYPT_COST:
        return False
    try:
        import bcrypt
    except ImportError:
        raise Fault(
            Kind.unsupported,
            "This account was imported with a password hash that this installation cannot check.",
            hint=f"For the operator: {advice('bcrypt')}",
            code="bcrypt_missing",
        ) from None
    return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], hashed.encode())
