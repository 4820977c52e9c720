"""The headers of a mail, made in a time that its length bounds.

The standard library takes the square of a header's length, or more, to take it apart: three thousand quotes hold it up
for a third of a second, and every look at a header takes it apart anew. Most headers are only shown here, so they are
taken as text; the few that say how a part is to be read are short in every honest mail, and others are cut.
"""

from __future__ import annotations

from email.headerregistry import BaseHeader, HeaderRegistry

_TAKEN_APART = frozenset({"content-type", "content-disposition", "content-transfer-encoding", "mime-version", "date"})
MOST_ONE, LEAST_ONE = 1000, 100
"""Code points of such a header; the second is for all that come when a mail has had its share."""
MOST_ALL = 50_000
"""Code points of different ones in a mail: a second or two for the worst, and hundreds of parts of an honest one."""


class Headers:
    """Makes those of one mail, each of them once. A `header_factory` of `email.policy`."""

    def __init__(self) -> None:
        self._apart, self._whole = HeaderRegistry(), HeaderRegistry(use_default_map=False)
        self._made: dict[tuple[str, str], BaseHeader] = {}
        self._left = MOST_ALL

    def __call__(self, name: str, value: str) -> BaseHeader:
        """A header by its name and what follows it."""
        key = name.lower(), value
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._new(name, value) if key[0] in _TAKEN_APART else self._whole(name, value)
        return made

    def _new(self, name: str, value: str) -> BaseHeader:
        short = value[: MOST_ONE if self._left > 0 else LEAST_ONE]
        self._left -= len(short)
        return self._apart(name, short)
