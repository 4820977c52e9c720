"""One per process that keeps what is believed of who may do what fresh, and ends what the revoked still get."""

from __future__ import annotations

from collections.abc import Callable

from parlance.core.accounts.presence import REVOKED, Presence
from parlance.core.accounts.registered import Registered
from parlance.core.accounts.rights import still_may
from parlance.core.rounds import Rounds
from parlance.core.runs.registry import Runs
from parlance.ports.accounts import Accounts
from parlance.ports.observing import Log, OnDefect
from parlance.values.accounts import Principal

AccountsOf = Callable[[str], Accounts]
POLL_SECONDS = 0.25
"""Between two looks at the version: with the look itself, well within the second that is promised."""


class AccessWatch:
    """Asks for the version, and after every change looks again at whoever is being answered."""

    def __init__(
        self, registered: Registered, presence: Presence, runs: Runs, of: AccountsOf, log: Log, on_defect: OnDefect
    ) -> None:
        self._registered = registered
        self._access = registered.access
        self._presence = presence
        self._runs = runs
        self._of = of
        self._swept = -1
        self._rounds = Rounds(self._look, POLL_SECONDS, "accounts not confirmed", log, on_defect)
        self._access.on_change.append(self._rounds.wake)

    def start(self) -> None:
        """Watch from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """No more rounds."""
        await self._rounds.stop()

    async def round(self) -> None:
        """One look. A database that cannot be reached is told of once, and asked again in the next round."""
        await self._rounds.tried(self._look)

    async def _look(self) -> None:
        await self._access.confirm()
        generation = self._access.generation
        if generation != self._swept:
            await self._sweep()
            self._swept = generation

    async def _sweep(self) -> None:
        """End what is being answered to those who may not have it any more."""
        present = self._presence.principals()
        owners = {run.owner for run in self._runs.going if run.owner.stored}
        if not present and not owners:
            return
        now = await self._registered.still(present | {owner for owner in owners if owner.key is not None})
        gone = {was for was, may in now.items() if not still_may(was, may)}
        self._presence.revoke(gone)
        shut = {one for one in gone if one.key is not None} | await self._shut_out(owners)
        for run in self._runs.going:
            if run.owner in shut:
                run.end(REVOKED)

    async def _shut_out(self, owners: set[Principal]) -> set[Principal]:
        """Who may not do any more, as a user, what they began. A session that is over is no reason to end what goes on
        by itself: its user will read that in another one."""
        users = {
            tenant: await self._of(tenant).people.these(sorted({one.user for one in owners if one.tenant == tenant}))
            for tenant in {one.tenant for one in owners}
        }
        found = {one: users[one.tenant].get(one.user) for one in owners}
        return {one for one, user in found.items() if not still_may(one, user)}
