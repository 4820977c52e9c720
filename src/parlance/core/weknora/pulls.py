"""Pulls of models that WeKnora's clients began, with their progress, as those clients ask for it.

They are runs like any other; here is remembered which were begun in this process, for twelve hours.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec

from parlance.core.models.operations import ChangeModel
from parlance.core.runs.run import Run
from parlance.core.weknora.shelf import with_tag
from parlance.values.accounts import Principal
from parlance.values.errors import Fault
from parlance.values.events import Ended
from parlance.values.notices import Progressed
from parlance.values.time import SECOND, Clock

KEPT_SECONDS = 12 * 3600
MOST_KEPT = 200
Begin = Callable[[Principal, ChangeModel], Awaitable[Run]]
"""Dispatch in somebody's name: a pull is authorised like any other."""
State = Literal["pending", "downloading", "completed", "failed"]


class Pull(msgspec.Struct, frozen=True):
    """One pull. `progress` is in percent; times are in microseconds since 1970."""

    id: str
    model: str
    state: State
    progress: float
    message: str
    begun: int
    ended: int | None = None


class _Known:
    __slots__ = ("run", "tenant")

    def __init__(self, tenant: str, run: Run) -> None:
        self.tenant = tenant
        self.run = run


class Pulls:
    """Those of one process."""

    def __init__(self, begin: Begin, clock: Clock) -> None:
        self._begin = begin
        self._clock = clock
        self._known: dict[str, _Known] = {}

    async def begin(self, principal: Principal, model: str) -> Pull:
        """Pull a model, or join who pulls it already. Raises `Fault` where the caller may not, or no Ollama can."""
        name = with_tag(model)
        for known in self._known.values():
            if known.run.model == name and known.tenant == principal.tenant and known.run.ended is None:
                return self._shown(known)
        run = await self._begin(principal, ChangeModel("pull", name, detached=True))
        self._forget()
        self._known[run.id] = found = _Known(principal.tenant, run)
        return self._shown(found)

    def list(self, mine: Callable[[object], bool]) -> tuple[Pull, ...]:
        """Those of the runs that somebody may see, oldest first."""
        return tuple(self._shown(known) for known in self._known.values() if mine(known.run))

    def under_way(self, model: str) -> Pull | None:
        """The pull of a model that goes on, whosever it is."""
        name = with_tag(model)
        going = (known for known in self._known.values() if known.run.model == name and known.run.ended is None)
        return next((self._shown(known) for known in going), None)

    def last(self, tenant: str, model: str) -> Pull | None:
        """The last pull of a model in a tenant."""
        name = with_tag(model)
        found = [known for known in self._known.values() if known.run.model == name and known.tenant == tenant]
        return self._shown(found[-1]) if found else None

    def _forget(self) -> None:
        since = self._clock.now() - KEPT_SECONDS * SECOND
        for id, known in list(self._known.items()):
            if known.run.created < since or len(self._known) >= MOST_KEPT:
                del self._known[id]

    def _shown(self, known: _Known) -> Pull:
        return pull_of(known.run, self._clock.now())


def pull_of(run: Run, now: int) -> Pull:
    """A run that pulls a model, as it stands."""
    ended = run.ended
    if ended is None:
        notice = run.notice_slot
        done = _percent(notice) if isinstance(notice, Progressed) else 0.0
        said = notice.label if isinstance(notice, Progressed) else "waiting"
        return Pull(run.id, run.model, "downloading" if notice else "pending", done, said, run.created)
    at = run.at(run.length) or now
    if ended.outcome == "complete":
        return Pull(run.id, run.model, "completed", 100.0, "completed", run.created, at)
    return Pull(run.id, run.model, "failed", 0.0, _why(run, ended), run.created, at)


def _why(run: Run, ended: Ended) -> str:
    fault: Fault = run.fault(ended)
    return fault.sentence()


def _percent(notice: Progressed) -> float:
    if not notice.total:
        return 0.0
    return round(min(100.0, 100.0 * notice.done / notice.total), 1)
