"""What has to be written about accounts now and then: who was last seen when, and what has become too old to keep."""

from __future__ import annotations

from collections.abc import Callable

from parlance.core.accounts.registered import Registered
from parlance.core.rounds import Rounds
from parlance.ports.accounts import Accounts
from parlance.ports.directory import Directory
from parlance.ports.observing import Log, OnDefect
from parlance.ports.stores import ChangeSet, Database
from parlance.values.texts import folded
from parlance.values.time import SECOND, Clock

SEEN_SECONDS = 60.0
"""Between two notes of who was there: a minute is as near as anybody needs it, and costs no write per request."""
FORGET_SECONDS = 3600.0
"""Between two looks for what is too old."""
AT_ONCE = 100
"""Statements in one change set, so that nobody else waits for long."""
GRACE = 3600 * SECOND
"""How long what has expired is kept besides: no clock is that wrong."""


class AccountKeeper:
    """A worker: one per process. `audit_seconds` is how long entries of the audit log are kept."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        of: Callable[[str], Accounts],
        registered: Registered,
        clock: Clock,
        log: Log,
        on_defect: OnDefect,
        *,
        audit_seconds: float,
    ) -> None:
        self._database = database
        self._directory = directory
        self._of = of
        self._registered = registered
        self._clock = clock
        self._audit_seconds = audit_seconds
        trouble = "accounts not looked after"
        self._noting = Rounds(self.note, SEEN_SECONDS, trouble, log, on_defect, last=self.note, at_once=False)
        self._forgetting = Rounds(self.forget, FORGET_SECONDS, trouble, log, on_defect)

    def start(self) -> None:
        """Look after them from now on."""
        self._noting.start()
        self._forgetting.start()

    async def stop(self) -> None:
        """Write down who was there once more, and no more."""
        await self._forgetting.stop()
        await self._noting.stop()

    async def noted(self) -> None:
        """Write it down now, for somebody who asks. What is in the way is told as in any other round."""
        await self._noting.tried(self.note)

    async def note(self) -> None:
        """Write down who was there since the last time, always in the same order: two processes never wait for each
        other in a circle."""
        visits, now = self._registered.visits, self._clock.now()
        seen = sorted({(one.known.user.tenant, one.known.user.id) for one in visits})
        changes = [self._of(tenant).people.seen(user, now) for tenant, user in seen]
        keys = sorted({(key.tenant, key.id) for one in visits if (key := one.known.key) is not None})
        changes += [self._of(tenant).keys.used(key, now) for tenant, key in keys]
        sessions = sorted({(one.known.user.tenant, one.known.session) for one in visits if one.known.session})
        changes += [self._of(tenant).sessions.seen(session, now) for tenant, session in sessions if session]
        noted = set(visits)
        for start in range(0, len(changes), AT_ONCE):
            await self._database.apply(tuple(changes[start : start + AT_ONCE]))
        visits -= noted

    async def forget(self) -> None:
        """Drop what is over, and what happened longer ago than the audit log is kept."""
        now = self._clock.now()
        await self._database.apply((self._directory.forget_one_time(now - GRACE),))
        after = None
        while tenants := await self._directory.tenants(after, AT_ONCE):
            for tenant in tenants:
                accounts = self._of(tenant.id)
                changes: ChangeSet = accounts.sessions.forget(now - GRACE)
                old = accounts.audit.forget(now - round(self._audit_seconds * SECOND))
                await self._database.apply((*changes, old))
            after = (folded(tenants[-1].name), tenants[-1].id)
