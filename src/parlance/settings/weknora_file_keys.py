"""The keys of WeKnora's `config.yaml`: those that stand for settings of ours, and why the others have no effect."""

from __future__ import annotations

import msgspec

from parlance.settings.weknora_conversation import WeknoraConversation, WeknoraSummary

_SUMMARY = tuple(each.name for each in msgspec.structs.fields(WeknoraSummary))
_CONVERSATION = tuple(each.name for each in msgspec.structs.fields(WeknoraConversation) if each.name != "summary")
SECTIONS = (
    *("server", "conversation", "conversation.summary", "vector_database", "docreader", "stream_manager"),
    *("stream_manager.redis", "knowledge_base", "tenant", "models", "extract"),
)
"""Tables. `knowledge_base`, `tenant`, `models` and `extract` are passed over whole where one of them is accepted."""
SERVERS = ("type", "redis.address", "redis.password", "redis.db")
"""Of `stream_manager`: together they name a Redis."""
MAPPED = {
    "server.host": "server.host",
    "server.port": "server.port",
    "server.shutdown_timeout": "server.drain_seconds",
    "vector_database.driver": "weknora.retrieve_driver",
    **{f"conversation.{name}": f"weknora.conversation.{name}" for name in _CONVERSATION},
    **{f"conversation.summary.{name}": f"weknora.conversation.summary.{name}" for name in _SUMMARY},
    **{f"stream_manager.{name}": f"redis ({name})" for name in SERVERS},
}
"""Keys and our settings; those of `SERVERS` have none of their own."""
_GRAPH = "a model that makes a graph is asked in Parlance's own words"
_NEWER = "it is of a newer version of that system, whose prompts stand in files of their own"
_BASES = "each base says itself how its documents are cut, and that system does not read this either"
_NOBODY = "that system does not read it either"
ACCEPTED = {
    "server.log_path": "the log goes to standard error",
    "conversation.fallback_prompt": "with fallback_strategy `model` the model answers by itself, in its own words",
    "conversation.extract_entities_prompt": _GRAPH,
    "conversation.extract_relationships_prompt": _GRAPH,
    **{
        f"conversation.{name}": _NOBODY
        for name in (
            *("keywords_extraction_prompt", "keywords_extraction_prompt_system", "keywords_extraction_prompt_user"),
            *("simplify_query_prompt", "simplify_query_prompt_system", "simplify_query_prompt_user"),
        )
    },
    **{
        f"conversation.{name}": _NEWER
        for name in (
            *("fallback_prompt_id", "rewrite_prompt_id", "generate_session_title_prompt_id"),
            *("generate_summary_prompt_id", "extract_entities_prompt_id", "extract_relationships_prompt_id"),
            *("generate_questions_prompt_id", "enable_query_expansion", "query_understand_model_id"),
            *("query_understand_model", "summary.thinking", "summary.max_input_chars", "summary.prompt_id"),
            "summary.context_template_id",
        )
    },
    **dict.fromkeys(("oidc_auth", "web_search", "prompt_templates", "im", "agent"), _NEWER),
    "tenant.enable_cross_tenant_access": "nobody reads what is another tenant's",
    "docreader.addr": "documents are read by Parlance itself, in child processes",
    "docreader.transport": "documents are read by Parlance itself, in child processes",
    "stream_manager.redis.prefix": "redis.prefix says what stands before Parlance's own keys",
    "stream_manager.redis.ttl": "an answer can be read on as long as its run is kept",
    "stream_manager.cleanup_timeout": "an answer can be read on as long as its run is kept",
    **{
        f"knowledge_base.{name}": _BASES
        for name in ("chunk_size", "chunk_overlap", "split_markers", "keep_separator", "image_processing")
    },
    **{f"tenant.default_session_{name}": _NOBODY for name in ("name", "title", "description")},
    "models": "models are added in the wizard, or as connections; that system does not read this either",
    **{f"extract.{name}": _GRAPH for name in ("extract_graph", "extract_entity", "fabri_text")},
}
"""What is accepted and has no effect, and why; what is below one of these is passed over with it."""
