"""Operations: what anybody can want of Parlance, as frozen values, each handled by one async function.

`Operation[T]` is a value whose handling gives a `T`. Its class carries the rule: the scope it needs, and whether it
names an object that must be loaded and authorised before the handler sees it (handlers get objects, never raw ids).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, Generic, Literal, TypeVar, cast

import msgspec

from parlance.ports.stores import ChangeSet
from parlance.values.accounts import NOWHERE, Allowance, Circumstances, Principal, Scope
from parlance.values.errors import Fault

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


Action = Literal["read", "write"]


class Named(msgspec.Struct, frozen=True):
    """A field that holds an object's id, or a tuple of ids: dispatch loads and authorises each of them.

    `kind` says of what (`run`, `chat`, `file`, …), `action` what the caller is about to do with it: putting it to a use
    of one's own (a file into a prompt) is more than reading it. A field that is `None` names nothing.
    """

    field: str
    kind: str
    action: Action = "read"


class Weight(msgspec.Struct, frozen=True):
    """What an operation may well use: tokens of its prompt and of what it may be answered, by the model that it names
    (empty: the default one)."""

    prompt: int = 0
    answer: int = 0
    model: str = ""
    embed: bool = False

    @property
    def tokens(self) -> int:
        """Both kinds."""
        return self.prompt + self.answer


class Operation(msgspec.Struct, Generic[T_co], frozen=True):
    """Something a caller wants, named by a verb.

    `scope` is what the principal must have; `None` stands for operations that anybody known may do.
    `names` are the fields that hold ids, in a path or in a body alike.
    `wire_name` is its name in the native API (`runs.read`).
    """

    scope: ClassVar[Scope | None] = "chat"
    wire_name: ClassVar[str] = ""
    names: ClassVar[tuple[Named, ...]] = ()
    personal: ClassVar[bool] = False
    """Whether it is about the caller's own account, so that a key must not do it (but one that administers may)."""
    anyone: ClassVar[bool] = False
    """Whether it is for those who are not known yet, as signing in is; a page of another origin cannot call it."""
    gated: ClassVar[bool] = False
    """Whether rates and budgets count it."""
    starts: ClassVar[bool] = False
    """Whether its value is a new `Run` that the caller holds until its reply is over."""

    def weight(self) -> Weight:
        """What it may well use: what the gate reserves before the true numbers are known."""
        return Weight()


Effect = Callable[[], Awaitable[None] | None]


class Result(msgspec.Struct, Generic[T], frozen=True):
    """What a handler decided: the caller's value, the changes to commit first, and what happens after that."""

    value: T
    changes: ChangeSet = ()
    effects: tuple[Effect, ...] = ()
    then: Callable[[], Awaitable[Result[T]]] | None = None
    """What is decided next, once this is committed (`value` is nobody's then): for what may begin only when something
    has been reserved. It is decided anew after a conflict, like every handler."""
    otherwise: Callable[[], None] | None = None
    """Called, perhaps twice, when this commit or what comes next fails or is left."""


def step(changes: ChangeSet, then: Callable[[], Awaitable[Result[T]]]) -> Result[T]:
    """What is committed first, and what is decided after that: the caller's value comes from there."""
    return Result(cast(T, None), changes, then=then)


def refusing(fault: Fault, changes: ChangeSet) -> Result[Any]:
    """A refusal that leaves something behind: the changes are committed, then the caller gets the fault."""

    async def refuse() -> Result[Any]:
        raise fault

    return step(changes, refuse)


class Context(msgspec.Struct, frozen=True):
    """What a handler knows besides its operation: who asks, and the authorised objects by the fields that named them.

    `subject` is the object of the first field in `names`; `named` has all of them, for a tuple of ids a tuple.
    """

    principal: Principal
    request_id: str
    subject: Any = None
    named: Mapping[str, Any] = {}
    allowances: tuple[Allowance, ...] = ()
    reserved: Any = None
    """What the gate reserved for this operation (a `Reservation`), to be settled when its tokens are known."""
    came: Circumstances = NOWHERE


Handler = Callable[[Context, Any], Awaitable[Result[Any]]]
Handles = Mapping[type[Operation[Any]], Callable[[Any, Context, Any], Awaitable[Result[Any]]]]
"""An area's list: which function handles which operation, given the area's room first."""
