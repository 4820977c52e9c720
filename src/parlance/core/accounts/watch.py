"""One task per process that keeps what is believed of who may do what fresh, and ends what the revoked still get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from parlance.core.accounts.presence import REVOKED, Presence
from parlance.core.accounts.registered import Registered
from parlance.core.runs.registry import Runs
from parlance.ports.accounts import Accounts
from parlance.ports.observing import Log
from parlance.values.accounts import Principal
from parlance.values.errors import Fault

AccountsOf = Callable[[str], Accounts]
POLL_SECONDS = 0.25
"""Between two looks at the version: with the look itself, well within the second that is promised."""


class AccessWatch:
    """Asks for the version, and after every change looks again at whoever is being answered."""

    def __init__(self, registered: Registered, presence: Presence, runs: Runs, of: AccountsOf, log: Log) -> None:
        self._registered = registered
        self._access = registered.access
        self._presence = presence
        self._runs = runs
        self._of = of
        self._log = log
        self._moved = asyncio.Event()
        self._swept = -1
        self._reached = True
        self._task: asyncio.Task[None] | None = None
        self._access.on_change.append(self._moved.set)

    def start(self) -> None:
        """Watch from now on."""
        self._task = asyncio.get_running_loop().create_task(self._rounds())

    async def stop(self) -> None:
        """No more rounds."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _rounds(self) -> None:
        while True:
            await self.round()
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._moved.wait()
            except TimeoutError:
                pass

    async def round(self) -> None:
        """One look. A database that cannot be reached is told of once, and asked again in the next round."""
        self._moved.clear()
        try:
            await self._access.confirm()
            generation = self._access.generation
            if generation != self._swept:
                await self._sweep()
                self._swept = generation
        except Fault as fault:
            if self._reached:
                self._log.warning("accounts not confirmed", error=fault)
            self._reached = False
            return
        self._reached = True

    async def _sweep(self) -> None:
        """End what is being answered to those who may not have it any more."""
        present = self._presence.principals()
        owners = {run.owner for run in self._runs.going if run.owner.stored}
        if not present and not owners:
            return
        now = await self._registered.still(present | {owner for owner in owners if owner.key is not None})
        gone = {was for was, may in now.items() if may is None or not was.scopes <= may.scopes}
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
        return {one for one, user in found.items() if user is None or not one.scopes <= user.scopes}
