"""Second factors of one tenant's users: the secret of each, and codes that get in without it.

Contract suite: `tests/contract/test_factor_stores.py`. Reads give values from committed state, each in one statement.
Changes are statements for a change set: nothing has happened until it is applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from parlance.ports.secrets import Sealed
from parlance.ports.stores import ChangeSet, Statement


class Factor(msgspec.Struct, frozen=True):
    """A user's second factor. It counts once it is `confirmed` (microseconds since 1970); `step` is the last step of
    time whose code was used, so that none is used twice."""

    secret: Sealed
    confirmed: int | None = None
    step: int | None = None


class Factors(Protocol):
    """The second factors of one tenant."""

    async def find(self, user: str) -> Factor | None:
        """A user's, confirmed or not."""
        ...

    async def codes(self, user: str) -> int:
        """How many recovery codes are left."""
        ...

    async def has_code(self, user: str, digest: str) -> bool:
        """Whether a recovery code with this SHA-256 is there and unused."""
        ...

    def begin(self, user: str, secret: Sealed) -> Statement:
        """A secret that does not count yet, in place of another such; a conflict when one counts already."""
        ...

    def confirm(self, user: str, begun: Sealed, step: int, at: int) -> Statement:
        """It counts from now on; a conflict when it is another one meanwhile, or counts already."""
        ...

    def use(self, user: str, step: int) -> Statement:
        """The code of this step is used; a conflict when it was already, or a later one."""
        ...

    def remove(self, user: str) -> ChangeSet:
        """No second factor any more, and no codes."""
        ...

    def put_codes(self, user: str, digests: Sequence[str], at: int) -> ChangeSet:
        """These recovery codes in place of all others."""
        ...

    def use_code(self, user: str, digest: str, at: int) -> Statement:
        """The recovery code is used; a conflict when it was already."""
        ...
