"""Trying models that are kept nowhere: a word to a chat model, a text to an embedder, two to a reranker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from parlance.core.models.connections import Connection
from parlance.core.operation import Context, Result
from parlance.core.runs.fold import fold
from parlance.core.weknora.models import judged
from parlance.core.weknora.room import WeknoraRoom
from parlance.core.weknora.shelf import not_there
from parlance.core.weknora.trial_operations import AskOnce, TryTenantModel, Verdict
from parlance.ports.engines import Flow
from parlance.values.accounts import Principal
from parlance.values.asks import ChatAsk, EmbedAsk, RerankAsk, Sampling
from parlance.values.errors import Fault, Kind
from parlance.values.events import Delta, Event
from parlance.values.messages import Image, Message, Text
from parlance.values.notices import Notice
from parlance.values.texts import without_thoughts
from parlance.values.weknora import ModelPlan

TRIAL_SECONDS = 20.0
"""A model may have to be loaded first; longer nobody waits in front of a form."""
ANSWER_SECONDS = 90.0
MOST_HEARD = 256 * 1024
"""Characters of an answer to a single question."""
UNNAMED = "weknora-trial"


async def try_model(room: WeknoraRoom, context: Context, op: TryTenantModel) -> Result[Verdict]:
    """Handle `TryTenantModel`: whatever goes wrong is the verdict."""
    try:
        async with asyncio.timeout(TRIAL_SECONDS), _connected(room, context.principal, op) as (connection, name):
            return Result(await _tried(op.plan, connection, name))
    except Fault as fault:
        return Result(Verdict(False, fault.sentence()))
    except TimeoutError:
        return Result(Verdict(False, f"The model did not answer within {TRIAL_SECONDS:.0f} s."))


@asynccontextmanager
async def _connected(
    room: WeknoraRoom, principal: Principal, op: TryTenantModel | AskOnce
) -> AsyncIterator[tuple[Connection, str]]:
    """A connection to a model, which is gone afterwards, and the model's name there."""
    plan = judged(room.shelf, op.plan)
    if plan.source == "local":
        there = room.shelf.local(plan.name)
        if there is None:
            raise not_there(plan.name)
        yield there[0], there[1].ref.name
        return
    key = await _kept_key(room, principal, plan) if op.kept else op.api_key
    connection = room.shelf.workshop.make(UNNAMED, plan, key, "trial")
    try:
        yield connection, plan.name
    finally:
        await room.shelf.workshop.discard(connection)


async def _kept_key(room: WeknoraRoom, principal: Principal, plan: ModelPlan) -> str | None:
    """The key of the tenant's model that is asked for by this name at this very address; it goes nowhere else."""
    for stored in await room.store.models(principal.tenant):
        kept = stored.model.plan
        if stored.key is not None and (kept.name, kept.base_url) == (plan.name, plan.base_url):
            return room.shelf.key_of(stored)
    return None


async def _tried(plan: ModelPlan, connection: Connection, name: str) -> Verdict:
    if plan.type == "Embedding":
        if connection.embed is None:
            raise _unable()
        found = await connection.embed.embed(EmbedAsk(name, ("hello",)))
        return Verdict(True, "The model embeds texts.", len(found.vectors[0]))
    if plan.type == "Rerank":
        if connection.rerank is None:
            raise _unable()
        await connection.rerank.rerank(RerankAsk(name, "hello", ("hello", "good-bye")))
        return Verdict(True, "The model judges texts.")
    await _answer(connection, ChatAsk(name, (Message("user", "hi"),), sampling=Sampling(max_tokens=1), stream=False))
    return Verdict(True, "The model answers.")


def _unable() -> Fault:
    return Fault(Kind.unsupported, "The engine cannot do this.", code="engine_unable")


async def ask_once(room: WeknoraRoom, context: Context, op: AskOnce) -> Result[str]:
    """Handle `AskOnce`."""
    sampling = Sampling(temperature=0.1, max_tokens=op.max_tokens)
    try:
        async with asyncio.timeout(ANSWER_SECONDS), _connected(room, context.principal, op) as (connection, name):
            said = Message("user", op.prompt)
            if op.picture:
                said = Message("user", (Text(op.prompt), Image(op.picture, op.media_type)))
            answer = await _answer(connection, ChatAsk(name, (said,), sampling=sampling, stream=False))
            return Result(without_thoughts(answer).strip())
    except TimeoutError:
        raise Fault(Kind.timed_out, f"The model did not answer within {ANSWER_SECONDS:.0f} s.") from None


async def _answer(connection: Connection, ask: ChatAsk) -> str:
    if connection.chat is None:
        raise _unable()
    heard = Heard()
    await connection.chat.chat(ask, heard)
    return heard.text


class Heard:
    """A sink for one short answer."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._size = 0

    @property
    def text(self) -> str:
        """All that was said."""
        return fold(self._events).text

    def push(self, event: Event) -> None:
        """Keep it, within the bound."""
        self._size += len(event.text) if isinstance(event, Delta) else 1
        if self._size > MOST_HEARD:
            raise Fault(Kind.too_large, "The answer is too long.", code="cut")
        self._events.append(event)

    def say(self, texts: Sequence[str]) -> None:
        """Keep each."""
        for text in texts:
            self.push(Delta(text))

    def notice(self, notice: Notice) -> None:
        """Nobody watches."""

    def tap(self, flow: Flow | None) -> None:
        """Nobody is slower than the model."""
