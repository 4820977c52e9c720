"""How much sound is collected at once: anybody may have a text spoken."""

from __future__ import annotations

from parlance.core.chatbot.refusals import refused

MOST_SOUND = 64 * 1024 * 1024
"""Bytes of one whole file: twenty-five minutes."""
MOST_TOGETHER = 2 * MOST_SOUND
"""Bytes of all files that are being collected."""


class Voices:
    """The files that are being collected, by their bytes."""

    def __init__(self) -> None:
        self.bytes = 0

    def take(self, piece: int, file: int) -> None:
        """A piece of so many bytes has come, with which a file has so many. Raises `Fault`: `sound_too_long` for more
        than one file may have, `sounds_full` where all together are more than there is room for."""
        self.bytes += piece
        if file > MOST_SOUND:
            raise refused("sound_too_long")
        if self.bytes > MOST_TOGETHER:
            raise refused("sounds_full")
