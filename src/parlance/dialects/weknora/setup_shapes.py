"""The parts of a set-up, in the spelling of the wizard that asks for them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from parlance.values.weknora import Dimension

Text = Annotated[str, Meta(min_length=1)]


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


class PicturesSetup(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """Whether pictures are looked at, by which model. Where they lie is the operator's business here."""

    enabled: bool = False
    vlm: VisionSetup | None = None
    storage_type: str = ""
    cos: CosSetup | None = None
    minio: MinioSetup | None = None

    def kept(self) -> dict[str, Any]:
        """What is noted of where that system would put pictures, as a base shows it."""
        cos, minio = self.cos or CosSetup(), self.minio or MinioSetup()
        if self.storage_type == "cos":
            return {**msgspec.structs.asdict(cos), "provider": "cos"}
        return {**msgspec.structs.asdict(minio), "provider": self.storage_type} if self.storage_type else {}


class CuttingSetup(msgspec.Struct, frozen=True, rename="camel"):
    """How documents are cut."""

    chunk_size: Annotated[int, Meta(ge=100, le=10_000)]
    chunk_overlap: Annotated[int, Meta(ge=0, le=10_000)] = 0
    separators: Annotated[tuple[str, ...], Meta(min_length=1)] = ("\n\n", "\n", "。")


class NodeSetup(msgspec.Struct, frozen=True):
    """A thing in a text."""

    name: str
    attributes: tuple[str, ...] = ()


class RelationSetup(msgspec.Struct, frozen=True):
    """What two things have to do with each other."""

    node1: str
    node2: str
    type: str


class ExtractSetup(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is drawn out of documents, by an example."""

    enabled: bool = False
    text: str = ""
    tags: tuple[str, ...] = ()
    nodes: tuple[NodeSetup, ...] = ()
    relations: tuple[RelationSetup, ...] = ()

    def kept(self) -> dict[str, Any]:
        """What is noted of it."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        found.pop("enabled", None)
        return found


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
    """What lacks for what is switched on, in a sentence for people."""
    if pictures.enabled:
        looker, cos, minio = pictures.vlm, pictures.cos, pictures.minio
        if looker is None:
            return "启用多模态时需要配置VLM信息"
        if not looker.model_name or (looker.interface_type != "ollama" and not looker.base_url):
            return "VLM配置不完整"
        if pictures.storage_type == "cos" and not (cos and cos.secret_id and cos.region and cos.bucket_name):
            return "COS配置不完整"
        if pictures.storage_type == "minio" and not (minio and minio.bucket_name):
            return "MinIO配置不完整"
    if reranker.enabled and not (reranker.model_name and reranker.base_url):
        return "启用Rerank时需要配置模型名称和Base URL"
    if extract.enabled and not (extract.text and extract.tags and extract.nodes and extract.relations):
        return "文本、标签、节点和关系均不能为空"
    return None
