"""The answer cache: complete answers only, each within one caller's scope, replayed with their text exact."""

from __future__ import annotations

import msgspec

from parlance.core.admission.counted_cache import CountedCache
from parlance.core.runs.fold import Answer
from parlance.core.runs.unfold import kept
from parlance.values.events import Event

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(list[Event])


class Answers(CountedCache):
    """One pool of kept answers, by `answer_key`."""

    name = "answers"

    async def find(self, scope: str, key: str) -> list[Event] | None:
        """The events of a kept answer, or `None`."""
        found = await self._get(scope, key)
        return None if found is None else _decoder.decode(found)

    async def keep(self, scope: str, key: str, answer: Answer) -> None:
        """Keep an answer, if it is complete and answers are kept at all."""
        if self.enabled and answer.ended is not None and answer.ended.outcome == "complete":
            await self._put(scope, key, _encoder.encode(kept(answer)))
