"""Plays a scenario once to count its calls, then anew for every call and every way in which it can fail."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec

from parlance.core.accounts.operations import KeyMade, SignedIn
from parlance.core.chat.turn_operations import ContinueTurn, Sent
from parlance.core.files.operations import FileView, ReadContent
from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.document_operations import DocumentView
from parlance.core.library.share_operations import OpenShare, ShareMade
from parlance.testing.faulty import WAYS, Way, What
from parlance.values.accounts import ApiKey, Group, Tenant, User
from parlance.values.chats import Chat, Folder, Share
from parlance.values.connections import ConnectionFacts
from parlance.values.errors import Fault, Kind
from parlance.values.ledger import Budget
from tests.faults.invariants import differing, quiet, rows, signs, sound
from tests.faults.stage import Kept, Stage, World

PATIENCE = 20.0
"""Seconds in which every run of a scenario is over: it takes a hundredth of one."""
EARLY, NOON = 6 * 3600.0, 12 * 3600.0
"""Seconds of the day at which a scenario is arranged and played: an hour more or less is the same day."""
Arrange = Callable[[Stage], Awaitable[Any]]
Act = Callable[[Stage, Any], Awaitable[Any]]
KEPT: dict[type, str] = {
    Chat: "chats",
    Folder: "folders",
    Group: "user_groups",
    Tenant: "tenants",
    User: "users",
    ApiKey: "api_keys",
    Share: "shares",
    Budget: "budgets",
    ConnectionFacts: "connections",
    BaseView: "bases",
    DocumentView: "documents",
}
"""Where what was acknowledged lies."""
_TOLD_AGAIN = (Kind.forbidden, Kind.conflict, Kind.missing, Kind.invalid, Kind.unauthenticated)
"""What the second try may hear where the first one took effect and nobody was told."""


class Scenario(msgspec.Struct, frozen=True):
    """Something that people do. `arrange` makes what must be there first and gives what `act` needs.

    `once`: done again after a lost answer it changes nothing more. `atomic`: it takes effect whole or not at all.
    `asks`: a model is asked, so that what is asked again after a failure may have another end.
    """

    name: str
    arrange: Arrange
    act: Act
    once: bool = True
    atomic: bool = True
    asks: bool = False
    world: str = "plain"


class Claim(NamedTuple):
    """What an act found done: `holds` raises AssertionError where it is not so."""

    holds: Callable[[], Awaitable[None]]


class Failing(NamedTuple):
    """Which call fails, of which kind it is, and how."""

    number: int
    what: What
    way: Way


async def play(world: World, scenario: Scenario) -> int:
    """All runs of a scenario; gives how many calls were made to fail."""
    kept = await _arranged(world, scenario)
    calls, clean = await _undisturbed(world, scenario, kept)
    fails = [Failing(n, what, way) for n, what in enumerate(calls, 1) for way in _ways(what, n)]
    for failing in fails:
        try:
            async with asyncio.timeout(PATIENCE):
                await _Run(world, scenario, kept, clean, failing).play()
        except (AssertionError, Fault, TimeoutError, KeyError) as error:
            raise AssertionError(f"{scenario.name}: call {failing} of {len(calls)}: {error!r}") from error
    return len(fails)


def _ways(what: What, number: int) -> tuple[Way, ...]:
    """Each way; of a clock, which is asked most often, one after the other."""
    ways = WAYS[what]
    return (ways[number % len(ways)],) if what == "clock" else ways


async def _arranged(world: World, scenario: Scenario) -> Kept:
    stage = await Stage(world, world.empty, EARLY).open()
    given = await scenario.arrange(stage)
    await stage.calm()
    sound(stage)
    kept = stage.keep(given)
    await stage.shut()
    return kept


async def _undisturbed(world: World, scenario: Scenario, kept: Kept) -> tuple[list[What], Any]:
    stage = await Stage(world, kept, NOON).open()
    stage.faults.begin()
    result = await scenario.act(stage, kept.given)
    calls = list(stage.faults.calls)
    await stage.calm()
    await acknowledged(stage, result)
    clean = signs(stage)
    await quiet(stage)
    await stage.shut()
    return calls, clean


class _Run:
    """One run with one failing call."""

    def __init__(self, world: World, scenario: Scenario, kept: Kept, clean: Any, failing: Failing) -> None:
        self._stage = Stage(world, kept, NOON)
        self._scenario = scenario
        self._given = kept.given
        self._clean = clean
        self._failing = failing

    async def play(self) -> None:
        """The call fails, all is well afterwards, and a second try succeeds; then nothing is left behind."""
        stage, failing = self._stage, self._failing
        before = asyncio.all_tasks()
        await stage.open()
        was = signs(stage)
        stage.faults.begin(failing.number, failing.way)
        refused = await self._act()
        # What several do at once has another order each time.
        self._failing = failing._replace(what=stage.faults.hit or failing.what)
        await stage.calm()
        sound(stage)
        if refused is None:
            self._same()
        else:
            self._whole_or_nothing(was)
            await self._again()
        await quiet(stage)
        await stage.shut()
        left = asyncio.all_tasks() - before
        assert not left, f"tasks go on: {left}"

    async def _act(self) -> Fault | None:
        acting = asyncio.ensure_future(self._scenario.act(self._stage, self._given))
        self._stage.faults.caller = acting
        try:
            await asyncio.wait((acting,))
            result = acting.result()
        except Fault as fault:
            assert fault.kind is not Kind.internal and fault.message, f"not told as what it is: {fault!r}"
            return fault
        except asyncio.CancelledError:
            assert acting.cancelled() and self._failing.way == "left"
            return Fault(Kind.cancelled, "Whoever asked has left.")
        await self._stage.calm()
        if not (self._stage.faults.hit == "clock" and isinstance(result, SignedIn)):  # signed in another hour
            await acknowledged(self._stage, result)
        return None

    async def _again(self) -> None:
        """The same once more, by somebody who was told that it failed."""
        unheard = self._failing.way in ("lost", "left")
        took_effect = unheard and not self._differs()
        refused = await self._act()
        if refused is not None:
            assert took_effect and refused.kind in _TOLD_AGAIN, f"the second try: {refused!r}"
        await self._stage.calm()
        sound(self._stage)
        if not unheard or self._scenario.once:
            self._same(noted_again=unheard or not self._scenario.atomic)

    def _whole_or_nothing(self, was: Any) -> None:
        if not self._scenario.atomic or self._loose:
            return
        after = signs(self._stage)
        assert after == was or after == self._clean, f"half done: {differing(after, self._clean)}"

    def _same(self, *, noted_again: bool = False) -> None:
        differs = self._differs()
        if noted_again:  # what is done again is an event of its own
            differs.pop("audit_log", None)
        assert self._loose or not differs, f"not as undisturbed: {differs}"

    def _differs(self) -> Any:
        return differing(signs(self._stage), self._clean)

    @property
    def _loose(self) -> bool:
        """Whether an answer may have another end: it failed on the way, or was not stopped, and that is told."""
        return self._scenario.asks and (not self._scenario.atomic or self._failing.what in ("http", "apply"))


async def acknowledged(stage: Stage, result: Any) -> None:
    """What somebody was told is done is there, and does what it is for."""
    if type(result) in KEPT:
        assert rows(stage, f"SELECT 1 FROM {KEPT[type(result)]} WHERE id = '{result.id}'"), "what was told is not there"
    if isinstance(result, Claim):
        await result.holds()
    if isinstance(result, Sent):
        await _answered(stage, result)
    if isinstance(result, KeyMade):
        assert (await stage.who(result.key)).key == result.about.id
    if isinstance(result, SignedIn):
        assert (await stage.who(result.token)).user == result.user.id
    if isinstance(result, ShareMade):
        assert (await stage.arrive(OpenShare(result.token))).turns
    if isinstance(result, FileView):
        content = await stage.do(ReadContent(result.id))
        data = b"".join([piece async for piece in content.read(0, result.size)])
        assert hashlib.sha256(data).hexdigest() == result.sha256


async def _answered(stage: Stage, sent: Sent) -> None:
    """Question and answers are there; what is no whole answer can be continued to one."""
    states: dict[str, str] = dict(rows(stage, f"SELECT id, state FROM turns WHERE chat = '{sent.chat}'"))
    assert states[sent.turn] == "complete"
    for answer in sent.answers:
        if states[answer.turn] != "complete":
            going = await stage.do(ContinueTurn(answer.turn))
            await stage.calm()
            assert going.answer == answer.turn
            [[state]] = rows(stage, f"SELECT state FROM turns WHERE id = '{answer.turn}'")
            assert state == "complete"
