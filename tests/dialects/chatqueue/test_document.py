"""The OpenAPI document of the dialect."""

from __future__ import annotations

from parlance.dialects.chatqueue import Options, dialect
from parlance.transports.http.openapi import document


def test_the_document_describes_every_route() -> None:
    """Seven operations, the streamed one with its frames, and actions by name."""
    made = document(dialect(Options()), version="1", server="/as/chatqueue")
    operations = {(path, method) for path, methods in made["paths"].items() for method in methods}
    assert operations == {
        ("/api/chat-optimized", "post"),
        ("/api/chat-queue", "post"),
        ("/api/chat-queue", "get"),
        ("/api/chat-queue", "delete"),
        ("/api/cache-stats", "get"),
        ("/api/cache-stats", "post"),
        ("/health", "get"),
    }
    streamed = made["paths"]["/api/chat-optimized"]["post"]["responses"]["200"]["content"]
    assert set(streamed) == {"application/json", "text/event-stream"}
    schemas = made["components"]["schemas"]
    assert not schemas["FollowedShown"].get("required")
    assert set(schemas["ActionShown"]["properties"]["action"]["enum"]) == {
        "clear",
        "clear_response_cache",
        "clear_conversation_cache",
        "warm_model",
    }
