"""Runs that fly in another process, read from the mirror and stopped by a signal: here they look like any other run.

The process that flies a run is asked to show it first, so that a reader who was attached there a moment ago finds here
all that it knows already. Whether somebody may see it is judged by dispatch, as of any run.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import msgspec

from parlance.core.authorize import may
from parlance.core.runs.flight import Flight
from parlance.core.runs.flush import Flusher, kept_scope, own_scope
from parlance.core.runs.log import Log
from parlance.core.runs.registry import Runs
from parlance.core.runs.run import Run
from parlance.ports.mirror import Facts, Mirrored, RunMirror
from parlance.ports.signals import Signals
from parlance.values.accounts import Principal
from parlance.values.errors import DRAINING, Fault, Kind
from parlance.values.events import Ended, Event, Failure
from parlance.values.time import Clock

LOOK_SECONDS = 0.1
"""Between two looks for more: batches come four times a second."""
IDLE_LOOKS = 50
"""After so many looks with nobody reading, a run is followed no more."""
LOST_SECONDS = 30.0
"""How long a mirror may be away before its readers are told: twice what it has to come back."""
GONE = Failure(
    "cancelled",
    "The server stopped while it was answering.",
    hint="Continue the answer from what there is of it.",
    code="interrupted",
)
_SHOW, _STOP = "run.show", "run.stop"
_YES, _NO = b"1", b"0"
Loader = Callable[[Principal, str], Awaitable[Run | None]]


async def _nothing(principal: Principal, id: str) -> Run | None:
    return None


def _resume(message: str, code: str) -> Fault:
    return Fault(Kind.cancelled, message, hint="Resume from the last event.", code=code)


class _Wanted(msgspec.Struct):
    """What another process wants of a run, and for whom."""

    run: str
    tenant: str
    user: str
    key: str | None = None
    guest: bool = False
    waiting_only: bool = False

    @property
    def principal(self) -> Principal:
        return Principal(self.tenant, self.user, self.key, self.guest)


_wanted = msgspec.json.Decoder(_Wanted).decode


class _Times:
    """The clock of a log whose events come with their times."""

    def __init__(self, clock: Clock) -> None:
        self.monotonic = clock.monotonic
        self.at = 0

    def now(self) -> int:
        return self.at


class Relayed(Run):
    """A run of another process. `stop` asks that process."""

    __slots__ = ("_clock", "_dropped", "_relays", "_there", "_times", "scope")

    def __init__(self, relays: Relays, id: str, scope: str, facts: Facts, clock: Clock) -> None:
        owner = Principal(facts.tenant, facts.user, facts.key, facts.guest)
        super().__init__(id, owner, facts.model, facts.created, detached=facts.detached)
        self.scope = scope
        self._clock = clock
        self._dropped: Fault | None = None
        self._relays = relays
        self._times = _Times(clock)
        self._there = Flight.elsewhere(self._times, Log(self._times))
        self.board(self._there, hold=False)

    def hear(self, heard: Mirrored) -> None:
        """What the mirror knows more."""
        facts = heard.facts
        self.cached, self.joined, self.kept = facts.cached, facts.joined, facts.kept
        if facts.notice is None:
            self.quiet()
        elif facts.notice != self.notice_slot:
            self.show(facts.notice)
        for each in heard.events:
            self._times.at = each.at if each.at is not None else self.created
            if isinstance(each.event, Ended):
                self._there.land(each.event)
            else:
                self._there.push(each.event)

    def lose(self) -> None:
        """Its process is gone, and nobody will ever say how it would have ended."""
        self._times.at = self._clock.now()
        self._there.land(Ended("interrupted", GONE))

    def drop(self, why: Fault) -> None:
        """Let its readers go, who may come back: it goes on without them, so its log is not given an end."""
        self._dropped = why
        self.wake()

    def events(self, after: int = 0) -> list[Event]:
        """What was said after event `after`. Raises the `Fault` of its `drop` where nothing is left to be told."""
        found = super().events(after)
        if not found and self._dropped is not None:
            raise self._dropped
        return found

    async def stop(self, waiting_only: bool) -> bool:
        """End it where it flies; gives whether it was still going."""
        return await self._relays.stop(self, waiting_only)


class Relays:
    """Finds runs of other processes, and does for these what they want of runs of this one."""

    def __init__(self, runs: Runs, mirror: RunMirror, signals: Signals, flusher: Flusher, clock: Clock) -> None:
        self._runs = runs
        self._mirror = mirror
        self._signals = signals
        self._flusher = flusher
        self._clock = clock
        self._following: set[asyncio.Task[None]] = set()
        self._relayed: dict[tuple[str, str], Relayed] = {}
        self._past: Loader = _nothing
        signals.on(_SHOW, self._show)
        signals.on(_STOP, self._stop)

    def before(self, past: Loader) -> Loader:
        """The loader of runs: those of this process, then those of others, then what `past` knows."""
        self._past = past

        async def find(principal: Principal, id: str) -> Run | None:
            return self._runs.get(id) or await self.find(principal, id) or await past(principal, id)

        return find

    def dismiss(self) -> None:
        """The server shuts down: readers of what goes on elsewhere may ask another one for the rest."""
        for run in self._relayed.values():
            run.drop(_resume("The server is shutting down.", DRAINING))
        self._relayed.clear()

    async def stop_following(self) -> None:
        """Nobody is told any more."""
        for task in self._following:
            task.cancel()
        if self._following:
            await asyncio.wait(self._following)

    # -- what flies elsewhere ---------------------------------------------------------------------------------------

    async def find(self, principal: Principal, id: str) -> Run | None:
        """A run of another process with all that it has said so far, followed for as long as somebody reads it."""
        try:
            found = await self._found(principal, id)
            if found is None or not found[1].over:
                wanted = _Wanted(id, principal.tenant, principal.user, principal.key, principal.guest)
                flier = None if found is None else found[1].facts.process
                await self._signals.ask(_SHOW, msgspec.json.encode(wanted), process=flier)
                found = found or await self._found(principal, id)
            return None if found is None else await self._relay(id, *found)
        except Fault as fault:
            if fault.code != "mirror_away":
                raise
            return None

    async def _found(self, principal: Principal, id: str) -> tuple[str, Mirrored] | None:
        scopes = (own_scope(principal),) if principal.guest else (own_scope(principal), kept_scope(principal))
        for scope in scopes:
            heard = await self._mirror.read(scope, id, 0)
            if heard is not None:
                return scope, heard
        return None

    async def _relay(self, id: str, scope: str, heard: Mirrored) -> Run | None:
        run = self._relayed.get((scope, id))
        if run is None:
            run = Relayed(self, id, scope, heard.facts, self._clock)
            run.hear(heard)
        while run.ended is None and await self._look(run):
            pass
        if run.ended is None and (scope, id) not in self._relayed:
            self._relayed[(scope, id)] = run
            task = asyncio.get_running_loop().create_task(self._follow(run))
            self._following.add(task)
            task.add_done_callback(self._following.discard)
        return run

    async def _look(self, run: Relayed) -> bool:
        """Hear what is new; gives whether anything was. Raises `Fault` while the mirror does not know the run, and
        where what is stored tells more than it ever will."""
        after = run.length
        heard = await self._mirror.read(run.scope, run.id, after)
        if heard is None:
            raise Fault(Kind.busy, "The mirror has lost this run.", code="mirror_away")
        if run.ended is not None:
            return False
        if heard.over and not heard.events:
            raise Fault(Kind.busy, "The mirror has lost some of this run.", code="mirror_away")
        if heard.gone and not heard.events:
            if await self._past(run.owner, run.id) is not None:  # its process wrote the end, and died before telling it
                raise _resume("This run is over, and told as it is stored.", "mirror_away")
            if run.length == after:  # nobody has heard more of it meanwhile
                run.lose()
            return False
        news = heard.events[run.length - after :]  # another look may have heard them while this one was waiting
        run.hear(msgspec.structs.replace(heard, events=news))
        return bool(news)

    async def _follow(self, run: Relayed) -> None:
        """Tell a run's readers what comes, until its end, or for as long as there are any."""
        idle, lost_at = 0, self._clock.monotonic() + LOST_SECONDS
        name = (run.scope, run.id)
        while self._relayed.get(name) is run and run.ended is None and idle < IDLE_LOOKS:
            await asyncio.sleep(LOOK_SECONDS)
            idle = 0 if run.readers or run.listeners or run.waiting else idle + 1
            try:
                await self._look(run)
                lost_at = self._clock.monotonic() + LOST_SECONDS
            except Fault as fault:
                if fault.kind is Kind.cancelled:
                    run.drop(fault)
                    break
                if self._clock.monotonic() > lost_at:
                    run.drop(_resume("The mirror of this run cannot be reached.", "mirror_away"))
                    break
        if self._relayed.get(name) is run:
            del self._relayed[name]

    async def stop(self, run: Relayed, waiting_only: bool) -> bool:
        """End a run where it flies; gives whether it was still going."""
        if run.ended is not None:
            return False
        owner = run.owner
        wanted = _Wanted(run.id, owner.tenant, owner.user, owner.key, owner.guest, waiting_only)
        answer = await self._signals.ask(_STOP, msgspec.json.encode(wanted))
        with contextlib.suppress(Fault):
            await self._look(run)
        if answer is None and run.ended is None:
            message = "The server that flies this run cannot be reached."
            raise Fault(Kind.busy, message, hint="Try again shortly.", code="flier_away")
        return answer == _YES

    # -- what flies here --------------------------------------------------------------------------------------------

    async def _show(self, said: bytes) -> bytes | None:
        """Another process wants to read a run."""
        run = self._own(_wanted(said))
        if run is None:
            return None
        await self._flusher.show(run)
        return _YES

    async def _stop(self, said: bytes) -> bytes | None:
        """Another process wants a run stopped."""
        wanted = _wanted(said)
        run = self._own(wanted)
        if run is None:
            return None
        if run.ended is not None or (wanted.waiting_only and run.place is None):
            return _NO
        run.end(Ended("stopped"))
        await self._flusher.show(run)
        return _YES

    def _own(self, wanted: _Wanted) -> Run | None:
        run = self._runs.get(wanted.run)
        return run if run is not None and may(wanted.principal, "write", "run", run) else None
