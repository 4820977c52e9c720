"""An answer that begins with an agreed marker has none: it is replaced before anybody sees the marker."""

from __future__ import annotations


class Withholding:
    """Holds an answer back while it may yet begin with the marker; where it does, the fallback is all that is shown.

    An empty marker holds nothing back. `replaced` says that the fallback was given.
    """

    def __init__(self, marker: str, fallback: str) -> None:
        self._marker, self._fallback = marker, fallback
        self._held = ""
        self._open = not marker
        self.replaced = False

    @property
    def is_open(self) -> bool:
        """Whether all that comes is shown as it comes."""
        return self._open and not self.replaced

    def push(self, piece: str) -> str:
        """What of the answer may be shown now."""
        if self.replaced:
            return ""
        if self._open:
            return piece
        self._held += piece
        if self._held.startswith(self._marker):
            self.replaced, self._held = True, ""
            return self._fallback
        if self._marker.startswith(self._held):
            return ""
        return self.end()

    def end(self) -> str:
        """The answer is over: what was held back, which was only the beginning of the marker."""
        self._open = True
        held, self._held = self._held, ""
        return held
