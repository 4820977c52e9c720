"""A value that must not be shown: keys of upstreams, hashes of our own keys, extra headers."""

from __future__ import annotations


class Secret:
    """Text that prints as `[secret]` wherever it ends up; only `reveal()` gives it out.

    It has no encoder, so that writing settings into JSON by accident fails instead of leaking.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one place that sends or compares it."""
        return self._text

    def __repr__(self) -> str:
        return "[secret]"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("[secret]", spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))
