"""From settings to the core: models, caches, lines, rates and the road that joins them."""

from __future__ import annotations

import random
import secrets

from parlance.assembly.books import Books
from parlance.assembly.coordination import Shared
from parlance.core.admission.answers import Answers
from parlance.core.admission.batches import Batches
from parlance.core.admission.gate import Gate, Rate, Rates
from parlance.core.admission.slots import Line
from parlance.core.chat.conversations import Conversations
from parlance.core.chat.references import References
from parlance.core.chat.road import Pool, Road
from parlance.core.models.connections import Connection, Models
from parlance.core.models.handlers import embed_now
from parlance.core.runs.registry import Runs
from parlance.core.server.facts import ServerFacts
from parlance.outbound.pointing import Pointing
from parlance.settings import schema
from parlance.settings.chatqueue import ChatqueueCache, ChatqueueConversationCache
from parlance.values.asks import EmbedAsk, Embedded
from parlance.values.ids import Ids
from parlance.values.time import Clock
from parlance.watch import Observer

MEBIBYTE = 1024 * 1024
_Cache = schema.Cache | ChatqueueCache
_ConversationCache = schema.ConversationCache | ChatqueueConversationCache


def road(
    settings: schema.Settings,
    connections: list[Connection],
    clock: Clock,
    ids: Ids,
    observer: Observer,
    facts: ServerFacts,
    books: Books,
    shared: Shared,
) -> Road:
    """The road over these connections; what is used on it is written into the books."""
    made = Road(
        models=_models(settings, connections, clock),
        runs=Runs(clock, books.ledgers.close),
        gate=Gate(shared.counter(), rates(settings), books.purse),
        pools=pools(settings, shared, observer),
        lines={"chatqueue": _chatqueue_line(settings, clock, observer, shared)},
        clock=clock,
        ids=ids,
        journal=observer.log("parlance.core"),
        meters=observer.meters,
        on_defect=observer.defect,
        chance=random.Random(secrets.randbits(64)),
        ledgers=books.ledgers,
        facts=facts,
        references=References(may_point=Pointing(settings.files.private_origins)),
    )
    for connection in connections:
        batched(settings, made, observer, connection)
    return made


def _models(settings: schema.Settings, connections: list[Connection], clock: Clock) -> Models:
    wanted = settings.models
    return Models(
        connections,
        clock=clock,
        aliases=wanted.aliases,
        default=wanted.default,
        embed_default=wanted.embed_default,
    )


def _chatqueue_line(settings: schema.Settings, clock: Clock, observer: Observer, shared: Shared) -> Line:
    queue = settings.chatqueue.queue
    return Line(
        "chatqueue",
        queue.max_concurrent,
        queue.max_queue_size,
        queue.estimated_time_per_request_ms,
        clock,
        observer.meters,
        shared.slots,
    )


def batched(settings: schema.Settings, made: Road, observer: Observer, connection: Connection) -> None:
    """Put micro-batches before an embedder; a configured chatqueue's bounds win, since somebody wrote them down."""
    batch, chatqueue = settings.batch, settings.chatqueue
    if not batch.enabled or connection.embed is None:
        return
    size = chatqueue.batch.max_batch_size if chatqueue.configured else batch.max_batch_size
    wait = chatqueue.batch.batch_timeout_ms if chatqueue.configured else batch.batch_timeout_ms
    call = _Call(made, connection)
    connection.batches = Batches(call, max_size=size, timeout=wait / 1000, meters=observer.meters)


class _Call:
    """One call to one connection's embedder."""

    def __init__(self, made: Road, connection: Connection) -> None:
        self._road = made
        self._connection = connection

    async def __call__(self, lane: str, ask: EmbedAsk) -> Embedded:
        return await embed_now(self._road, self._connection, lane, ask)


def pools(settings: schema.Settings, shared: Shared, observer: Observer) -> dict[str, Pool]:
    """The caches: everybody's, and those of the queue dialect with bounds of their own."""
    queue = settings.chatqueue
    joined = queue.batch.enable_deduplication
    return {
        "default": _pool(
            "default", settings.cache, settings.conversation_cache, settings.cache.share, shared, observer
        ),
        "chatqueue": _pool("chatqueue", queue.cache, queue.conversation_cache, "all", shared, observer, joined),
    }


def _pool(
    name: str,
    cache: _Cache,
    talks: _ConversationCache,
    share: str,
    shared: Shared,
    observer: Observer,
    joins: bool = True,
) -> Pool:
    meters = observer.meters
    size, talk_size = int(cache.max_size_mb * MEBIBYTE), int(talks.max_size_mb * MEBIBYTE)
    answers = Answers(
        shared.cache(f"{name}.answers", size, lambda: meters.cache("answers", "eviction")),
        enabled=cache.enabled,
        ttl=cache.ttl_seconds,
        max_bytes=size,
        meters=meters,
    )
    conversations = Conversations(
        shared.cache(f"{name}.conversations", talk_size, lambda: meters.cache("conversations", "eviction")),
        enabled=talks.enabled,
        ttl=talks.ttl_seconds,
        max_bytes=talk_size,
        meters=meters,
    )
    return Pool(answers, conversations, share, joins)


def rates(settings: schema.Settings) -> Rates:
    """The rates of the installation."""
    wanted = settings.rates
    kinds = (Rate(r.requests, r.tokens) for r in (wanted.user, wanted.key, wanted.tenant, wanted.guest))
    return Rates(wanted.window_seconds, *kinds)
