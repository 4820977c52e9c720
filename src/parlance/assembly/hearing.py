"""Sound of documents, written down by a model as anybody has theirs."""

from __future__ import annotations

from collections.abc import Callable

from parlance.core.chat.road import Road
from parlance.core.dispatch import Dispatch
from parlance.core.models.operations import Transcribe
from parlance.core.models.transcribing import transcriber
from parlance.values.accounts import Principal
from parlance.values.asks import TranscribeAsk, Transcript


class AskedHearing:
    """`Hearing` by the models' road: counted and bounded as the user's own asks."""

    def __init__(self, road: Road, dispatch: Callable[[], Dispatch]) -> None:
        self._road = road
        self._dispatch = dispatch

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that transcribes."""
        _, card = await transcriber(self._road, principal, model)
        return card.id

    async def hear(self, principal: Principal, model: str, content: bytes) -> Transcript:
        """What is said."""
        return await self._dispatch()(principal, "house", Transcribe(TranscribeAsk(model, content, times=True)))
