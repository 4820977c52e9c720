"""What a dialect tells whoever watches of one request, in the words of the system whose wire it speaks.

Ids, numbers and names of models only: never what a person wrote, and no key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

Scalar = str | int | float | bool


class Stage(msgspec.Struct, frozen=True):
    """One step on the way to an answer, from `began` to `ended` in microseconds of the clock (none: it took as long as
    its request); steps of its own are `within` it."""

    name: str
    began: int | None = None
    ended: int | None = None
    attributes: Mapping[str, Scalar] = {}
    within: tuple[Stage, ...] = ()


class Noted(msgspec.Struct):
    """`route` is what the other system calls the row; `fields` go into the request's line in the log and its span,
    `attributes` into the span alone. `stages` are asked for when the request is over."""

    route: str
    fields: dict[str, str] = {}
    attributes: dict[str, Scalar] = {}
    stages: Callable[[], tuple[Stage, ...]] | None = None
