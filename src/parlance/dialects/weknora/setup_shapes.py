"""The parts of a set-up, in the spelling of the wizard that asks for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from parlance.core.knowledge.bounds import MOST_SIZE
from parlance.dialects.weknora.bases_shown import graph_of
from parlance.values.weknora import Dimension

Text = Annotated[str, Meta(min_length=1)]
LEAST_CHUNK, MOST_CHUNK = 100, 10_000
NO_VISION = "VLM配置不完整"
NO_RERANKER = "启用Rerank时需要配置模型名称和Base URL"
NO_GRAPHS = "服务器未启用知识图谱（knowledge.graph）"
_NOTHING: dict[str, Any] = {"text": "", "tags": [], "nodes": [], "relations": []}


class ModelSetup(msgspec.Struct, frozen=True, rename="camel"):
    """A model that answers."""

    source: Literal["local", "remote"]
    model_name: Text
    base_url: str = ""
    api_key: str = ""


class EmbeddingSetup(ModelSetup, frozen=True, rename="camel"):
    """A model that embeds."""

    dimension: Dimension = 0


class RerankSetup(msgspec.Struct, frozen=True, rename="camel"):
    """A model that reranks passages, where one is wanted."""

    enabled: bool = False
    model_name: str = ""
    base_url: str = ""
    api_key: str = ""


class VisionSetup(msgspec.Struct, frozen=True, rename="camel"):
    """A model that looks at pictures."""

    model_name: str = ""
    base_url: str = ""
    api_key: str = ""
    interface_type: Literal["ollama", "openai", ""] = ""


class CosSetup(msgspec.Struct, frozen=True, rename="camel"):
    """A bucket of Tencent's."""

    secret_id: str = ""
    secret_key: str = ""
    region: str = ""
    bucket_name: str = ""
    app_id: str = ""
    path_prefix: str = ""


class MinioSetup(msgspec.Struct, frozen=True, rename="camel"):
    """A bucket of MinIO's."""

    bucket_name: str = ""
    path_prefix: str = ""


class PicturesSetup(msgspec.Struct, frozen=True, rename="camel"):
    """Whether pictures are looked at, by which model. Where they lie is the operator's business here."""

    enabled: bool = False
    vlm: VisionSetup | UnsetType | None = UNSET
    storage_type: str | UnsetType = UNSET
    cos: CosSetup | UnsetType | None = UNSET
    minio: MinioSetup | UnsetType | None = UNSET

    def kept(self) -> dict[str, Any]:
        """What is noted of where that system would put pictures, as a base shows it."""
        place = (self.cos or CosSetup()) if self.storage_type == "cos" else (self.minio or MinioSetup())
        return {**msgspec.structs.asdict(place), "provider": self.storage_type} if self.storage_type else {}


def pictures(looker: VisionSetup, kept: Any) -> PicturesSetup:
    """What is told of pictures that are looked at, of which `kept` is noted: such as can be sent back."""
    held = {name: value for name, value in kept.items() if isinstance(value, str)} if isinstance(kept, dict) else {}
    told = PicturesSetup(True, looker, held.get("provider", ""))
    if told.storage_type == "cos":
        return msgspec.structs.replace(told, cos=_of_texts(CosSetup, held))
    return msgspec.structs.replace(told, minio=_of_texts(MinioSetup, held)) if told.storage_type == "minio" else told


def _of_texts(kind: Any, held: dict[str, str]) -> Any:
    return kind(**{name: held.get(name, "") for name in kind.__struct_fields__})


class CuttingSetup(msgspec.Struct, frozen=True, rename="camel"):
    """How documents are cut."""

    chunk_size: Annotated[int, Meta(ge=1, le=MOST_SIZE)]
    chunk_overlap: Annotated[int, Meta(ge=0, le=MOST_SIZE)] = 0
    separators: tuple[str, ...] = ("\n\n", "\n", "。")

    def misfit(self) -> str:
        """The field that the wizard does not let through; empty where all do."""
        if not LEAST_CHUNK <= self.chunk_size <= MOST_CHUNK:
            return "chunkSize"
        return "" if self.separators else "separators"


class NodeSetup(msgspec.Struct, frozen=True):
    """A thing in a text."""

    name: str
    attributes: tuple[str, ...] = ()


class RelationSetup(msgspec.Struct, frozen=True):
    """What two things have to do with each other."""

    node1: str
    node2: str
    type: str


class ExtractSetup(msgspec.Struct, frozen=True):
    """What is drawn out of documents, by an example."""

    enabled: bool = False
    text: str | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    nodes: tuple[NodeSetup, ...] | UnsetType = UNSET
    relations: tuple[RelationSetup, ...] | UnsetType = UNSET

    def kept(self) -> dict[str, Any]:
        """What is noted of it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return {name: value for name, value in found.items() if name != "enabled" and value}


def extract(kept: Any) -> ExtractSetup:
    """What is told of a graph's example, of which `kept` is noted in whichever form a client gave it."""
    if not isinstance(kept, dict) or not kept or kept.get("enabled") is False:
        return ExtractSetup()
    try:
        return msgspec.convert({**_NOTHING, **kept, "enabled": True}, ExtractSetup, strict=False)
    except msgspec.ValidationError:
        drawn = msgspec.structs.asdict(graph_of(kept, ""))
        fitting = msgspec.to_builtins({name: drawn[name] for name in _NOTHING})
        return msgspec.convert({**fitting, "enabled": True}, ExtractSetup)


class Setup(msgspec.Struct, frozen=True, rename="camel"):
    """How a base is set up; a model that is gone is left out."""

    has_files: bool
    rerank: RerankSetup
    multimodal: PicturesSetup
    document_splitting: CuttingSetup
    node_extract: ExtractSetup
    llm: ModelSetup | UnsetType = UNSET
    embedding: EmbeddingSetup | UnsetType = UNSET


def incomplete(pictures: PicturesSetup, reranker: RerankSetup, extract: ExtractSetup) -> str | None:
    """What lacks for what is switched on, in a sentence for people. An address may: a model of the server's has
    none."""
    if pictures.enabled:
        looker, cos, minio = pictures.vlm, pictures.cos, pictures.minio
        if not looker:
            return "启用多模态时需要配置VLM信息"
        if not looker.model_name:
            return NO_VISION
        if pictures.storage_type == "cos" and not (cos and cos.secret_id and cos.region and cos.bucket_name):
            return "COS配置不完整"
        if pictures.storage_type == "minio" and not (minio and minio.bucket_name):
            return "MinIO配置不完整"
    if reranker.enabled and not reranker.model_name:
        return NO_RERANKER
    if extract.enabled and not (extract.text and extract.tags and extract.nodes and extract.relations):
        return "文本、标签、节点和关系均不能为空"
    return None
