"""The models that knowledge asks in somebody's name: by the models' road, counted and bounded as what they ask
themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from parlance.core.chat.operations import SendMessage
from parlance.core.chat.road import Road
from parlance.core.dispatch import Dispatch
from parlance.core.models.abilities import cannot_embed, is_able, not_a_reranker, not_an_embedder
from parlance.core.models.operations import Embed, Rerank
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, EmbedAsk, RerankAsk, Reranked, Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.messages import Message


class _Asked:
    """`dispatch` is asked for late: there is none yet when this is made."""

    def __init__(self, road: Road, dispatch: Callable[[], Dispatch]) -> None:
        self._road = road
        self._dispatch = dispatch


class AskedEmbedding(_Asked):
    """`Embedding` by the models' road: counted and bounded as the user's own asks."""

    async def default(self, principal: Principal, model: str | None) -> str:
        """The id of a model that embeds."""
        try:
            connection, card = await self._road.models.find(principal, model or "", embed=True)
        except Fault:
            if model:
                raise
            return ""
        if model and cannot_embed(connection, card):
            raise not_an_embedder(model)
        return card.id

    async def digest(self, principal: Principal, model: str) -> str:
        """That of its card: what an engine has pulled anew has another."""
        try:
            return (await self._road.models.find(principal, model))[1].digest
        except Fault:  # whoever asks for a vector is told
            return ""

    async def embed(
        self, tenant: str, user: str, model: str, texts: Sequence[str], query: bool = False
    ) -> Sequence[Sequence[float]]:
        """One vector for each text."""
        ask = EmbedAsk(model, tuple(texts), truncate=True, query=query)
        return (await self._dispatch()(Principal(tenant, user), "house", Embed(ask))).vectors


class AskedReranking(_Asked):
    """`Reranking` by the models' road: counted and bounded as the user's own asks."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that reranks."""
        connection, card = await self._road.models.find(principal, model)
        if not is_able(connection, card, "rerank"):
            raise not_a_reranker(model)
        return card.id

    async def rerank(self, tenant: str, user: str, ask: RerankAsk) -> Reranked:
        """The score of each text."""
        return await self._dispatch()(Principal(tenant, user), "house", Rerank(ask))


class AskedSpeaking(_Asked):
    """`Speaking` by the models' road: counted and bounded as the asker's own asks, and kept nowhere."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that speaks."""
        _, card = await self._road.models.find(principal, model)
        if card.engine == "quote":
            raise Fault(Kind.unsupported, "There is no language model here.", code="no_language_model")
        return card.id

    async def say(
        self, principal: Principal, model: str, told: str, asked: str, most: int, temperature: float | None = None
    ) -> str:
        """The text of the answer."""
        items = (Message("system", told), Message("user", asked))
        sampling = Sampling(max_tokens=most, temperature=temperature)
        ask = ChatAsk(await self.named(principal, model), items, sampling=sampling, stream=False)
        return await _text(self._dispatch(), principal, SendMessage(ask, cache="skip"))


class AskedAnswering(_Asked):
    """`Answering` by the models' road: counted and bounded as the user's own asks, and kept nowhere."""

    async def named(self, principal: Principal, model: str) -> str:
        """The id of a model that chats."""
        _, card = await self._road.models.find(principal, model)
        return card.id

    async def answer(self, tenant: str, user: str, base: str, model: str, question: str) -> str:
        """What it says, with the marks of its citations."""
        ask = ChatAsk(model, (Message("user", question),), stream=False)
        return await _text(self._dispatch(), Principal(tenant, user), SendMessage(ask, cache="skip", bases=(base,)))


async def _text(dispatch: Dispatch, principal: Principal, send: SendMessage) -> str:
    """What is answered, kept nowhere. A caller who leaves before ends the run."""
    run = await dispatch(principal, "house", send)
    try:
        return (await run.answer()).text
    finally:
        run.let_go()
