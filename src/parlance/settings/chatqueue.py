"""Settings of the chatqueue dialect, with its contract's own defaults."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.connection import HTTP_URL, URL_SHAPE


class ChatqueueCache(Struct, frozen=True, forbid_unknown_fields=True):
    """Its answer cache."""

    enabled: Annotated[bool, Meta(description="Whether answers are kept.")] = True
    max_size_mb: Annotated[float, Meta(ge=0, description="Memory for answers.")] = 256.0
    ttl_seconds: Annotated[float, Meta(gt=0, description="How long an answer is kept.")] = 3600.0


class ChatqueueConversationCache(Struct, frozen=True, forbid_unknown_fields=True):
    """Its conversation cache."""

    enabled: Annotated[bool, Meta(description="Whether assembled prompts are kept.")] = True
    max_size_mb: Annotated[float, Meta(ge=0, description="Memory for assembled prompts.")] = 128.0
    ttl_seconds: Annotated[float, Meta(gt=0, description="How long one is kept.")] = 1800.0


class ChatqueueBatch(Struct, frozen=True, forbid_unknown_fields=True):
    """Its batches."""

    max_batch_size: Annotated[int, Meta(ge=1, description="Asks in one batch.")] = 3
    batch_timeout_ms: Annotated[float, Meta(ge=0, description="How long a batch waits for company.")] = 2000.0
    enable_deduplication: Annotated[bool, Meta(description="Whether identical asks share one call.")] = True


class ChatqueueQueue(Struct, frozen=True, forbid_unknown_fields=True):
    """Its line."""

    max_concurrent: Annotated[int, Meta(ge=1, description="Asks answered at once.")] = 1
    max_queue_size: Annotated[int, Meta(ge=0, description="Asks that may wait.")] = 100
    estimated_time_per_request_ms: Annotated[
        float, Meta(ge=0, description="Estimate for one ask, until times have been measured.")
    ] = 30_000.0


class Chatqueue(Struct, frozen=True, forbid_unknown_fields=True):
    """The chatqueue dialect. A `config.toml` and the variables of that system set these too."""

    configured: Annotated[
        bool,
        Meta(
            description="Whether the dialect has an Ollama of its own (set by an `[ollama]` section or an `api_url`); "
            "without one it uses the engine found at start."
        ),
    ] = False
    api_url: (
        Annotated[
            str,
            Meta(pattern=HTTP_URL, extra=URL_SHAPE, description="Its Ollama; none is `discovery.ollama_url`."),
        ]
        | None
    ) = None
    model: Annotated[str, Meta(min_length=1, description="Model when an ask names none.")] = "deepseek-r1:8b"
    system_prompt: Annotated[str, Meta(description="System prompt when an ask brings none.")] = (
        "Format all responses in markdown."
    )
    keep_alive: Annotated[str, Meta(min_length=1, description="How long Ollama keeps the model loaded.")] = "15m"
    timeout_seconds: Annotated[float, Meta(gt=0, description="Time for a whole answer.")] = 300.0
    anonymous: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="Guest that callers without credentials become in this dialect; a `config.toml` sets it to "
                "`chatqueue`, since that system knows no keys.",
            ),
        ]
        | None
    ) = None
    cors_origins: Annotated[tuple[str, ...], Meta(description="Web origins that may use this dialect.")] = ()
    cors_methods: Annotated[tuple[str, ...], Meta(description="Methods they may use.")] = ("GET", "POST", "DELETE")
    cors_headers: Annotated[tuple[str, ...], Meta(description="Request headers they may send.")] = ("*",)
    cache: ChatqueueCache = ChatqueueCache()
    conversation_cache: ChatqueueConversationCache = ChatqueueConversationCache()
    batch: ChatqueueBatch = ChatqueueBatch()
    queue: ChatqueueQueue = ChatqueueQueue()
