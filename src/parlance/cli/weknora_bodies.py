"""What was in a WeKnora installation, in the words of `weknora.*.import`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from parlance.ports.weknora_original import (
    OriginalBase,
    OriginalDocument,
    OriginalModel,
    OriginalPerson,
    OriginalSession,
    OriginalTenant,
)

TYPES, SOURCES = ("Embedding", "Rerank", "KnowledgeQA", "VLLM"), ("local", "remote", "aliyun")
MOST_DIMENSION, MOST_DESCRIPTION, MOST_ABOUT_MODEL = 100_000, 2000, 4000
MOST_NAME, MOST_ENTRIES, MOST_KEY, MOST_VALUE = 255, 64, 100, 2000
"""Characters of a name; entries of what is noted of a document, and characters of the key and the value of one."""
MOST_METADATA = 200_000
"""Bytes of JSON: a field of a form has no more."""
Body = dict[str, Any]


def tenant(given: OriginalTenant, people: Iterable[OriginalPerson]) -> Body:
    """A tenant with its people."""
    body: Body = msgspec.to_builtins(given)
    if not given.engines:
        del body["engines"]
    return {**body, "users": [msgspec.to_builtins(each) for each in people]}


def strange_model(given: OriginalModel) -> str:
    """Why a model is of no kind that is known; empty where it is."""
    if given.type not in TYPES:
        return f"models of the type {given.type!r} are not known here"
    return "" if given.source in SOURCES else f"models of the source {given.source!r} are not known here"


def model(given: OriginalModel, into: str) -> Body:
    """A model, for a tenant by its id here."""
    plan = {
        "name": given.name,
        "type": given.type,
        "source": given.source,
        "description": given.description[:MOST_ABOUT_MODEL],
        "base_url": given.base_url,
        "dimension": max(0, min(MOST_DIMENSION, given.dimension)),
        "truncate": given.truncate,
        "is_default": given.is_default,
        "foreign": given.others,
    }
    return {"tenant": into, "id": given.id, "plan": plan, "api_key": given.api_key, **_times(given)}


def base(given: OriginalBase, into: str) -> Body:
    """A knowledge base, for a tenant by its id here."""
    return {"tenant": into, **msgspec.to_builtins(given)}


def session(given: OriginalSession, turns: list[Body], into: str) -> Body:
    """A session with its messages, for a tenant by its id here."""
    notes = {"base": given.base, "description": given.description[:MOST_DESCRIPTION], "strategy": given.strategy}
    about = {"id": given.id, "title": given.title, **_times(given), "foreign": {"weknora": notes}}
    return {"tenant": into, "session": {**about, "turns": turns}}


def document(given: OriginalDocument, into: str) -> Body:
    """What is said of a document besides its bytes."""
    return {
        "tenant": into,
        "base": given.base,
        "id": given.id,
        "kind": given.type,
        "name": (given.file or given.title or "document")[:MOST_NAME],
        "title": "" if given.title == given.file else given.title,
        "place": given.source if given.type == "url" else "",
        "metadata": json.dumps(dict(_noted(given)), ensure_ascii=False),
        **_times(given),
    }


def _noted(given: OriginalDocument) -> Iterator[tuple[str, str]]:
    """What is noted of a document, as far as it can be."""
    size = 0
    for key, value in list(given.metadata.items())[:MOST_ENTRIES]:
        if not isinstance(value, str) or not 1 <= len(key) <= MOST_KEY or len(value) > MOST_VALUE:
            continue
        more = len(json.dumps({key: value}, ensure_ascii=False).encode("utf-8", "replace"))
        if size + more <= MOST_METADATA:
            size += more
            yield key, value


def _times(given: OriginalModel | OriginalSession | OriginalDocument) -> Body:
    return {"created": given.created, "updated": given.updated}
