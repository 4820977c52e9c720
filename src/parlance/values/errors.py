"""The one error tree: everything that can go wrong is a `Fault` of one `Kind`.

    Fault
    ├── invalid          the request cannot be understood; the field is named, its value is never echoed
    ├── unauthenticated  nobody known is asking
    ├── forbidden        somebody known asks for what their role or key does not allow, or to change what they may read
    ├── missing          no such thing, or not yours: both look alike
    ├── conflict         the thing changed, exists already, or is in the wrong state
    ├── too_large        a byte, count or depth bound was passed
    ├── over_budget      a rate, budget or quota is used up; `retry_after` says when it resets
    ├── busy             the line is full or the server is draining; `retry_after` says when to try again
    ├── context_full     the prompt does not fit the model's context
    ├── upstream         an engine failed, refused or talked nonsense
    ├── timed_out        a deadline passed
    ├── cancelled        the caller or an operator stopped it
    ├── unsupported      the feature exists, but not with this engine or in this installation
    └── internal         our own defect

No HTTP number lives here: each dialect maps kinds to its own wire in one exhaustive match.
"""

from __future__ import annotations

import enum


class Kind(enum.Enum):
    """What went wrong, in a word that every dialect can translate."""

    invalid = "invalid"
    unauthenticated = "unauthenticated"
    forbidden = "forbidden"
    missing = "missing"
    conflict = "conflict"
    too_large = "too_large"
    over_budget = "over_budget"
    busy = "busy"
    context_full = "context_full"
    upstream = "upstream"
    timed_out = "timed_out"
    cancelled = "cancelled"
    unsupported = "unsupported"
    internal = "internal"


class Fault(Exception):
    """One failure, safe to show to the caller.

    `message` and `hint` are sentences without secrets, hosts or paths; `retry_after` is in seconds;
    `field` is the dotted name of the request field at fault; `code` is a short stable word for programs;
    `status` is the HTTP status an upstream gave, for the log and for dialects that pass a class of it on; `limit` is
    that of the rate that is used up.
    """

    def __init__(
        self,
        kind: Kind,
        message: str,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
        field: str | None = None,
        code: str | None = None,
        status: int | None = None,
        limit: int | None = None,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint
        self.retry_after = retry_after
        self.field = field
        self.code = code
        self.status = status
        self.limit = limit

    def __repr__(self) -> str:
        return f"Fault({self.kind.value}: {self.message})"

    def sentence(self) -> str:
        """The message and, where there is one, the hint that says what to do."""
        return f"{self.message} {self.hint}" if self.hint else self.message


def out_of_range(field: str, expected: str) -> Fault:
    """A field of a request holds what it cannot: `expected` says what it can, without the value that was given."""
    said = f"The field {field} does not fit: expected {expected}."
    return Fault(Kind.invalid, said, field=field, code="out_of_range")


DRAINING = "draining"
"""The code of whatever is refused or ended because the server goes down."""
MOST_SHOWN = 100
"""Characters of a caller's own word that an error repeats: enough to know it again."""


def shown(word: str) -> str:
    """A caller's own word (a model's name) as a sentence may repeat it: clipped, control characters escaped."""
    clipped = word if len(word) <= MOST_SHOWN else word[: MOST_SHOWN - 1] + "…"
    if clipped.isprintable():
        return clipped
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in clipped)
