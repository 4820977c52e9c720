"""What the app refuses, by a short code: the dialect knows each code's status and form."""

from __future__ import annotations

from collections.abc import Mapping

from parlance.values.errors import Fault, Kind

_KINDS: Mapping[str, tuple[Kind, str]] = {
    "csrf_missing": (Kind.invalid, "Missing CSRF token"),
    "csrf_invalid": (Kind.invalid, "Invalid CSRF token"),
    "credentials_wrong": (Kind.unauthenticated, "Invalid credentials"),
    "credentials_missing": (Kind.invalid, "Username and password required."),
    "name_odd": (Kind.invalid, "Username may only include letters, numbers, '_' or '-'"),
    "name_taken": (Kind.conflict, "User already exists."),
    "guest": (Kind.forbidden, "Not authenticated"),
    "model_unknown": (Kind.invalid, "requested model not found"),
    "provider_unsupported": (Kind.unsupported, "unsupported provider type"),
    "provider_unbuilt": (Kind.upstream, "provider setup failed"),
    "provider_unready": (Kind.upstream, "provider request failed"),
    "message_blank": (Kind.invalid, "message is required"),
    "memory_blank": (Kind.invalid, "Memory content is required"),
    "prompt_blank": (Kind.invalid, "System prompt is required"),
    "pair_blank": (Kind.invalid, "user_message is required"),
    "pair_missing": (Kind.missing, "message pair not found"),
    "set_name_odd": (Kind.invalid, "invalid set name"),
    "set_not_made": (Kind.conflict, "Set already exists or invalid name"),
    "set_not_deleted": (Kind.conflict, "Cannot delete set"),
    "generating": (Kind.busy, "A response is currently being generated. Please wait and try again."),
    "key_gone": (Kind.unauthenticated, "relogin required"),
    "premium": (Kind.forbidden, "This model requires a Premium account"),
    "user_store": (Kind.busy, "internal error while accessing user store"),
    "history_full": (Kind.too_large, "The history is longer than can be kept."),
    "sets_full": (Kind.too_large, "There are as many sets as can be kept."),
    "room_full": (Kind.too_large, "All sets together are longer than can be kept."),
    "text_missing": (Kind.invalid, "No text provided"),
    "sound_too_long": (Kind.too_large, "The text takes longer to speak than one file can hold."),
    "sounds_full": (Kind.busy, "Too many texts are being spoken right now. Please wait and try again."),
    "speech_empty": (Kind.invalid, "TTS generation failed"),
}
"""Kinds and sentences; the sentences are the wire's own words (contract §4 to §10)."""


def contended() -> Fault:
    """Somebody else kept being quicker."""
    return Fault(Kind.conflict, "Somebody else keeps changing the same set.", hint="Try again in a moment.")


def refused(code: str) -> Fault:
    """The fault of a code."""
    kind, message = _KINDS[code]
    return Fault(kind, message, code=code)
