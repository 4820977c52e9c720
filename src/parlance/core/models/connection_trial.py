"""Asking an engine for its models, once, to see whether a connection works."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from parlance.core.models.connection_facts import NAMED, trouble_of
from parlance.core.models.connections import Connection
from parlance.core.models.roster import Workshop
from parlance.values.connections import ConnectionTested
from parlance.values.errors import Fault, Kind
from parlance.values.models import ModelCard
from parlance.values.time import Clock

TRIAL_SECONDS = 10.0
"""Somebody waits in front of a form, and no model has to be loaded for a list."""


async def tried(
    workshop: Workshop, trial: Connection, clock: Clock, seconds: float = TRIAL_SECONDS
) -> ConnectionTested:
    """What came of it within these seconds. The connection is nobody's else, and is gone afterwards."""
    began = clock.monotonic()
    try:
        async with asyncio.timeout(seconds):
            cards = await trial.catalogue.cards()
    except Fault as fault:
        return ConnectionTested(False, _since(began, clock), error=trouble_of(clock.now(), fault))
    except TimeoutError:
        return ConnectionTested(False, _since(began, clock), error=trouble_of(clock.now(), _silent(seconds)))
    finally:
        await workshop.discard(trial)
    rerankers = [card for card in cards if card.can("rerank")]
    took = _since(began, clock)
    return ConnectionTested(True, took, len(cards), _names(trial, cards), _names(trial, rerankers))


def _names(trial: Connection, cards: Sequence[ModelCard]) -> tuple[str, ...]:
    return tuple(trial.prefix + card.id for card in cards[:NAMED])


def _since(began: float, clock: Clock) -> int:
    return round((clock.monotonic() - began) * 1000)


def _silent(seconds: float) -> Fault:
    return Fault(
        Kind.timed_out,
        f"The engine did not list its models within {seconds:.0f} s.",
        hint="Check the address, and that the engine is running.",
        code="trial_timeout",
    )
