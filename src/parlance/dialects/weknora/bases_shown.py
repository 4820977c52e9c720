"""Knowledge bases as this wire has them.

How documents are cut and which models embed and rerank are properties of ours. The rest is noted under `NOTES`, without
secrets: nothing here uses them, so nothing keeps them, and in their place stands a mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from parlance.core.knowledge.bases_operations import BaseView
from parlance.core.knowledge.bounds import LEAST_SIZE, MOST_SEPARATOR, MOST_SEPARATORS, MOST_SIZE
from parlance.core.knowledge.graph.choosing import MOST_EXAMPLE, MOST_TAGS, MOST_THINGS
from parlance.dialects.weknora.wire import stamp
from parlance.values.graph import MOST_NAME, GraphNode, GraphOptions, GraphRelation
from parlance.values.knowledge import Base, ChunkOptions
from parlance.values.messages import Foreign

NOTES = "weknora"
"""The name under which this dialect notes what has no place elsewhere."""
MASK = "***"
"""What stands in place of a secret; sent back it changes nothing."""
SECRETS = frozenset({"api_key", "secret_key", "secret_id"})
_NOTED = ("image_processing_config", "vlm_config", "cos_config", "extract_config", "summary_model_id", "vlm_model_id")


class Cutting(msgspec.Struct, frozen=True):
    """How a client wants documents cut. `split_markers` is what older ones call the separators."""

    chunk_size: int | None = None
    chunk_overlap: int | None = None
    separators: tuple[str, ...] | None = None
    split_markers: tuple[str, ...] | None = None
    enable_multimodal: bool | None = None


class BaseBody(msgspec.Struct, frozen=True):
    """What a client says of a base that it makes. Nothing of it is required."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    chunking_config: Cutting | None = None
    image_processing_config: dict[str, Any] | None = None
    embedding_model_id: str | None = None
    summary_model_id: str | None = None
    rerank_model_id: str | None = None
    vlm_model_id: str | None = None
    vlm_config: dict[str, Any] | None = None
    cos_config: dict[str, Any] | None = None
    extract_config: dict[str, Any] | None = None


class CuttingShown(msgspec.Struct, frozen=True):
    """How documents are cut."""

    chunk_size: int
    chunk_overlap: int
    separators: tuple[str, ...]
    enable_multimodal: bool


class VisionShown(msgspec.Struct, frozen=True):
    """Which model looks at pictures."""

    model_name: str = ""
    base_url: str = ""
    api_key: str = ""
    interface_type: str = ""


class StoreShown(msgspec.Struct, frozen=True):
    """Where that system would put pictures."""

    secret_id: str = ""
    secret_key: str = ""
    region: str = ""
    bucket_name: str = ""
    app_id: str = ""
    path_prefix: str = ""
    provider: str = ""


class PicturesShown(msgspec.Struct, frozen=True):
    """Which model reads pictures."""

    model_id: str = ""


class BaseShown(msgspec.Struct, frozen=True):
    """A knowledge base."""

    id: str
    name: str
    description: str
    tenant_id: int
    chunking_config: CuttingShown
    image_processing_config: PicturesShown
    embedding_model_id: str
    summary_model_id: str
    rerank_model_id: str
    vlm_model_id: str
    vlm_config: VisionShown
    cos_config: StoreShown
    extract_config: dict[str, Any] | None
    created_at: str
    updated_at: str
    deleted_at: str | None = None


def cutting(wanted: Cutting | None) -> ChunkOptions:
    """Our options: what is 0 or nothing is as usual, what is out of our range is the nearest that is in it."""
    usual = ChunkOptions()
    if wanted is None:
        return usual
    size = min(MOST_SIZE, max(LEAST_SIZE, wanted.chunk_size or usual.size))
    overlap = wanted.chunk_overlap if wanted.chunk_size and wanted.chunk_overlap is not None else usual.overlap
    marks = wanted.separators or wanted.split_markers or usual.separators
    fitting = tuple(each for each in marks if 1 <= len(each) <= MOST_SEPARATOR)[:MOST_SEPARATORS]
    return ChunkOptions(size, min(size // 2, max(0, overlap)), fitting or usual.separators)


def cut_as(before: ChunkOptions, wanted: ChunkOptions) -> ChunkOptions:
    """What is wanted of a base that is there: what this wire has no word for stays as it was."""
    parent = before.parent_size if before.parent_size >= wanted.size else 0
    kept = {"parent_size": parent, "headings": before.headings, "transcriber": before.transcriber}
    return msgspec.structs.replace(wanted, **kept)


def vision_of(foreign: Foreign) -> str | None:
    """The model that looks at the pictures of a base with these notes: the one that it names, the server's where it
    names none, and none where it wants nothing of it."""
    known = noted(foreign)
    if known.get("enable_multimodal") is False:
        return ""
    named = looks_at_pictures(known)
    return named if named and known.get("enable_multimodal") is True else None


def looks_at_pictures(known: Mapping[str, Any]) -> str:
    """The id of the model that a base with these notes names for its pictures; empty where it names none."""
    return _text(known, "vlm_model_id") or _texts(PicturesShown, known.get("image_processing_config")).model_id or ""


def notes(before: Foreign | None, **given: Any) -> Foreign:
    """What is noted now. A secret becomes its mask; what is `None` stays as it was."""
    known = noted(before)
    for name, value in given.items():
        if isinstance(value, dict):
            known[name] = {key: MASK if key in SECRETS and held else held for key, held in value.items()}
        elif value is not None:
            known[name] = value
    return {NOTES: known}


def noted(foreign: Foreign | None) -> dict[str, Any]:
    """What this dialect has noted."""
    found = (foreign or {}).get(NOTES)
    return dict(found) if isinstance(found, dict) else {}


def summary_model(base: Base | BaseView) -> str:
    """The id of the model that its clients chose to sum up documents; empty where they chose none."""
    found = noted(base.foreign).get("summary_model_id")
    return found if isinstance(found, str) else ""


def notes_of(body: BaseBody) -> Foreign:
    """What is noted of a new base."""
    multimodal = None if body.chunking_config is None else body.chunking_config.enable_multimodal
    return notes(None, **{name: getattr(body, name) for name in _NOTED}, enable_multimodal=multimodal)


def graph_of(extract: Mapping[str, Any] | None, model: str) -> GraphOptions:
    """The graph that a client wants of a base, drawn by `model`: what fits of its example, and none without one. It may
    switch it off by `enabled`."""
    if not extract or extract.get("enabled") is False:
        return GraphOptions()
    nodes = (GraphNode(_line(each.get("name")), _lines(each.get("attributes"))) for each in _tables(extract, "nodes"))
    relations = (
        GraphRelation(*(_line(each.get(name)) for name in ("node1", "node2", "type")))
        for each in _tables(extract, "relations")
    )
    text = extract.get("text")
    return GraphOptions(
        enabled=True,
        model=model,
        tags=_lines(extract.get("tags"))[:MOST_TAGS],
        text=text[:MOST_EXAMPLE] if isinstance(text, str) else "",
        nodes=tuple(nodes),
        relations=tuple(relations),
    )


def _tables(extract: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    held = extract.get(name)
    return [each for each in held if isinstance(each, dict)][:MOST_THINGS] if isinstance(held, list | tuple) else []


def _lines(held: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(_line, held)))[:MOST_THINGS] if isinstance(held, list | tuple) else ()


def _line(held: Any) -> str:
    return held.strip()[:MOST_NAME] if isinstance(held, str) else ""


def base_shown(base: BaseView, number: int) -> BaseShown:
    """A base of the tenant with this number."""
    known, options = noted(base.foreign), base.options
    multimodal = known.get("enable_multimodal") is True
    extract = known.get("extract_config")
    return BaseShown(
        id=base.id,
        name=base.name,
        description=base.description,
        tenant_id=number,
        chunking_config=CuttingShown(options.size, options.overlap, options.separators, multimodal),
        image_processing_config=_texts(PicturesShown, known.get("image_processing_config")),
        embedding_model_id=base.embedder if base.coming is None else base.coming,
        summary_model_id=_text(known, "summary_model_id"),
        rerank_model_id=base.reranker,
        vlm_model_id=_text(known, "vlm_model_id"),
        vlm_config=_texts(VisionShown, known.get("vlm_config")),
        cos_config=_texts(StoreShown, known.get("cos_config")),
        extract_config=extract if isinstance(extract, dict) and extract else None,
        created_at=stamp(base.created),
        updated_at=stamp(base.changed),
    )


def _text(known: Mapping[str, Any], name: str) -> str:
    found = known.get(name)
    return found if isinstance(found, str) else ""


def _texts(kind: Any, known: Any) -> Any:
    """A struct of texts out of what was noted."""
    held = known if isinstance(known, dict) else {}
    return kind(**{name: _text(held, name) for name in kind.__struct_fields__})
