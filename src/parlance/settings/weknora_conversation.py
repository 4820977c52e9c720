"""What a WeKnora session is answered by when its client says nothing of it: the `conversation` of its `config.yaml`."""

from typing import Annotated

from msgspec import Meta, Struct


class WeknoraSummary(Struct, frozen=True, forbid_unknown_fields=True):
    """How a model is asked."""

    prompt: Annotated[
        str, Meta(description="What the model is told first; empty is Parlance's own, which asks for marks of sources.")
    ] = ""
    context_template: Annotated[
        str,
        Meta(
            description="How passages and question stand in the message: a Go template with `.Query`, `.Contexts`, "
            "`.CurrentTime` and `.CurrentWeek`; empty is Parlance's own."
        ),
    ] = ""
    no_match_prefix: Annotated[
        str, Meta(max_length=1000, description="An answer that begins with this is replaced by `fallback_response`.")
    ] = "<think>\n</think>\nNO_MATCH"
    temperature: Annotated[float, Meta(ge=0, description="How freely the model chooses its words.")] = 0.3
    max_completion_tokens: Annotated[int, Meta(ge=0, description="The longest answer, in tokens; 0 is no bound.")] = (
        2048
    )
    max_tokens: Annotated[int, Meta(ge=0, description="The same by its older name.")] = 0
    repeat_penalty: Annotated[float, Meta(description="Shown to clients; no model is told.")] = 1.0
    top_k: Annotated[int, Meta(description="Shown to clients; no model is told.")] = 0
    top_p: Annotated[
        float, Meta(ge=0, le=1, description="The share of likely words that are chosen from; 0 is the model's.")
    ] = 0.0
    frequency_penalty: Annotated[float, Meta(description="Against saying the same often; 0 is none.")] = 0.0
    presence_penalty: Annotated[float, Meta(description="Against coming back to the same; 0 is none.")] = 0.0
    seed: Annotated[int, Meta(description="For answers that can be repeated; 0 is none.")] = 0


class WeknoraConversation(Struct, frozen=True, forbid_unknown_fields=True):
    """Sessions whose client brings no strategy of its own."""

    max_rounds: Annotated[int, Meta(ge=0, description="Rounds before a question that are read to complete it.")] = 5
    enable_rewrite: Annotated[
        bool, Meta(description="Have the model complete a question by what was said before, and search with that.")
    ] = True
    rewrite_prompt_system: Annotated[
        str,
        Meta(
            max_length=20_000,
            description="What the model is told that completes a question: a Go template with `.Query`, "
            "`.Conversation` (a range of `.Query` and `.Answer`), `.CurrentTime` and `.Yesterday`; empty is Parlance's "
            "own.",
        ),
    ] = ""
    rewrite_prompt_user: Annotated[
        str, Meta(max_length=20_000, description="What it is asked then: a template of the same; empty is Parlance's.")
    ] = ""
    generate_session_title_prompt: Annotated[
        str, Meta(max_length=20_000, description="What the model is told that names a session; empty is Parlance's.")
    ] = ""
    generate_summary_prompt: Annotated[
        str,
        Meta(max_length=20_000, description="What the model is told that sums a document up; empty is Parlance's."),
    ] = ""
    keyword_threshold: Annotated[
        float, Meta(ge=0, le=1, description="Shown to clients; one threshold serves both searches.")
    ] = 0.3
    vector_threshold: Annotated[
        float, Meta(ge=0, le=1, description="The lowest score of a passage where nothing reranks.")
    ] = 0.5
    embedding_top_k: Annotated[int, Meta(ge=0, description="Passages that are looked for; with 0 none is found.")] = 10
    rerank_threshold: Annotated[
        float, Meta(ge=0, le=1, description="The lowest score of a passage that was reranked.")
    ] = 0.5
    rerank_top_k: Annotated[
        int, Meta(ge=0, description="Passages that a model is shown; 0 is all that were found.")
    ] = 5
    enable_rerank: Annotated[bool, Meta(description="Use the reranker of a base that has one.")] = True
    fallback_strategy: Annotated[
        str, Meta(description="Where nothing is found: `fixed` says the response, `model` lets the model answer.")
    ] = "fixed"
    fallback_response: Annotated[str, Meta(max_length=10_000, description="What is said where nothing is found.")] = (
        "抱歉，我无法回答这个问题。"
    )
    summary: WeknoraSummary = WeknoraSummary()
