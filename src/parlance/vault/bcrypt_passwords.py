"""The chatbot app's password hashes: bcrypt of cost 12, so that its own server can check them too."""

from __future__ import annotations

from parlance.ports.secrets import Checked
from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice
from parlance.vault.argon2 import Argon2Passwords
from parlance.vault.foreign_hashes import verify

COST = 12
LONGEST = 72
"""Bytes that bcrypt looks at; newer versions of the package refuse more."""
_NOBODY = f"$2b${COST}$" + "." * 21 + "e" + "." * 31
"""A hash that no password has; checking it costs what any other costs."""


class BcryptPasswords(Argon2Passwords):
    """`Passwords` by bcrypt, in threads of its own like ours. `cost` is lowered by tests that sign in a hundred times.

    Without the package `bcrypt` both raise `Fault(unsupported, code="bcrypt_missing")`.
    """

    def __init__(self, cost: int = COST) -> None:
        super().__init__()
        self.cost = cost

    def _hash(self, password: str) -> str:
        try:
            import bcrypt
        except ModuleNotFoundError:
            raise Fault(
                Kind.unsupported,
                "This installation cannot hash passwords as the chatbot app does.",
                hint=f"For the operator: {advice('chatbot')}",
                code="bcrypt_missing",
            ) from None
        return bcrypt.hashpw(password.encode()[:LONGEST], bcrypt.gensalt(self.cost)).decode()

    def _check(self, hashed: str | None, password: str) -> Checked:
        if hashed is None:
            verify(_NOBODY, password)
            return Checked(False)
        return Checked(verify(hashed, password))
