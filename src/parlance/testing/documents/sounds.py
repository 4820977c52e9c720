"""Sound for tests: silence, which a fake upstream hears whatever it likes in."""

from __future__ import annotations

import io
import wave


def silence(seconds: float = 0.25) -> bytes:
    """A WAV file of one channel with 8,000 samples a second."""
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * round(8000 * seconds)))
    return made.getvalue()
