"""Settings of the chatbot dialect, with its contract's own defaults."""

from typing import Annotated

from msgspec import Meta, Struct

from parlance.settings.secret import Secret

PROMPT = "You are a helpful AI assistant. Provide clear and concise answers to user queries."
"""What a set says to the model until somebody writes something else (contract §11.5)."""
PATH = {"path": True}


class ChatbotProvider(Struct, frozen=True, forbid_unknown_fields=True):
    """One model that people of the chatbot app choose by name, and where it is asked."""

    name: Annotated[str, Meta(min_length=1, description="What people choose; each name once.")]
    kind: Annotated[str, Meta(min_length=1, description="`openai` or `ollama`; any other is refused when it is asked.")]
    model: Annotated[str, Meta(min_length=1, description="Model as the upstream calls it.")]
    tier: Annotated[str, Meta(description="`premium` is for users of that tier alone.")] = "free"
    context: Annotated[int, Meta(ge=1, description="Context length in tokens.")] = 8192
    base_url: Annotated[str, Meta(description="Address of the API; empty is Ollama's usual one.")] = ""
    api_key: Annotated[Secret, Meta(description="Key sent to the upstream.")] | None = None
    template: Annotated[str, Meta(description="Prompt template for Ollama.")] | None = None
    allowed_providers: Annotated[tuple[str, ...], Meta(description="Upstreams that a broker may choose from.")] = ()
    timeout_seconds: Annotated[float, Meta(gt=0, description="Time for a whole answer.")] = 300.0
    test_chunks: Annotated[tuple[str, ...], Meta(description="Said instead of asking anybody, for tests.")] | None = (
        None
    )


class Chatbot(Struct, frozen=True, forbid_unknown_fields=True):
    """The chatbot app. Its own `.config.yml` and variables set these too."""

    enabled: (
        Annotated[
            bool,
            Meta(
                description="Whether it is at `/as/chatbot/` of the default door; none is when its file is there or a "
                "door speaks it."
            ),
        ]
        | None
    ) = None
    config_file: (
        Annotated[str, Meta(extra=PATH, description="Its file; none is `.config.yml` in the working folder.")] | None
    ) = None
    providers: Annotated[
        tuple[ChatbotProvider, ...], Meta(description="Its models; none are those of its file, else one Ollama.")
    ] = ()
    default_provider: Annotated[
        str, Meta(description="Model when a chat names none; one that is not there is the first.")
    ] = ""
    system_prompt: Annotated[str, Meta(description="System prompt of a set until it gets its own.")] = PROMPT
    session_seconds: Annotated[
        int, Meta(ge=0, description="Idle time after which a sign-in ends; less than 60 counts as 60.")
    ] = 3600
    cookie_secure: Annotated[
        bool,
        Meta(description="Whether its cookie says `Secure`: browsers then return it over HTTPS, and to localhost."),
    ] = True
    tts_host: Annotated[str, Meta(min_length=1, description="Host of its text-to-speech service.")] = "localhost"
    tts_port: Annotated[int, Meta(ge=1, le=65535, description="Port of that service.")] = 5000

    @property
    def idle_seconds(self) -> int:
        """Idle time after which a sign-in ends, as it counts."""
        return max(60, self.session_seconds)
