"""A folder that is looked at again and again, so that its base is kept in step.

It is looked at rather than listened to (decision 0021): a look costs some milliseconds for thousands of files, and sees
what the system tells nobody about, as on network disks. A file that differs between two looks is still being written
and is left for the next; one that is missing for the first time may come back at once, as with editors that put another
file in a file's place.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from parlance.cli.exits import Exit, Failure
from parlance.cli.folder import Look, Stamp

LEAST_SECONDS = 2.0
"""Between two looks."""
SHARE = 20
"""Looking takes at most a twentieth of the time."""
PATIENCE = 5
"""Looks that a restless folder is waited for: then what rests in it is dealt with, and the rest later."""
MOST_SECONDS = 60.0
"""Between two attempts, at most, when the server is away."""
FATAL = (Exit.NOT_PERMITTED, Exit.MISSING)


class Round(Protocol):
    """Brings the base in step, without waiting for what is read; gives whether all that was to be sent has been. Raises
    Failure."""

    def __call__(self, look: Look, prune: bool, restless: frozenset[str]) -> bool:
        """`restless` names are left alone."""
        ...


class Watch:
    """`look` raises OSError where the folder is not there. `further` is asked at every look at a folder in step:
    it deals with what has been read since, and raises Failure. `say` tells the person in front of it; `clock` gives
    seconds."""

    def __init__(
        self,
        look: Callable[[], Look],
        sync: Round,
        further: Callable[[], bool],
        wait: Callable[[float], object],
        say: Callable[[str], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look, self._sync, self._further, self._wait, self._say = look, sync, further, wait, say
        self._clock = clock
        self._looking = 0.0
        self._before: dict[str, Stamp] | None = None
        self._settled: object = None
        self._device: int | None = None
        self._waited = 0
        self._troubles = 0
        self._told = ""
        self._away = False

    def run(self, prune: bool) -> None:
        """Until interrupted. Raises Failure where no later attempt can do better."""
        while True:
            delay = self.turn(prune)
            self._wait(max(delay or SHARE * self._looking, LEAST_SECONDS))

    def turn(self, prune: bool) -> float:
        """One look, and what follows of it; gives the seconds to wait before the next, where the server is away."""
        begun = self._clock()
        try:
            look = self._look()
        except OSError as error:
            self._once(f"The folder cannot be looked at: {error.strerror}. Nothing is removed; it is waited for.")
            self._before, self._away = None, True
            return 0.0
        finally:
            self._looking = self._clock() - begun  # not the round: files that come meanwhile would wait for its twenty
        if self._away:
            self._away, self._told = False, ""
            self._say("The folder is there again.")
        restless = self._moving(look)
        if restless is None or (restless and self._waited < PATIENCE):
            self._waited += 1
            return 0.0
        self._waited = 0
        state = ({file.name: file.stamp for file in look.files if file.name not in restless}, restless, look[1:])
        if state == self._settled and not self._troubles:
            return self._brought(self._further, state)
        trusted = self._trusted(look, prune)
        return self._brought(lambda: self._sync(look, trusted, restless), state)

    def _moving(self, look: Look) -> frozenset[str] | None:
        """What differs from the look before: written, come or gone. None for the first look."""
        now = {file.name: file.stamp for file in look.files}
        before, self._before = self._before, now
        if before is None:
            return None
        return frozenset(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))

    def _trusted(self, look: Look, prune: bool) -> bool:
        """Whether what is missing may be taken as removed: not where another disk is in the folder's place."""
        self._device = look.root[0] if self._device is None else self._device
        if look.root[0] == self._device:
            return prune
        self._once("Another disk is in the folder's place: nothing is removed. Start this anew if that is meant.")
        return False

    def _brought(self, act: Callable[[], bool], state: object) -> float:
        try:
            whole = act()
        except Failure as failure:
            if failure.exit_code in FATAL:
                raise
            self._once(f"{failure.message} It is tried again.")
            whole = False
        if whole:
            self._settled, self._troubles, self._told = state, 0, ""
            return 0.0
        self._troubles += 1
        return min(LEAST_SECONDS * 2.0 ** min(self._troubles, 10), MOST_SECONDS)

    def _once(self, said: str) -> None:
        """The same trouble is told once."""
        if said != self._told:
            self._told = said
            self._say(said)
