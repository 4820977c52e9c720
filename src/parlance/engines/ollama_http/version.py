"""Which release the Ollama is, for the few features that not every release has."""

from __future__ import annotations

import re

from parlance.engines.ollama_http.wire import Wire

_NUMBER = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})")
LOGPROBS = (0, 12, 11)
"""The release that brought log probabilities."""


class Version:
    """The upstream's release, asked for when it matters; only a yes is remembered, so that an update is noticed."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._has_logprobs = False

    async def has_logprobs(self) -> bool:
        """Whether it knows `logprobs`; older ones ignore the field without a word."""
        if not self._has_logprobs:
            found = await self._wire.get("/api/version")
            number = _NUMBER.match(str(found.get("version", "")))
            self._has_logprobs = number is not None and tuple(map(int, number.groups())) >= LOGPROBS
        return self._has_logprobs
