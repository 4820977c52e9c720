"""The roster: every connection of the server and who owns it, those of the database as they are in it now.

What the settings own is made at the start and stays. What admins add is read whenever its version has grown, here or
in another process, and takes its place among the others: behind those of the settings, whose names win, and before
those that were found or are always there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from parlance.core.models.connections import Connection, Models
from parlance.ports.connections import Connections, StoredConnection
from parlance.ports.secrets import Sealer
from parlance.values.connections import ConnectionKind, ConnectionPlan, Owner, Standing
from parlance.values.errors import Fault

Trial = Callable[[], Connection]


class Workshop(Protocol):
    """Makes connections of plans, and looks after their engines. `Fault(invalid)` says what a plan cannot be."""

    def kinds(self) -> tuple[ConnectionKind, ...]:
        """The kinds that can be added: engines of this installation, plug-ins too."""
        ...

    def place(self, plan: ConnectionPlan) -> str:
        """The server that a plan leads to (scheme, host and port), to which its key belongs."""
        ...

    def make(
        self, plan: ConnectionPlan, key: str | None, mark: str = "", before: Connection | None = None
    ) -> Connection:
        """One connection. Nothing is asked of anybody yet. In place of `before` it takes over its line."""
        ...

    async def discard(self, connection: Connection) -> None:
        """One that nobody uses: its engine gives back what it holds."""
        ...

    def retire(self, connection: Connection) -> None:
        """One that is not offered any more: its engine goes when the last answer is done."""
        ...

    def learn(self, keys: Sequence[str]) -> None:
        """Secrets that must not be seen in a log or an error."""
        ...

    async def tidy(self) -> None:
        """Let go of engines that have retired, and whose last answer is done."""
        ...


class Fixed(msgspec.Struct, frozen=True):
    """A connection that nobody changes while the server runs. `connection` is `None` for one that is switched off;
    `trial` makes another one like it, to be asked for its models."""

    plan: ConnectionPlan
    owner: Owner
    connection: Connection | None
    trial: Trial
    origin: str = ""
    has_key: bool = False

    @property
    def id(self) -> str:
        """What it is named by: no connection of the database is called so."""
        return f"{self.owner}/{self.plan.name}"


class Added(msgspec.Struct, frozen=True):
    """A connection of the database, as this process has it; `fault` says why it is not used."""

    stored: StoredConnection
    standing: Standing
    connection: Connection | None = None
    fault: Fault | None = None


class Roster:
    """All of them. `fixed` are in the order in which their models are listed."""

    def __init__(
        self, rows: Connections, sealer: Sealer, workshop: Workshop, models: Models, fixed: Sequence[Fixed]
    ) -> None:
        self.rows = rows
        self.workshop = workshop
        self._sealer = sealer
        self._models = models
        self._fixed = tuple(fixed)
        self.added: Mapping[str, Added] = {}
        self._version = -1
        self._reading = asyncio.Lock()

    async def refresh(self) -> None:
        """Act on what has changed in the database. Raises `Fault(busy)` as it does; then all stays as it is."""
        async with self._reading:
            version = await self.rows.version()
            if version == self._version:
                return
            self._take(await self.rows.all())
            self._version = version

    async def round(self) -> None:
        """What is done again and again: hear of changes even where no signal came, and tidy up."""
        await self.refresh()
        await self.workshop.tidy()

    @property
    def fixed(self) -> tuple[Fixed, ...]:
        """Those that nobody changes here, without those that a connection of the database stands in for: an Ollama that
        was added on one day is found by itself on the next."""
        added = [one for one in self.added.values() if one.connection is not None]
        names = {one.stored.kept.plan.name for one in added}
        places = {_address(one.stored.kept.plan) for one in added}

        def stays(one: Fixed) -> bool:
            doubled = one.owner == "found" and not one.has_key and _address(one.plan) in places
            return one.owner == "file" or not (one.plan.name in names or doubled)

        return tuple(one for one in self._fixed if stays(one))

    def owned(self, name: str) -> Fixed | None:
        """The connection of this name that the settings own, or that was found or is always there."""
        return next((one for one in self._fixed if one.plan.name == name), None)

    def named(self, id: str) -> Fixed | None:
        """One of those by its id."""
        return next((one for one in self._fixed if one.id == id), None)

    def opened(self, stored: StoredConnection) -> str | None:
        """The key of a connection. Raises `Fault(internal, code="cannot_unseal")` where it was sealed with another
        secret."""
        return None if stored.key is None else self._sealer.open(stored.key, about(stored.kept.id)).decode()

    # -- taking over what the database says -------------------------------------------------------------------------

    def _take(self, rows: Sequence[StoredConnection]) -> None:
        before, self.added = self.added, {row.kept.id: self._added(row) for row in rows}
        self.workshop.learn([key for row in rows if (key := self._known(row)) is not None])
        kept = {one.connection for one in self.added.values()}
        self._models.replace(tuple(self._order()))
        for one in before.values():
            if one.connection is not None and one.connection not in kept:
                self.workshop.retire(one.connection)

    def _known(self, row: StoredConnection) -> str | None:
        try:
            return self.opened(row)
        except Fault:
            return None

    def _added(self, row: StoredConnection) -> Added:
        """As it was, where nothing about it changed; else anew."""
        before, plan = self.added.get(row.kept.id), row.kept.plan
        if before is not None and before.stored == row:
            return before
        if not plan.enabled:
            return Added(row, "off")
        owned = self.owned(plan.name)
        if owned is not None and owned.owner == "file":
            return Added(row, "hidden")
        try:
            key = self.opened(row)
        except Fault as fault:
            return Added(row, "locked", fault=fault)
        was = None if before is None else before.connection
        try:
            made = self.workshop.make(plan, key, f"{row.kept.id}/{row.kept.version}", was)
        except Fault as fault:
            return Added(row, "unfit", fault=fault)
        if was is not None and before is not None and _same_engine(before.stored, row):
            made.cards, made.listed = was.cards, was.listed  # its models are there while it is asked anew
        return Added(row, "used", made)

    def _order(self) -> Iterable[Connection]:
        fixed = self.fixed
        yield from (one.connection for one in fixed if one.owner == "file" and one.connection is not None)
        yield from (one.connection for one in self.added.values() if one.connection is not None)
        yield from (one.connection for one in fixed if one.owner != "file" and one.connection is not None)


def about(id: str) -> str:
    """What a connection's key is sealed for: it opens for this connection only."""
    return f"connection/{id}"


def _address(plan: ConnectionPlan) -> tuple[str, str]:
    return plan.kind, (plan.base_url or "").rstrip("/")


def _same_engine(before: StoredConnection, after: StoredConnection) -> bool:
    old, new = before.kept.plan, after.kept.plan
    return (old.name, *_address(old), old.prefix, old.models) == (new.name, *_address(new), new.prefix, new.models)
