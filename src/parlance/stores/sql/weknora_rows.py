"""What the rows of a WeKnora database say, as the port's values. Source: WeKnora 0.1.x, its types."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from parlance.ports import weknora_original as port
from parlance.values.time import SECOND
from parlance.values.weknora import Engine

Row = Mapping[str, Any]
MASK = "***"
"""In place of secrets that nothing here uses: they stay where they are."""
SECRETS = frozenset({"api_key", "secret_key", "secret_id"})
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


def tenant(row: Row) -> port.OriginalTenant:
    """Of `tenants`."""
    engines = row.get("retriever_engines")
    listed = engines.get("engines") if isinstance(engines, dict) else engines
    kinds = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return port.OriginalTenant(
        number=number(row, "id"),
        name=text(row, "name"),
        description=text(row, "description"),
        business=text(row, "business"),
        engines=tuple(Engine(text(each, "retriever_engine_type"), text(each, "retriever_type")) for each in kinds),
        key=text(row, "api_key"),
        active=text(row, "status") in ("active", ""),
        quota=number(row, "storage_quota"),
        **_times(row),
    )


def person(row: Row) -> port.OriginalPerson:
    """Of `users`."""
    return port.OriginalPerson(
        id=text(row, "id"),
        name=text(row, "username"),
        email=text(row, "email"),
        password_hash=text(row, "password_hash"),
        active=row.get("is_active") is not False,
        **_times(row),
    )


def model(row: Row) -> port.OriginalModel:
    """Of `models`."""
    parameters = table(row, "parameters")
    embedding = table(parameters, "embedding_parameters")
    known = ("base_url", "api_key", "embedding_parameters")
    return port.OriginalModel(
        id=text(row, "id"),
        name=text(row, "name"),
        type=text(row, "type"),
        source=text(row, "source"),
        description=text(row, "description"),
        base_url=text(parameters, "base_url"),
        api_key=text(parameters, "api_key"),
        dimension=number(embedding, "dimension"),
        truncate=number(embedding, "truncate_prompt_tokens"),
        is_default=row.get("is_default") is True,
        others=_masked({name: value for name, value in parameters.items() if name not in known}),
        **_times(row),
    )


def base(row: Row) -> port.OriginalBase:
    """Of `knowledge_bases`. The first versions call separators `split_markers`."""
    cut = table(row, "chunking_config")
    marks = cut.get("separators") or cut.get("split_markers")
    notes: dict[str, Any] = {name: _masked(table(row, name)) for name in _NOTED if table(row, name)}
    notes |= {name: text(row, name) for name in ("summary_model_id", "vlm_model_id") if text(row, name)}
    multimodal = cut.get("enable_multimodal") is True or table(row, "image_processing_config").get("enable_multimodal")
    return port.OriginalBase(
        id=text(row, "id"),
        name=text(row, "name"),
        description=text(row, "description"),
        size=number(cut, "chunk_size"),
        overlap=number(cut, "chunk_overlap"),
        separators=tuple(each for each in marks if isinstance(each, str)) if isinstance(marks, list) else (),
        embedder=text(row, "embedding_model_id"),
        reranker=text(row, "rerank_model_id"),
        notes=notes | {"enable_multimodal": multimodal is True},
        **_times(row),
    )


def document(row: Row) -> port.OriginalDocument:
    """Of `knowledges`."""
    return port.OriginalDocument(
        id=text(row, "id"),
        tenant=number(row, "tenant_id"),
        base=text(row, "knowledge_base_id"),
        type=text(row, "type"),
        title=text(row, "title"),
        file=text(row, "file_name"),
        path=text(row, "file_path"),
        size=number(row, "file_size"),
        source=text(row, "source"),
        metadata=table(row, "metadata"),
        **_times(row),
    )


def chunk(row: Row) -> port.OriginalChunk:
    """Of `chunks`."""
    return port.OriginalChunk(
        content=text(row, "content"),
        kind=text(row, "chunk_type") or "text",
        place=number(row, "chunk_index"),
        start=number(row, "start_at"),
        stop=number(row, "end_at"),
    )


def session(row: Row) -> port.OriginalSession:
    """Of `sessions`; how the model is asked is in the strategy, as far as it is what it should be."""
    strategy = {name: row[name] for name in _STRATEGY if row.get(name) is not None}
    return port.OriginalSession(
        id=text(row, "id"),
        base=text(row, "knowledge_base_id"),
        title=text(row, "title"),
        description=text(row, "description"),
        strategy=strategy | {"summary_parameters": _summary(table(row, "summary_parameters"))},
        **_times(row),
    )


def message(row: Row) -> port.OriginalMessage:
    """Of `messages`."""
    role = text(row, "role")
    return port.OriginalMessage(
        id=text(row, "id"),
        role=role,
        content=text(row, "content"),
        request=text(row, "request_id"),
        whole=role != "assistant" or row.get("is_completed") is not False,
        references=tuple(_references(row.get("knowledge_references"))),
        **_times(row),
    )


def _references(given: object) -> Iterator[port.OriginalReference]:
    for each in given if isinstance(given, list) else ():
        if isinstance(each, Mapping):
            score = each.get("score")
            yield port.OriginalReference(
                id=text(each, "id"),
                document=text(each, "knowledge_id"),
                content=text(each, "content"),
                title=text(each, "knowledge_title") or text(each, "knowledge_filename"),
                start=number(each, "start_at"),
                stop=number(each, "end_at"),
                score=float(score) if isinstance(score, int | float) else None,
                match_type=number(each, "match_type"),
            )


def _times(row: Row) -> dict[str, int]:
    return {"created": moment(row, "created_at"), "updated": moment(row, "updated_at")}


def _masked(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without the secrets in it, however deep they lie."""
    return {
        name: MASK if name in SECRETS and held else _masked(held) if isinstance(held, dict) else held
        for name, held in given.items()
    }


def _summary(given: Row) -> dict[str, Any]:
    wanted: dict[str, type[float]] = dict.fromkeys(_SUMMARY_NUMBERS, int) | dict.fromkeys(_SUMMARY_SHARES, float)
    numbers = {name: kind(given[name]) for name, kind in wanted.items() if isinstance(given.get(name), int | float)}
    return numbers | {name: text(given, name) for name in _SUMMARY_TEXTS if text(given, name)}
