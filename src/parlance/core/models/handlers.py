"""What the operations on models do."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from parlance.core.authorize import may_use
from parlance.core.chat.retrying import retried, worth_retrying
from parlance.core.chat.road import Road
from parlance.core.ledger.prices import spent
from parlance.core.models.abilities import is_able, not_a_reranker
from parlance.core.models.connections import Connection, no_model, no_store
from parlance.core.models.operations import (
    ChangeModel,
    CopyModel,
    DeleteModel,
    Embed,
    FindBlob,
    ListLoaded,
    ListModels,
    LoadModel,
    PutBlob,
    Rerank,
    ShowModel,
)
from parlance.core.operation import Context, Result
from parlance.core.runs.flight import Flight
from parlance.core.runs.run import Run
from parlance.ports.catalogue import ModelStore
from parlance.values.asks import MAX_DIMENSIONS, MAX_NUMBERS, EmbedAsk, Embedded, RerankAsk, Reranked
from parlance.values.errors import Fault, Kind
from parlance.values.models import LoadedModel, ModelCard

T = TypeVar("T")
_DEAR = frozenset({"not_json", "bad_answer"})
"""Faults of an engine that has done the work: the next answer would be as dear, and hardly better."""
MOST_RERANKED = 1000
"""Texts of one ask: each is read by a model together with the query."""


async def list_models(road: Road, context: Context, op: ListModels) -> Result[tuple[ModelCard, ...]]:
    """Handle `ListModels`."""
    return Result(await road.models.listing(context.principal))


async def show_model(road: Road, context: Context, op: ShowModel) -> Result[ModelCard]:
    """Handle `ShowModel`: the engine's own words about the model, under the id the client knows."""
    connection, card = await road.models.find(context.principal, op.model)
    shown = await connection.catalogue.show(card.ref.name, op.verbose)
    return Result(msgspec.structs.replace(shown, id=card.id))


async def list_loaded(road: Road, context: Context, op: ListLoaded) -> Result[tuple[LoadedModel, ...]]:
    """Handle `ListLoaded`: a connection that cannot be reached has nothing in memory that we know of."""
    lists = await asyncio.gather(*(_loaded(connection) for connection in road.models.connections))
    return Result(tuple(m for models in lists for m in models if may_use(context.principal, m.card.id)))


async def _loaded(connection: Connection) -> list[LoadedModel]:
    try:
        return list(await connection.catalogue.loaded())
    except Fault:
        return []


async def load_model(road: Road, context: Context, op: LoadModel) -> Result[ModelCard]:
    """Handle `LoadModel`."""
    connection, card = await road.models.find(context.principal, op.model)
    if connection.loader is not None:
        await connection.loader.load(card.ref.name, op.keep_alive)
    return Result(card)


async def embed(road: Road, context: Context, op: Embed) -> Result[Embedded]:
    """Handle `Embed`: alone or in a batch, then through the engine's line and circuit."""
    _bound(op.ask)
    principal = context.principal
    connection, card = await road.models.find(principal, op.ask.model, embed=True)
    ask = msgspec.structs.replace(op.ask, model=card.ref.name)
    scope, lane = principal.scope_key, principal.lane_key
    if connection.batches is not None:
        whole = await connection.batches.embed(scope, lane, ask)
    else:
        whole = await embed_now(road, connection, lane, ask)
    road.gate.settle(principal, spent(card, whole.prompt_tokens, 0), context.reserved, card)
    return Result(whole)


def _bound(ask: EmbedAsk) -> None:
    """Refuse what would be gigabytes of numbers before an engine makes them."""
    wanted = ask.dimensions
    if wanted is None:
        return
    if not 1 <= wanted <= MAX_DIMENSIONS:
        raise Fault(Kind.invalid, f"A vector has between 1 and {MAX_DIMENSIONS} dimensions.", field="dimensions")
    if wanted * len(ask.texts) > MAX_NUMBERS:
        raise Fault(
            Kind.too_large,
            f"The vectors of one request may hold at most {MAX_NUMBERS} numbers together.",
            hint="Send fewer texts at once, or ask for fewer dimensions.",
            field="dimensions",
            code="too_many_numbers",
        )


async def embed_now(road: Road, connection: Connection, lane: str, ask: EmbedAsk) -> Embedded:
    """One call to the embedding engine."""
    engine = connection.embed
    if engine is None:
        raise Fault(Kind.unsupported, "This model does not embed texts.", code="not_an_embedding_model")
    whole = await passing(road, connection, lane, lambda: engine.embed(ask))
    road.meters.tokens(connection.name, whole.prompt_tokens, 0)
    return whole


async def passing(
    road: Road, connection: Connection, lane: str, call: Callable[[], Awaitable[T]], retries: int = 0
) -> T:
    """A call through the engine's line and circuit, made again so often while that may help."""
    entered = await connection.line.enter(lane, 0, lambda _: None)
    try:
        return await retried(road, connection, lane, call, retries, _worth)
    finally:
        connection.line.leave(entered, learn=False)


def _worth(fault: Fault) -> bool:
    return worth_retrying(fault) and fault.code not in _DEAR


async def rerank(road: Road, context: Context, op: Rerank) -> Result[Reranked]:
    """Handle `Rerank`: through the engine's line and circuit."""
    principal, asked = context.principal, op.ask
    if len(asked.texts) > MOST_RERANKED:
        raise Fault(
            Kind.too_large, f"At most {MOST_RERANKED} texts are judged at once.", field="texts", code="too_many_texts"
        )
    connection, card = await road.models.find(principal, asked.model)
    engine = connection.rerank
    if engine is None or not is_able(connection, card, "rerank"):
        raise not_a_reranker(asked.model)
    ask = RerankAsk(card.ref.name, asked.query, asked.texts)
    whole = await passing(road, connection, principal.lane_key, lambda: engine.rerank(ask))
    if len(whole.scores) != len(asked.texts) or not all(map(math.isfinite, whole.scores)):
        raise Fault(Kind.upstream, "The reranker did not judge each of the texts.", code="bad_scores")
    road.meters.tokens(connection.name, whole.prompt_tokens, 0)
    road.gate.settle(principal, spent(card, whole.prompt_tokens, 0), context.reserved, card)
    return Result(whole)


# -- the verbs that change which models there are ---------------------------------------------------------------------


def _store(road: Road, name: str | None = None) -> tuple[Connection, ModelStore]:
    for connection in road.models.stores():
        if connection.store is not None and (name is None or connection.name == name):
            return connection, connection.store
    raise no_store()


async def change_model(road: Road, context: Context, op: ChangeModel) -> Result[Run]:
    """Handle `ChangeModel`: a flight whose log is the progress."""
    _, store = _store(road, op.connection)
    verb = {"pull": store.pull, "push": store.push, "create": store.create}[op.verb]

    async def work(flight: Flight) -> None:
        await verb(op.model, op.fields, flight)
        await road.models.refresh()

    run = Run(road.ids.new(), context.principal, op.model, road.clock.now(), detached=op.detached)
    road.runs.add(run)
    road.launch(run, work)
    return Result(run)


async def copy_model(road: Road, context: Context, op: CopyModel) -> Result[None]:
    """Handle `CopyModel`: within the store that has the source."""
    connection, card = await road.models.find(context.principal, op.source)
    if connection.store is None:
        raise no_store()
    await connection.store.copy(card.ref.name, op.destination)
    await road.models.refresh()
    return Result(None)


async def delete_model(road: Road, context: Context, op: DeleteModel) -> Result[None]:
    """Handle `DeleteModel`."""
    if not road.models.stores():
        raise no_store()
    connection, card = await road.models.find(context.principal, op.model)
    if connection.store is None:
        raise no_model(op.model)
    await connection.store.delete(card.ref.name)
    await road.models.refresh()
    return Result(None)


async def find_blob(road: Road, context: Context, op: FindBlob) -> Result[bool]:
    """Handle `FindBlob`."""
    return Result(await _store(road)[1].has_blob(op.digest))


async def put_blob(road: Road, context: Context, op: PutBlob) -> Result[None]:
    """Handle `PutBlob`."""
    await _store(road)[1].put_blob(op.digest, op.content)
    return Result(None)
