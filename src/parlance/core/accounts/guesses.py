"""Guessing passwords is slow, for everyone, without locking anybody out.

A wrong password counts for the address it came from, for the account, and for the two together. An attempt is counted
before the password is looked at, and taken back when it was right: attempts at the same time cannot slip through
together.

Only an address that tries many accounts is refused for long. What is tried at one account slows its owner down and
never locks them out: once an account has had too many wrong passwords from everywhere, each address that it is not used
to has an attempt every half minute and ten a day, whatever others do; once one address has had too many at it, that has
one every half minute. So ten guesses a day are left for each address that an attacker has, and 2,880 for one that the
owner uses too.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Awaitable, Callable

from parlance.ports.coordination import Counter
from parlance.values.errors import Fault, Kind

Limits = tuple[tuple[int, float], ...]
"""Attempts and seconds, the shortest window first."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
PAIR: Limits = ((5, MINUTE), (10, 10 * MINUTE), (25, HOUR))
"""One account from one address: five slips a minute are a person's. What is beyond goes on at `SLOW`."""
SLOW: Limits = ((1, 30.0),)
SIEGE: Limits = ((1, 30.0), (10, DAY))
"""An account that is tried from everywhere, from one address that it is not used to."""
ADDRESS: Limits = ((25, 10 * MINUTE), (100, DAY))
"""All accounts from one address."""
ACCOUNT: Limits = ((25, 10 * MINUTE), (100, DAY))
"""One account from all addresses."""
ARRIVALS: Limits = ((50, HOUR),)
"""New accounts from one address, where people may sign up by themselves."""
IPV6_SITE = 64
"""Bits of an IPv6 address that a client cannot choose: the rest it has to itself."""
Taken = list[tuple[str, float]]


class Guess:
    """An attempt that is counted, until it turns out to be right."""

    def __init__(self, counter: Counter, taken: Taken) -> None:
        self._counter = counter
        self._taken = taken

    async def right(self) -> None:
        """It was no guess: it never happened."""
        taken, self._taken = self._taken, []
        for name, window in taken:
            await self._counter.add(name, -1, window)


class Guesses:
    """Attempts over a `Counter`, so that several processes count together."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def begin(self, handle: str, address: str, known: Callable[[], Awaitable[bool]]) -> Guess:
        """Count an attempt. `known` says whether the account is used to this caller; it is asked only when it matters.

        Raises `Fault(over_budget, code="too_many_guesses")` with the seconds until the next attempt.
        """
        site, account = site_of(address), hashlib.sha256(handle.encode()).hexdigest()[:32]
        taken: Taken = []
        # The address first: an attacker who makes up accounts must not fill the memory with them.
        wait = await self._take(f"address/{site}", ADDRESS, taken)
        if wait is not None and not await known():
            await self._refuse(taken, wait)
        # Over a limit the address by itself is counted: what strangers use up elsewhere is not the owner's.
        if await self._take(f"account/{account}", ACCOUNT, taken) is not None and not await known():
            await self._refuse(taken, await self._take(f"siege/{site}/{account}", SIEGE, taken))
        if await self._take(f"pair/{site}/{account}", PAIR, taken) is not None:
            await self._refuse(taken, await self._take(f"slow/{site}/{account}", SLOW, taken))
        return Guess(self._counter, taken)

    async def _refuse(self, taken: Taken, wait: float | None) -> None:
        """Raise the fault, where there is anything to wait for."""
        if wait is not None:
            await Guess(self._counter, taken).right()
            raise _refused("Too many wrong passwords were tried.", wait)

    async def arrive(self, address: str) -> None:
        """Count a new account. Raises `Fault(over_budget)` as `begin` does."""
        wait = await self._take(f"arrivals/{site_of(address)}", ARRIVALS, [])
        if wait is not None:
            raise _refused("Too many accounts were made from here.", wait)

    async def _take(self, name: str, limits: Limits, taken: Taken) -> float | None:
        """Count it under a name; what is over a limit is not counted, and waits as many seconds as this gives."""
        mine: Taken = []
        for most, window in limits:
            counter = f"guesses/{window:g}/{name}"
            count = await self._counter.add(counter, 1, window)
            mine.append((counter, window))
            if count.total > most:
                await Guess(self._counter, mine).right()
                return count.resets
        taken += mine
        return None


def site_of(address: str) -> str:
    """Whom an address stands for: itself, or the network that an IPv6 client has to itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None or found.version == 4:
        return str(mapped or found)
    return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))


def _refused(message: str, wait: float) -> Fault:
    seconds = max(1.0, wait)
    return Fault(
        Kind.over_budget,
        message,
        hint=f"Try again in {round(seconds)} s.",
        retry_after=seconds,
        code="too_many_guesses",
    )
