"""The typed tree of all deployment settings, and the sections that fit in no other file.

Annotations are not postponed in these modules: the loader reads the types and descriptions off them.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from parlance.settings.access import Key, Rate, Rates
from parlance.settings.accounts import Accounts
from parlance.settings.backup import Backup
from parlance.settings.budgets import Budget, Usage
from parlance.settings.chatbot import Chatbot
from parlance.settings.chatqueue import Chatqueue
from parlance.settings.chats import Chats
from parlance.settings.connection import AdminConnections, Card, Connection, Discovery
from parlance.settings.database import Database
from parlance.settings.files import Files
from parlance.settings.knowledge import Knowledge
from parlance.settings.redis import Redis
from parlance.settings.secret import Secret
from parlance.settings.server import DIALECT_ORDER, Data, Door, Server
from parlance.settings.storage import Storage
from parlance.settings.traces import Traces
from parlance.settings.weknora import Weknora

__all__ = [
    "DIALECT_ORDER",
    "Accounts",
    "AdminConnections",
    "Backup",
    "Batch",
    "Budget",
    "Cache",
    "Card",
    "Chatbot",
    "Chatqueue",
    "Chats",
    "Connection",
    "ConversationCache",
    "Data",
    "Database",
    "Discovery",
    "Door",
    "Embed",
    "Files",
    "Key",
    "Knowledge",
    "Level",
    "Log",
    "Metrics",
    "Models",
    "Queue",
    "Rate",
    "Rates",
    "Redis",
    "Secret",
    "Server",
    "Settings",
    "Usage",
    "Weknora",
]

Level = Literal["debug", "info", "warning", "error", "critical"]


class Models(Struct, frozen=True, forbid_unknown_fields=True):
    """Which model answers to which name."""

    default: (
        Annotated[str, Meta(min_length=1, description="Model when an ask names none; none is the first there is.")]
        | None
    ) = None
    aliases: Annotated[dict[str, str], Meta(description='Further names: `gpt-4o = "llama3.1:8b"`.')] = {}
    embed_default: Annotated[str, Meta(min_length=1, description="Embedding model when an ask names none.")] | None = (
        None
    )


class Cache(Struct, frozen=True, forbid_unknown_fields=True):
    """The answer cache, and when identical asks of one caller share an answer."""

    enabled: Annotated[bool, Meta(description="Whether answers are kept at all.")] = True
    share: Annotated[
        Literal["deterministic", "all", "none"],
        Meta(
            description="Asks that share an answer within one caller's scope: `deterministic` (temperature 0 or a "
            "seed), `all` or `none`; a key or door says otherwise with `share_answers`."
        ),
    ] = "deterministic"
    max_size_mb: Annotated[float, Meta(ge=0, description="Memory for answers.")] = 256.0
    ttl_seconds: Annotated[float, Meta(gt=0, description="How long an answer is kept.")] = 3600.0


class ConversationCache(Struct, frozen=True, forbid_unknown_fields=True):
    """Assembled prompts with their token counts."""

    enabled: Annotated[bool, Meta(description="Whether they are kept.")] = True
    max_size_mb: Annotated[float, Meta(ge=0, description="Memory for them.")] = 128.0
    ttl_seconds: Annotated[float, Meta(gt=0, description="How long one is kept.")] = 1800.0


class Batch(Struct, frozen=True, forbid_unknown_fields=True):
    """Micro-batches of single embedding requests."""

    enabled: Annotated[bool, Meta(description="Whether requests that arrive together leave as one.")] = True
    max_batch_size: Annotated[int, Meta(ge=1, description="Texts in one call.")] = 32
    batch_timeout_ms: Annotated[
        float, Meta(ge=0, description="Longest wait for company; a lone request never waits.")
    ] = 5.0


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    """The line in front of each engine."""

    max_concurrent: Annotated[int, Meta(ge=1, description="Calls at once to one engine; none is no bound.")] | None = (
        None
    )
    max_queue_size: Annotated[
        int, Meta(ge=0, description="Asks that may wait for one engine; further ones are refused.")
    ] = 100
    estimated_time_per_request_ms: Annotated[
        float, Meta(ge=0, description="Estimate for one ask, until times have been measured.")
    ] = 30_000.0


class Log(Struct, frozen=True, forbid_unknown_fields=True):
    """What is written to standard error."""

    format: Annotated[Literal["text", "json"], Meta(description="Lines for people or for programs.")] = "text"
    level: Annotated[Level, Meta(description="The least level written.")] = "info"
    levels: Annotated[dict[str, Level], Meta(description='Levels of single modules: `"parlance.core" = "debug"`.')] = {}


class Metrics(Struct, frozen=True, forbid_unknown_fields=True):
    """Prometheus metrics."""

    enabled: Annotated[bool, Meta(description="Whether `/metrics` is served.")] = True


class Embed(Struct, frozen=True, forbid_unknown_fields=True):
    """The embedding model that runs on this machine."""

    enabled: Annotated[bool, Meta(description="Whether it is offered, where the extra `embed` is installed.")] = True
    idle_seconds: Annotated[float, Meta(gt=0, description="Idle time after which it leaves memory.")] = 300.0
    threads: Annotated[int, Meta(ge=1, description="Threads it may use; none is one for each core.")] | None = None


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All deployment settings. Frozen: a change needs a restart."""

    server: Server = Server()
    data: Data = Data()
    database: Database = Database()
    backup: Backup = Backup()
    traces: Traces = Traces()
    doors: Annotated[
        tuple[Door, ...], Meta(description="Doors beside the default one, or named `default` to change that one.")
    ] = ()
    accounts: Accounts = Accounts()
    files: Files = Files()
    storage: Storage = Storage()
    knowledge: Knowledge = Knowledge()
    budgets: Annotated[tuple[Budget, ...], Meta(description="Budgets that this file owns.")] = ()
    usage: Usage = Usage()
    keys: Annotated[tuple[Key, ...], Meta(description="API keys that this file owns.")] = ()
    connections: Annotated[tuple[Connection, ...], Meta(description="Upstreams that this file owns.")] = ()
    admin_connections: AdminConnections = AdminConnections()
    discovery: Discovery = Discovery()
    models: Models = Models()
    cache: Cache = Cache()
    conversation_cache: ConversationCache = ConversationCache()
    batch: Batch = Batch()
    queue: Queue = Queue()
    rates: Rates = Rates()
    redis: Redis = Redis()
    log: Log = Log()
    metrics: Metrics = Metrics()
    embed: Embed = Embed()
    chats: Chats = Chats()
    chatqueue: Chatqueue = Chatqueue()
    chatbot: Chatbot = Chatbot()
    weknora: Weknora = Weknora()
