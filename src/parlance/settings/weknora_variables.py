"""WeKnora's variables: those that stand for settings of ours, and those that are accepted with a word about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from parlance.settings.layers import Given, Variable
from parlance.settings.neo4j import neo4j_given

MARKS = frozenset({"TENANT_AES_KEY", "RETRIEVE_DRIVER", "DOCREADER_ADDR", "STREAM_MANAGER_TYPE"})
"""Names that nothing else has: where one of them is set, all others are WeKnora's too."""
MAPPED = {
    "ENABLE_GRAPH_RAG": "knowledge.graph",
    "OLLAMA_BASE_URL": "discovery.ollama_url",
    "RETRIEVE_DRIVER": "weknora.retrieve_driver",
    "TENANT_AES_KEY": "weknora.tenant_aes_key",
}
"""What counts wherever it is set."""
SHARED = {"APP_PORT": "server.port"}
"""What counts beside a mark alone, for others use these names too."""
_PARSERS = "documents are read by Parlance itself, in child processes"
_VISION = "models that look at pictures are added in the wizard, or as connections; knowledge.vision names one"
_INDEX = "documents are indexed by Parlance itself"
ACCEPTED = {
    **dict.fromkeys(("DOCREADER_ADDR", "DOCREADER_PORT", "GRPC_PORT", "GRPC_MAX_WORKERS"), _PARSERS),
    **dict.fromkeys(("OCR_BACKEND", "OCR_API_BASE_URL"), _PARSERS),
    **dict.fromkeys(("VLM_MODEL_BASE_URL", "VLM_MODEL_NAME", "VLM_MODEL_API_KEY", "VLM_INTERFACE_TYPE"), _VISION),
    **dict.fromkeys(
        ("ELASTICSEARCH_ADDR", "ELASTICSEARCH_USERNAME", "ELASTICSEARCH_PASSWORD", "ELASTICSEARCH_INDEX"), _INDEX
    ),
    "REDIS_PREFIX": "redis.prefix says what stands before Parlance's own keys, so that two systems may share a Redis",
    **dict.fromkeys(("WEB_PROXY", "EXTERNAL_HTTP_PROXY", "EXTERNAL_HTTPS_PROXY"), "addresses are fetched directly"),
    "STREAM_MANAGER_TYPE": "streams are followed through redis.url where that is set, else in this process",
    "CONCURRENCY_POOL_SIZE": "knowledge.workers says how many documents are read at a time",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "spans go by OTLP over HTTP where traces.endpoint says so, as in "
    "http://HOST:4318/v1/traces",
    "OLLAMA_OPTIONAL": "an Ollama is never needed here",
    "FRONTEND_PORT": "the page is served at the default door",
    "GIN_MODE": "log.level says how much is written",
    **dict.fromkeys(("MINIO_PORT", "MINIO_CONSOLE_PORT"), "they are ports of another container"),
    "COS_ENABLE_OLD_DOMAIN": "the bucket's address says which domain it has",
}
"""What is accepted and has no effect, and why. `DB_*` and `REDIS_*` are read apart (`weknora_servers`), and
`NEO4J_*` (`neo4j`)."""


def is_marked(variables: Mapping[str, Variable]) -> bool:
    """Whether one of its own names is set."""
    return not MARKS.isdisjoint(name for name, variable in variables.items() if variable.value.strip())


def weknora_given(variables: Mapping[str, Variable], folder: Path, warnings: list[str]) -> Iterator[Given]:
    """What its variables give beside a mark; a warning for each that has no effect."""
    if not is_marked(variables):
        return
    for name, key in SHARED.items():
        variable = variables.get(name)
        if variable is not None and variable.value.strip():
            yield Given(key, variable.value.strip(), variable.origin, folder, text=True, alias=name)
    yield from neo4j_given(variables, folder, warnings)
    for name, why in ACCEPTED.items():
        variable = variables.get(name)
        if variable is not None and variable.value.strip():
            warnings.append(f"{name} is WeKnora's and has no effect here: {why}.")
