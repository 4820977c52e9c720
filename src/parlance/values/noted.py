"""What a dialect tells whoever watches of one request or job, in the words of the system whose wire it speaks.

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


class JobWords(msgspec.Struct, frozen=True):
    """What another system calls a job: the spans of its `steps` by our names, of which the first is the whole of it,
    and the attributes that say what it was about (`fields`), each with the field of the job's line in the log. A step
    that has no name there has no span."""

    steps: Mapping[str, str] = {}
    fields: Mapping[str, str] = {}


class Noted(msgspec.Struct):
    """`route` is what the other system calls the row; `fields` go into the request's line in the log and its span,
    `attributes` into the span alone. `stages` are asked for when the request is over."""

    route: str
    fields: dict[str, str] = {}
    attributes: dict[str, Scalar] = {}
    stages: Callable[[], tuple[Stage, ...]] | None = None
