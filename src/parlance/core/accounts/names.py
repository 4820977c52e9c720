"""What people and things may be called. What is typed is kept as it is, without spaces around it."""

from __future__ import annotations

import re

from parlance.values.errors import Fault, Kind

MOST_NAME = 100
"""Characters: longer than any name, and within every database's column also when folding makes three of one."""
MOST_EMAIL = 80
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def checked_name(name: str, field: str = "name", *, signs_in: bool = False) -> str:
    """A name. Raises `Fault(invalid)`. One that somebody signs in with must not look like an address."""
    name = name.strip()
    if not name or len(name) > MOST_NAME or not name.isprintable():
        raise Fault(
            Kind.invalid,
            f"The field {field} does not fit: expected 1 to {MOST_NAME} printable characters.",
            field=field,
            code="bad_name",
        )
    if signs_in and "@" in name:
        raise Fault(
            Kind.invalid,
            "A name without an address must not hold an @.",
            hint="Give it as the address.",
            field=field,
            code="bad_name",
        )
    return name


def checked_email(email: str) -> str:
    """An address. Raises `Fault(invalid)`; whether anybody reads mail there is not asked."""
    email = email.strip()
    if len(email) > MOST_EMAIL or not email.isprintable() or _EMAIL.fullmatch(email) is None:
        raise Fault(
            Kind.invalid, "The field email does not fit: expected an e-mail address.", field="email", code="bad_email"
        )
    return email
