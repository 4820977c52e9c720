"""What the rows of a WeKnora database say, in the words of `weknora.*.import`. Source: WeKnora 0.1.x, its types."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from parlance.values.time import SECOND

Row = Mapping[str, Any]
MASK = "***"
"""In place of secrets that nothing here uses: they stay where they are."""
SECRETS = frozenset({"api_key", "secret_key", "secret_id"})
TYPES, SOURCES = ("Embedding", "Rerank", "KnowledgeQA", "VLLM"), ("local", "remote", "aliyun")
MOST_DIMENSION, MOST_DESCRIPTION = 100_000, 2000
_NOTED = ("image_processing_config", "vlm_config", "cos_config", "extract_config")
_STRATEGY = (
    *("max_rounds", "enable_rewrite", "fallback_strategy", "fallback_response", "embedding_top_k"),
    *("keyword_threshold", "vector_threshold", "rerank_model_id", "rerank_top_k", "rerank_threshold"),
    "summary_model_id",
)
_SUMMARY_NUMBERS = ("max_tokens", "top_k", "seed", "max_completion_tokens")
_SUMMARY_SHARES = ("repeat_penalty", "top_p", "frequency_penalty", "presence_penalty", "temperature")
_SUMMARY_TEXTS = ("prompt", "context_template", "no_match_prefix")


def text(row: Row, name: str) -> str:
    """A text of a column; empty where there is none."""
    found = row.get(name)
    return found if isinstance(found, str) else ""


def number(row: Row, name: str) -> int:
    """A whole number of a column; 0 where there is none."""
    found = row.get(name)
    return int(found) if isinstance(found, int | float) and math.isfinite(found) else 0


def table(row: Row, name: str) -> dict[str, Any]:
    """An object of a column, which may lie there as a text; empty where there is none."""
    found = row.get(name)
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except ValueError:
            return {}
    return found if isinstance(found, dict) else {}


def moment(row: Row, name: str) -> int:
    """A time in microseconds; 0 where there is none."""
    try:
        at = datetime.fromisoformat(text(row, name))
    except ValueError:
        return 0
    since = (at if at.tzinfo else at.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * SECOND + since.microseconds


def times(row: Row) -> dict[str, int]:
    """When it was made and last changed."""
    return {"created": moment(row, "created_at"), "updated": moment(row, "updated_at")}


def tenant(row: Row, users: Iterable[Row]) -> dict[str, Any]:
    """A tenant with its people."""
    engines = row.get("retriever_engines")
    listed = engines.get("engines") if isinstance(engines, dict) else engines
    names = ("retriever_engine_type", "retriever_type")
    kinds = listed if isinstance(listed, list) else []
    known = [{name: text(each, name) for name in names} for each in kinds if isinstance(each, dict)]
    return {
        "number": number(row, "id"),
        "name": text(row, "name"),
        "description": text(row, "description"),
        "business": text(row, "business"),
        "key": text(row, "api_key"),
        "active": text(row, "status") in ("active", ""),
        "quota": number(row, "storage_quota"),
        **({"engines": known} if known else {}),
        **times(row),
        "users": [_user(each) for each in users],
    }


def _user(row: Row) -> dict[str, Any]:
    return {
        "id": text(row, "id"),
        "name": text(row, "username"),
        "email": text(row, "email"),
        "password_hash": text(row, "password_hash"),
        "active": row.get("is_active") is not False,
        **times(row),
    }


def strange_model(row: Row) -> str:
    """Why a model is of no kind that is known; empty where it is."""
    kind, source = text(row, "type"), text(row, "source")
    if kind not in TYPES:
        return f"models of the type {kind!r} are not known here"
    return "" if source in SOURCES else f"models of the source {source!r} are not known here"


def model(row: Row, into: str) -> dict[str, Any]:
    """A model, for a tenant by its id here."""
    parameters = table(row, "parameters")
    embedding = table(parameters, "embedding_parameters")
    known = ("base_url", "api_key", "embedding_parameters")
    plan = {
        "name": text(row, "name"),
        "type": text(row, "type"),
        "source": text(row, "source"),
        "description": text(row, "description")[:4000],
        "base_url": text(parameters, "base_url"),
        "dimension": max(0, min(MOST_DIMENSION, number(embedding, "dimension"))),
        "truncate": number(embedding, "truncate_prompt_tokens"),
        "is_default": row.get("is_default") is True,
        "foreign": _masked({name: value for name, value in parameters.items() if name not in known}),
    }
    key = text(parameters, "api_key")
    return {"tenant": into, "id": text(row, "id"), "plan": plan, "api_key": key, **times(row)}


def base(row: Row, into: str) -> dict[str, Any]:
    """A knowledge base, for a tenant by its id here."""
    cut = table(row, "chunking_config")
    marks = cut.get("separators") or cut.get("split_markers")
    notes: dict[str, Any] = {name: _masked(table(row, name)) for name in _NOTED if table(row, name)}
    notes |= {name: text(row, name) for name in ("summary_model_id", "vlm_model_id") if text(row, name)}
    multimodal = cut.get("enable_multimodal") is True or table(row, "image_processing_config").get("enable_multimodal")
    return {
        "tenant": into,
        "id": text(row, "id"),
        "name": text(row, "name"),
        "description": text(row, "description"),
        "size": number(cut, "chunk_size"),
        "overlap": number(cut, "chunk_overlap"),
        "separators": [each for each in marks if isinstance(each, str)] if isinstance(marks, list) else [],
        "embedder": text(row, "embedding_model_id"),
        "reranker": text(row, "rerank_model_id"),
        "notes": notes | {"enable_multimodal": multimodal is True},
        **times(row),
    }


def _masked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without the secrets in it, however deep they lie."""
    return {
        name: MASK if name in SECRETS and held else _masked(held) if isinstance(held, dict) else held
        for name, held in given.items()
    }


def session(row: Row, turns: list[dict[str, Any]], into: str) -> dict[str, Any]:
    """A session with its messages, for a tenant by its id here."""
    strategy = {name: row[name] for name in _STRATEGY if row.get(name) is not None}
    strategy["summary_parameters"] = _summary(table(row, "summary_parameters"))
    notes = {
        "base": text(row, "knowledge_base_id"),
        "description": text(row, "description")[:MOST_DESCRIPTION],
        "strategy": strategy,
    }
    about = {"id": text(row, "id"), "title": text(row, "title"), **times(row), "foreign": {"weknora": notes}}
    return {"tenant": into, "session": {**about, "turns": turns}}


def _summary(given: Row) -> dict[str, Any]:
    """How the model is asked, as far as it is what it should be."""
    wanted: dict[str, type[float]] = dict.fromkeys(_SUMMARY_NUMBERS, int) | dict.fromkeys(_SUMMARY_SHARES, float)
    numbers = {name: kind(given[name]) for name, kind in wanted.items() if isinstance(given.get(name), int | float)}
    return numbers | {name: text(given, name) for name in _SUMMARY_TEXTS if text(given, name)}
