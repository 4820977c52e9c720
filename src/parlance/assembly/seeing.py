"""Pictures of documents, shown to a model as anybody shows it theirs."""

from __future__ import annotations

from collections.abc import Callable

from parlance.core.chat.operations import SendMessage
from parlance.core.chat.road import Road
from parlance.core.dispatch import Dispatch
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Picture
from parlance.values.messages import Image, Message, Text

COOL = 0.1
"""Temperature: what is there is to be told. Not 0, so that it is never taken for an ask whose answers are shared."""


class AskedSeeing:
    """`Seeing` by the models' road: counted and bounded as the user's own asks, and kept nowhere. Whether a model sees
    is for its engine to say: many do not tell."""

    def __init__(self, road: Road, dispatch: Callable[[], Dispatch]) -> None:
        self._road = road
        self._dispatch = dispatch

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that may be shown pictures."""
        _, card = await self._road.models.find(principal, model)
        if card.engine == "quote" or not card.can("chat"):
            raise Fault(Kind.unsupported, "This is no model that looks at pictures.", code="no_vision_model")
        return card.id

    async def look(self, principal: Principal, model: str, told: str, asked: str, picture: Picture, most: int) -> str:
        """The text of the answer."""
        shown = Message("user", (Text(asked), Image(picture.content, picture.media_type)))
        sampling = Sampling(max_tokens=most, temperature=COOL)
        items = (Message("system", told), shown)
        ask = ChatAsk(await self.named(principal, model), items, sampling=sampling, stream=False)
        run = await self._dispatch()(principal, "house", SendMessage(ask, cache="skip"))
        try:
            return (await run.answer()).text
        finally:
            run.let_go()
