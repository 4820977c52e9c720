"""Codes of six digits that a phone makes of a secret and the time (RFC 6238), and codes to get in without it."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable

SECRET_BYTES = 20
"""As long as the hash that apps use, as RFC 4226 advises (section 4)."""
RECOVERY_BYTES = 10
"""80 bits: nobody guesses that, so a plain hash of it can be kept."""
STEP_SECONDS = 30
AROUND = 1
"""Steps before and after that of now whose codes count: clocks differ, and typing takes time."""
ISSUER = "Parlance"


class Totp:
    """`OneTimeCodes`. `entropy` gives random bytes."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        self._entropy = entropy

    def secret(self) -> bytes:
        """A new secret."""
        return self._entropy(SECRET_BYTES)

    def text(self, secret: bytes) -> str:
        """The secret as one types it into an app: base 32."""
        return base64.b32encode(secret).decode()

    def uri(self, secret: bytes, account: str) -> str:
        """The same for a picture that an app reads."""
        from pyotp.totp import TOTP

        return TOTP(self.text(secret)).provisioning_uri(account, ISSUER)

    def step(self, secret: bytes, code: str, seconds: int, after: int | None) -> int | None:
        """The step of time whose code this is. `None` where it is none of those around now (seconds since 1970), or
        not later than a step that was used."""
        from pyotp.hotp import HOTP

        codes, now = HOTP(self.text(secret)), seconds // STEP_SECONDS
        found = None
        for step in range(max(0, now - AROUND), now + AROUND + 1):
            fits = hmac.compare_digest(codes.at(step).encode(), code.encode())
            if fits and (after is None or step > after):
                found = step
        return found

    def recovery(self) -> str:
        """A new recovery code: four times four small letters and digits."""
        text = base64.b32encode(self._entropy(RECOVERY_BYTES)).decode().lower()
        return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
