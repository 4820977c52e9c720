"""Dispatch: the only place that authorises, gates and commits.

An operation comes in with a principal; its scope is checked, the object it names is loaded and authorised, rates and
budgets are asked, the handler decides, its changes are committed, and its effects happen after the commit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any, TypeVar

import msgspec

from parlance.core.accounts.presence import REVOKED, Cut, Presence
from parlance.core.admission.gate import FREE, Gate
from parlance.core.authorize import absent, authorize, may, oversees, refusal
from parlance.core.effects import perform
from parlance.core.operation import Action, Context, Handler, Operation, Result
from parlance.core.runs.run import Run
from parlance.ports.stores import ChangeSet, Conflict, Database
from parlance.values.accounts import NOWHERE, Circumstances, Principal
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import NOTHING

T = TypeVar("T")
Loader = Callable[[Principal, str], Any]
"""Finds an object in the caller's tenant by its id; `None` when there is none. What is not in memory is awaited."""
Oversight = Callable[[Context, str, Any], ChangeSet]
"""What is written down when an operator reads what somebody else has: of which kind, and which thing."""
_NOTHING: Mapping[str, Any] = {}
ATTEMPTS = 3
"""How often a change set that met a conflict is decided anew: contention on one row is brief or a defect."""


class _Done:
    """Whether all that was decided was carried out, although the caller left."""

    through = False


class Dispatch:
    """Hands operations to their handlers. `loaders` finds the objects that operations name, by their kind."""

    def __init__(
        self,
        handlers: Mapping[type[Operation[Any]], Handler],
        loaders: Mapping[str, Loader],
        gate: Gate,
        database: Database | None,
        oversight: Oversight | None = None,
    ) -> None:
        self._oversight = oversight
        self._handlers = handlers
        self._loaders = loaders
        self._gate = gate
        self._database = database

    async def __call__(
        self,
        principal: Principal,
        request_id: str,
        operation: Operation[T],
        came: Circumstances = NOWHERE,
        further: Callable[[], None] = lambda: None,
    ) -> T:
        """Do it, or raise the `Fault` that says why not. Before each further step of what takes several, `further` may
        raise that the caller must not go on."""
        kind = type(operation)
        authorize(principal, kind)
        context = Context(principal, request_id, came=came)
        if kind.names:
            context = await self._named(context, operation)
        admission = await self._gate.admit(principal, operation.weight) if kind.gated else FREE
        if kind.gated:
            context = msgspec.structs.replace(context, allowances=admission.allowances, reserved=admission.reserved)
        done = _Done()
        try:
            return await self._handled(context, operation, done, further)
        except BaseException:
            if admission.reserved and not done.through:  # what was refused, broke or was left has spent nothing
                self._gate.settle(principal, NOTHING, admission.reserved)
            raise

    async def _handled(self, context: Context, operation: Operation[T], done: _Done, further: Callable[[], None]) -> T:
        handler = self._handlers[type(operation)]
        result = await handler(context, operation)
        if not (result.changes or result.effects or result.then):
            return result.value  # type: ignore[no-any-return]

        async def again() -> Result[Any]:
            # What met a conflict was decided on what is not so any more.
            return await handler(await self._named(context, operation) if operation.names else context, operation)

        result = await self._decided(again, done, result)
        while result.then is not None:
            try:
                further()
                result = await self._decided(result.then, done)
            except BaseException:
                if result.otherwise is not None:
                    result.otherwise()
                raise
        value: T = result.value
        return value

    async def _decided(
        self, step: Callable[[], Awaitable[Result[Any]]], done: _Done, first: Result[Any] | None = None
    ) -> Result[Any]:
        """What a step decided, committed and with its effects done. `first`: what it has decided already."""
        for _ in range(ATTEMPTS):
            result, first = first or await step(), None
            try:
                if (result.changes or result.effects) and not await self._carried_out(result, done):
                    continue
            except BaseException:
                if result.otherwise is not None:
                    result.otherwise()
                raise
            return result
        if result.otherwise is not None:
            result.otherwise()
        raise _contended()

    async def _carried_out(self, result: Result[Any], done: _Done) -> bool:
        """Commit, then do the effects. A caller who leaves in between must not tear the two apart: what was committed
        is seen through, before the leaving is felt."""
        work = asyncio.ensure_future(self._carry_out(result))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait((work,))
            carried = not work.cancelled() and work.exception() is None and work.result()
            done.through = carried and result.then is None
            raise

    async def _carry_out(self, result: Result[Any]) -> bool:
        if result.changes and not await self._commit(result.changes):
            return False
        if result.effects:
            await perform(result.effects)
        return True

    async def _named(self, context: Context, operation: Operation[Any]) -> Context:
        """With every object that the operation names, by field."""
        found: dict[str, Any] = {}
        for each in operation.names:
            id = getattr(operation, each.field)
            if isinstance(id, tuple):
                found[each.field] = tuple([await self._load(context, each.kind, each.action, one) for one in id])
            else:
                found[each.field] = None if id is None else await self._load(context, each.kind, each.action, id)
        return msgspec.structs.replace(context, subject=found[operation.names[0].field], named=found)

    async def _load(self, context: Context, kind: str, action: Action, id: str) -> Any:
        found = self._loaders[kind](context.principal, id)
        if isawaitable(found):
            found = await found
        if found is None:
            raise absent(kind)
        if not may(context.principal, action, kind, found):
            raise refusal(context.principal, action, kind, found)
        if self._oversight is not None and oversees(context.principal, kind, found):
            await self._written(self._oversight(context, kind, found))
        return found

    async def _written(self, changes: ChangeSet) -> None:
        """Nothing is read that must be written down first, and could not be."""
        for _ in range(ATTEMPTS):
            if await self._commit(changes):
                return
        raise _contended()

    async def _commit(self, changes: Any) -> bool:
        if self._database is None:
            raise Fault(Kind.unsupported, "This server keeps nothing on disk.")
        try:
            await self._database.apply(changes)
        except Conflict:
            return False
        return True


def _contended() -> Fault:
    return Fault(Kind.conflict, "Somebody else keeps changing the same thing.", hint="Try again in a moment.")


class Caller:
    """`do` for one request: dispatch bound to who asks. Lets go of the runs it started when the reply is over."""

    __slots__ = ("_came", "_cut", "_dispatch", "_ended", "_presence", "_request_id", "_runs", "principal")

    def __init__(
        self,
        dispatch: Dispatch,
        principal: Principal,
        request_id: str,
        came: Circumstances = NOWHERE,
        presence: Presence | None = None,
    ) -> None:
        self.principal = principal
        self._dispatch = dispatch
        self._request_id = request_id
        self._came = came
        self._presence = presence
        self._runs: list[Run] = []
        self._cut: Cut | None = None
        self._ended = False

    async def __call__(self, operation: Operation[T]) -> T:
        """Do it for this caller."""
        value = await self._dispatch(self.principal, self._request_id, operation, self._came, self._further)
        if operation.starts and isinstance(value, Run):
            self._runs.append(value)
            if self._presence is not None:
                self._presence.enter(self)
        return value

    def stream(self, cut: Cut) -> None:
        """The reply is a stream from now on: `cut` breaks it off when the caller's access ends."""
        self._cut = cut
        if self._presence is not None:
            self._presence.enter(self)

    def revoke(self) -> None:
        """The caller's access has ended. An answer that it holds ends with a word about it; what it only watches is
        cut off, for it goes on for those who may have it."""
        self._ended = True
        held = [run for run in self._runs if not run.detached]
        for run in held:
            run.end(REVOKED)
        if self._cut is not None and not held:
            self._cut()

    def _further(self) -> None:
        """What takes several steps goes on, unless the caller's access has ended meanwhile."""
        if self._ended and (told := REVOKED.error) is not None:
            raise Fault(Kind.unauthenticated, told.message, hint=told.hint, code=told.code)
        if self._presence is not None:
            self._presence.enter(self)

    def release(self) -> None:
        """The reply is over or the client has left: runs that are not detached lose their hold."""
        if self._presence is not None:
            self._presence.leave(self)
        for run in self._runs:
            if not run.detached:
                run.let_go()
        self._runs.clear()
