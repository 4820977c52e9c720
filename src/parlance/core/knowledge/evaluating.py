"""What evaluations need besides what every operation of knowledge does."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

import msgspec

from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind


class Answering(Protocol):
    """Whoever answers questions from a base, in a user's name."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that chats. Raises `Fault(missing)` for one that is not there."""
        ...

    async def answer(self, tenant: str, user: str, base: str, model: str, question: str) -> str:
        """What a model answers from what is found in the base. Raises `Fault`."""
        ...


class Evaluating(msgspec.Struct, frozen=True):
    """`chance` gives the draws of a bootstrap: the same every time, so that the same figures give the same p."""

    chance: Callable[[], Random]
    answering: Answering | None = None


def no_answers() -> Fault:
    """Nobody is here who answers."""
    return Fault(Kind.unsupported, "No answers are evaluated here, only searches.", field="model", code="no_answers")
