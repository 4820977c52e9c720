"""Settings of the upstreams: connections, what is known of their models, and what is found at start."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.secret import Secret
from parlance.values.connections import VISIBLE
from parlance.values.models import Capability

USUAL_URLS = {"openai": "https://api.openai.com/v1", "ollama": "http://127.0.0.1:11434"}
"""Where a connection of a built-in kind goes when no `base_url` is given."""

HTTP_URL = r"^https?://[^\s/?#]+[^\s?#]*$"
URL_SHAPE = {"shape": "a URL that begins with http:// or https://, without a query"}


class Card(Struct, frozen=True, forbid_unknown_fields=True):
    """What the operator knows better about one model; whatever is not given is what the engine says."""

    context: Annotated[int, Meta(ge=1, description="Context length in tokens.")] | None = None
    capabilities: (
        Annotated[tuple[Capability, ...], Meta(description="All it can do, in place of what the engine says.")] | None
    ) = None
    prompt_price: (
        Annotated[int, Meta(ge=0, description="Millionths of `currency` for a million prompt tokens.")] | None
    ) = None
    completion_price: (
        Annotated[int, Meta(ge=0, description="Millionths of `currency` for a million answer tokens.")] | None
    ) = None
    currency: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Z]{3}$", extra={"shape": "three capital letters"}, description="Currency, such as `USD`."
            ),
        ]
        | None
    ) = None
    note: Annotated[str, Meta(description="A sentence about the model for people.")] | None = None


class Connection(Struct, frozen=True, forbid_unknown_fields=True):
    """One upstream."""

    name: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9_.-]{1,64}$",
            extra={"shape": "letters, digits, `_`, `.` and `-`, at most 64"},
            description="Name of the connection.",
        ),
    ]
    kind: Annotated[str, Meta(min_length=1, description="`openai`, `ollama` or an engine that a plugin brought.")] = (
        "openai"
    )
    base_url: (
        Annotated[
            str,
            Meta(pattern=HTTP_URL, extra=URL_SHAPE, description="Address of the API; none is the kind's usual one."),
        ]
        | None
    ) = None
    api_key: Annotated[Secret, Meta(description="Key sent to the upstream.")] | None = None
    api_key_env: (
        Annotated[str, Meta(min_length=1, description="Variable that holds the key, so that no file has to.")] | None
    ) = None
    headers: Annotated[dict[str, Secret], Meta(description="Further headers to send; their values are secrets.")] = {}
    prefix: Annotated[
        str,
        Meta(
            max_length=64,
            pattern=VISIBLE,
            description="Put before its models' names, such as `work/`.",
            extra={"shape": "a text without characters that nobody sees"},
        ),
    ] = ""
    models: Annotated[
        tuple[str, ...], Meta(description="The models to offer; empty asks the upstream which there are.")
    ] = ()
    enabled: Annotated[bool, Meta(description="Whether it is used at all.")] = True
    max_concurrent: Annotated[int, Meta(ge=1, description="Calls at once; none is `queue.max_concurrent`.")] | None = (
        None
    )
    max_queue_size: (
        Annotated[int, Meta(ge=0, description="Asks that may wait; none is `queue.max_queue_size`.")] | None
    ) = None
    connect_seconds: Annotated[float, Meta(gt=0, description="Time to connect, TLS included.")] = 10.0
    first_token_seconds: Annotated[
        float, Meta(gt=0, description="Time until the first token; a model that loads takes long.")
    ] = 120.0
    between_seconds: Annotated[float, Meta(gt=0, description="Longest silence between two tokens.")] = 60.0
    total_seconds: Annotated[float, Meta(gt=0, description="Time for a whole answer; none is no bound.")] | None = None
    retries: Annotated[int, Meta(ge=0, le=10, description="Further tries before the first byte of an answer.")] = 2
    cards: Annotated[
        dict[str, Card], Meta(description='What you know better about a model: `[connections.cards."<model>"]`.')
    ] = {}
    options: Annotated[
        dict[str, object], Meta(description="What a plugin's engine asks for; shown in the open, so no secrets.")
    ] = {}

    @property
    def url(self) -> str | None:
        """`base_url`, or the usual address of a built-in kind."""
        return self.base_url or USUAL_URLS.get(self.kind)


class AdminConnections(Struct, frozen=True, forbid_unknown_fields=True):
    """What connections may be that admins add while the server runs."""

    private_addresses: Annotated[
        bool,
        Meta(description="Whether they may lead to addresses that are not public: this machine, the local network."),
    ] = True


class Discovery(Struct, frozen=True, forbid_unknown_fields=True):
    """What is looked for at start without being asked."""

    ollama: Annotated[bool, Meta(description="Use an Ollama that runs at `discovery.ollama_url`.")] = True
    ollama_url: Annotated[
        str,
        Meta(pattern=HTTP_URL, extra=URL_SHAPE, description="Where to look for an Ollama; never our own door."),
    ] = USUAL_URLS["ollama"]
    openai_env: Annotated[bool, Meta(description="Make a connection of `OPENAI_API_KEY` and `OPENAI_BASE_URL`.")] = True
    openai_api_key: Annotated[Secret, Meta(description="Key of the connection found that way.")] | None = None
    openai_base_url: (
        Annotated[str, Meta(pattern=HTTP_URL, extra=URL_SHAPE, description="Its address; none is OpenAI's own.")] | None
    ) = None
    config_toml: Annotated[
        bool, Meta(description="Read a chatqueue `config.toml` (see the page on configuring for its places).")
    ] = True
