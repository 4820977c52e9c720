"""Dispatch: authorise, gate, handle, commit, then the effects; and who may do what."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import ClassVar

import msgspec
import pytest

from parlance.core.accounts.presence import Presence
from parlance.core.admission.gate import Gate, Rates
from parlance.core.authorize import absent, authorize, may_use, owns, visible
from parlance.core.dispatch import Caller, Dispatch
from parlance.core.handlers import HANDLED
from parlance.core.operation import Context, Named, Operation, Result
from parlance.core.runs.run import Run
from parlance.ports.stores import FEW, ChangeSet, Conflict, DatabaseKind, Row, Statement, Value
from parlance.stores.volatile.counters import MemoryCounter
from parlance.testing.clocks import HandClock
from parlance.values.accounts import Principal, Scope
from parlance.values.errors import Fault, Kind

ADA = Principal("default", "ada")


class Rename(Operation[str], frozen=True):
    """A made-up change."""

    scope: ClassVar[Scope | None] = "admin"
    to: str


class RecordingStore:
    """A store that conflicts a number of times before it takes a change set."""

    def __init__(self, conflicts: int = 0) -> None:
        self.conflicts = conflicts
        self.applied: list[ChangeSet] = []

    kind: DatabaseKind = "sqlite"

    async def read(self, sql: str, parameters: Mapping[str, Value], *, most: int = FEW) -> Sequence[Row]:
        return []

    async def close(self) -> None:
        """Nothing is held."""

    async def apply(self, changes: ChangeSet) -> None:
        await asyncio.sleep(0)
        if self.conflicts:
            self.conflicts -= 1
            raise Conflict
        self.applied.append(changes)


def dispatch_with(store: RecordingStore | None, happened: list[str]) -> Dispatch:
    async def tell() -> None:
        happened.append("awaited")

    async def rename(context: Context, op: Rename) -> Result[str]:
        happened.append("decided")
        change = Statement("UPDATE names SET name = :to", {"to": op.to})
        return Result(op.to, (change,), (lambda: happened.append("after"), tell))

    return Dispatch({Rename: rename}, {}, Gate(MemoryCounter(HandClock()), Rates()), store)


ADMIN = Principal("default", "root", scopes=frozenset({"admin"}))


async def test_changes_are_committed_before_their_effects_happen() -> None:
    store = RecordingStore()
    happened: list[str] = []
    assert await dispatch_with(store, happened)(ADMIN, "r", Rename("x")) == "x"
    assert happened == ["decided", "after", "awaited"]
    assert len(store.applied) == 1


async def test_a_conflict_is_decided_anew_at_most_three_times() -> None:
    store = RecordingStore(conflicts=2)
    happened: list[str] = []
    await dispatch_with(store, happened)(ADMIN, "r", Rename("x"))
    assert happened.count("decided") == 3
    store = RecordingStore(conflicts=3)
    with pytest.raises(Fault) as conflict:
        await dispatch_with(store, [])(ADMIN, "r", Rename("x"))
    assert conflict.value.kind is Kind.conflict


async def test_nothing_happens_without_the_scope() -> None:
    store = RecordingStore()
    happened: list[str] = []
    with pytest.raises(Fault) as refused:
        await dispatch_with(store, happened)(ADA, "r", Rename("x"))
    assert (refused.value.kind, happened, store.applied) == (Kind.forbidden, [], [])


async def test_a_change_without_a_store_is_refused() -> None:
    with pytest.raises(Fault) as refused:
        await dispatch_with(None, [])(ADMIN, "r", Rename("x"))
    assert refused.value.kind is Kind.unsupported


async def test_a_caller_who_leaves_does_not_tear_a_commit_in_two() -> None:
    store = RecordingStore()
    task = asyncio.ensure_future(dispatch_with(store, [])(ADMIN, "r", Rename("x")))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.01)
    assert len(store.applied) == 1


def test_every_operation_has_a_rule_and_a_name_of_its_own() -> None:
    names = [operation.wire_name for operation in HANDLED if operation.wire_name]
    assert len(names) == len(set(names))
    for operation in HANDLED:
        fields = operation.__struct_fields__
        assert all(named.field in fields for named in operation.names), operation
        assert operation.__doc__


class Move(Operation[None], frozen=True):
    """A made-up operation that names things in a body."""

    names: ClassVar[tuple[Named, ...]] = (Named("what", "run", "write"), Named("others", "run"), Named("into", "run"))
    what: str
    others: tuple[str, ...] = ()
    into: str | None = None


async def test_every_id_in_a_body_is_loaded_and_authorised() -> None:
    """One, several, or none; one that is somebody else's is as unknown as one that never was."""
    runs = {id: Run(id, owner, "m", 0) for id, owner in (("a", ADA), ("b", ADA), ("c", Principal("default", "bob")))}
    seen: list[Context] = []

    async def move(context: Context, op: Move) -> Result[None]:
        seen.append(context)
        return Result(None)

    async def awaited(principal: Principal, id: str) -> Run | None:
        return runs.get(id)

    for loader in (awaited, lambda principal, id: runs.get(id)):
        dispatch = Dispatch({Move: move}, {"run": loader}, Gate(MemoryCounter(HandClock()), Rates()), None)
        await dispatch(ADA, "r", Move("a", ("b", "a")))
        assert seen[-1].subject is runs["a"]
        assert seen[-1].named == {"what": runs["a"], "others": (runs["b"], runs["a"]), "into": None}
        for foreign in (Move("c"), Move("a", ("b", "c")), Move("a", (), "c"), Move("a", (), "unknown")):
            with pytest.raises(Fault, match=r"There is no such run\.") as missing:
                await dispatch(ADA, "r", foreign)
            assert missing.value.kind is Kind.missing
    assert len(seen) == 2


def test_an_operation_without_a_scope_is_for_everybody() -> None:
    class Free(Operation[None], frozen=True):
        """A made-up read."""

        scope: ClassVar[Scope | None] = None

    authorize(Principal("", "", scopes=frozenset()), Free)
    authorize(ADMIN, Rename)


def test_only_the_same_tenant_user_and_key_own_a_run() -> None:
    run = Run("id", ADA, "model", 0)
    assert owns(ADA, run)
    for other in (
        Principal("default", "bob"),
        Principal("other", "ada"),
        Principal("default", "ada", key="k"),
        Principal("default", "ada", guest=True),
    ):
        assert not owns(other, run)
        assert not visible(other, "run")(run)
    assert not visible(ADA, "run")("id")


def test_models_are_seen_by_the_patterns_of_the_caller() -> None:
    caller = Principal("default", "ada", models=("llama3*", "quote"))
    assert may_use(caller, "llama3.1:8b") and may_use(caller, "quote")
    assert not may_use(caller, "gpt-4o")
    assert visible(caller, "model")("quote")
    assert not visible(caller, "model")("gpt-4o")
    assert not visible(caller, "model")(object())


def test_a_kind_that_nobody_gave_a_rule_is_a_defect() -> None:
    with pytest.raises(AssertionError):
        visible(ADA, "secrets")
    assert absent("run").code == "run_not_found"


def test_no_two_principals_share_a_scope_key_however_they_are_named() -> None:
    names = ("a", "b/user/1:x", "1:a", "a/key/1:b", "")
    seen: dict[str, tuple[str, str, bool, bool]] = {}
    for tenant in names:
        for user in names:
            for key, guest in ((None, False), (None, True), ("a", False), ("b/user/1:x", False)):
                principal = Principal(tenant, user, key=key, guest=guest)
                identity = (tenant, key if key else user, bool(key), guest)
                assert seen.setdefault(principal.scope_key, identity) == identity


class Steps:
    """A handler in two steps that writes down what it decides."""

    def __init__(self, store: RecordingStore, broken: str = "") -> None:
        self.store = store
        self.broken = broken
        self.told: list[str] = []

    async def first(self, context: Context, op: Rename) -> Result[str]:
        return self._decided("first", self.second)

    async def second(self) -> Result[str]:
        if self.broken == "second":
            raise Fault(Kind.invalid, "No.")
        return self._decided("second", self.third)

    async def third(self) -> Result[str]:
        return Result("done")

    def _decided(self, name: str, then: Callable[[], Awaitable[Result[str]]]) -> Result[str]:
        self.told.append(name)
        change = Statement("UPDATE names SET name = :to", {"to": name})
        return Result("nobody's", (change,), then=then, otherwise=lambda: self.told.append(f"undo {name}"))

    def dispatch(self) -> Dispatch:
        return Dispatch({Rename: self.first}, {}, Gate(MemoryCounter(HandClock()), Rates()), self.store)

    async def run(self) -> str:
        return await self.dispatch()(ADMIN, "r", Rename("x"))


async def test_each_step_is_committed_before_the_next_is_decided() -> None:
    steps = Steps(RecordingStore(conflicts=1))
    assert await steps.run() == "done"
    assert steps.told == ["first", "first", "second"], "a conflict is decided anew by its own step only"
    assert [change.parameters["to"] for [change] in steps.store.applied] == ["first", "second"]


async def test_a_step_that_fails_has_what_was_committed_before_it_undone() -> None:
    steps = Steps(RecordingStore(), broken="second")
    with pytest.raises(Fault):
        await steps.run()
    assert steps.told == ["first", "undo first"]


@pytest.mark.parametrize("name", ["first", "second"])
async def test_what_takes_several_steps_ends_with_the_access_of_who_asked(name: str) -> None:
    """An import must not go on for minutes in the name of somebody who was locked out."""
    presence = Presence()

    class Revoking(RecordingStore):
        async def apply(self, changes: ChangeSet) -> None:
            await super().apply(changes)
            if changes[0].parameters["to"] == name:
                presence.enter(caller)
                presence.revoke({caller.principal})

    steps = Steps(Revoking())
    caller = Caller(steps.dispatch(), msgspec.structs.replace(ADMIN, stored=True), "r", presence=presence)
    with pytest.raises(Fault) as refused:
        await caller(Rename("x"))
    assert (refused.value.kind, refused.value.code) == (Kind.unauthenticated, "revoked")
    assert steps.told[-1] == f"undo {name}"


async def test_what_takes_several_steps_is_among_what_a_revocation_finds() -> None:
    """From its second step on, until the reply is over."""
    steps, presence = Steps(RecordingStore()), Presence()
    caller = Caller(steps.dispatch(), msgspec.structs.replace(ADMIN, stored=True), "r", presence=presence)
    assert await caller(Rename("x")) == "done" and presence.principals() == {caller.principal}
    caller.release()
    assert presence.principals() == set()


async def test_what_never_gets_through_for_conflicts_is_undone() -> None:
    """Whatever it held meanwhile is given back, in the first step as in a later one."""
    steps = Steps(RecordingStore(conflicts=3))
    with pytest.raises(Fault, match="keeps changing"):
        await steps.run()
    assert steps.told == ["first", "first", "first", "undo first"]


async def test_a_caller_who_leaves_in_a_commit_has_it_undone() -> None:
    """Nobody knows whether it was applied: whoever undoes has to look."""
    steps = Steps(RecordingStore())
    task = asyncio.ensure_future(steps.run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert steps.told == ["first", "undo first"]


class SlowStore(RecordingStore):
    """A store whose commits take until they are let."""

    def __init__(self) -> None:
        super().__init__()
        self.let = asyncio.Event()
        self.begun = asyncio.Event()

    async def apply(self, changes: ChangeSet) -> None:
        self.begun.set()
        await self.let.wait()
        await super().apply(changes)


async def test_what_is_committed_has_its_effects_though_the_caller_left_in_between() -> None:
    store, done = SlowStore(), asyncio.Event()

    async def handler(context: Context, op: Rename) -> Result[str]:
        return Result("x", (Statement("UPDATE names SET name = :to", {"to": op.to}),), (done.set,))

    dispatch = Dispatch({Rename: handler}, {}, Gate(MemoryCounter(HandClock()), Rates()), store)
    task = asyncio.ensure_future(dispatch(ADMIN, "r", Rename("x")))
    await store.begun.wait()
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done(), "the leaving is felt when both are done, not before"
    store.let.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(store.applied) == 1 and done.is_set()
