"""The models that a fake Ollama has on its disk and in its memory, and the verbs that change them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from parlance.testing.upstreams import answers
from parlance.testing.upstreams.answers import Answer

MODIFIED_AT = "2023-11-14T22:13:20.123456789Z"
LAYER_BYTES = 1 << 20
"""Size of the one layer that a fake pull or push moves."""


@dataclass(frozen=True)
class StoredModel:
    """A model on the fake disk."""

    name: str
    family: str = "mock"
    capabilities: tuple[str, ...] = ("completion", "tools", "thinking", "vision")
    system: str = ""
    template: str = "{{ .Prompt }}"
    parent: str = ""

    @property
    def digest(self) -> str:
        """64 hex digits that depend on the name."""
        return hashlib.sha256(self.name.encode()).hexdigest()

    def details(self) -> dict[str, Any]:
        """What every answer about a model repeats."""
        return {
            "parent_model": self.parent,
            "format": "gguf",
            "family": self.family,
            "families": [self.family],
            "parameter_size": "1.2M",
            "quantization_level": "Q8_0",
        }

    def listed(self) -> dict[str, Any]:
        """A row of `/api/tags`."""
        return {
            "name": self.name,
            "model": self.name,
            "modified_at": MODIFIED_AT,
            "size": LAYER_BYTES,
            "digest": self.digest,
            "details": self.details(),
        }

    def running(self) -> dict[str, Any]:
        """A row of `/api/ps`."""
        row = self.listed()
        del row["modified_at"]
        return row | {"expires_at": "2099-01-01T00:00:00Z", "size_vram": 0, "context_length": 4096}

    def shown(self, verbose: bool) -> dict[str, Any]:
        """The answer of `/api/show`."""
        info: dict[str, Any] = {"general.architecture": self.family, "general.parameter_count": 1_200_000}
        info |= {f"{self.family}.context_length": 4096, f"{self.family}.embedding_length": 8}
        if verbose:
            info["tokenizer.ggml.tokens"] = ["<s>", "</s>", "mock"]
        return {
            "license": "Apache-2.0",
            "modelfile": f"FROM {self.name}\nTEMPLATE {self.template}\n",
            "parameters": "temperature 0.7",
            "template": self.template,
            "system": self.system,
            "details": self.details(),
            "model_info": info,
            "capabilities": list(self.capabilities),
            "modified_at": MODIFIED_AT,
        }


class Shelf:
    """What is stored and loaded. Names without a tag mean `:latest`, as with Ollama."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.stored: dict[str, StoredModel] = {}
        self.loaded: set[str] = set()
        self.blobs: dict[str, bytes] = {}
        """Content by digest (`sha256:…`)."""
        for name in names:
            self.put(StoredModel(tagged(name)))

    def put(self, model: StoredModel) -> None:
        """Store it, in place of one with the same name."""
        self.stored[model.name] = model

    def get(self, name: str) -> StoredModel | None:
        """The stored model; names of scripted and misbehaving ones (`mock-…`, `bad-…`) always exist."""
        full = tagged(name)
        if full not in self.stored and name.startswith(("mock-", "bad-")):
            return StoredModel(full)
        return self.stored.get(full)

    def copy(self, source: str, destination: str) -> bool:
        """Whether there was a source to copy."""
        found = self.get(source)
        if found is not None:
            self.put(replace(found, name=tagged(destination)))
        return found is not None

    def delete(self, name: str) -> bool:
        """Whether there was one to delete."""
        self.loaded.discard(tagged(name))
        return self.stored.pop(tagged(name), None) is not None

    def create(self, payload: dict[str, Any], name: str) -> str | None:
        """Store a model made `from` another or from `files`; the reason when that cannot be."""
        source = payload.get("from") or ""
        if source and self.get(source) is None:
            return f"model '{source}' not found"
        missing = [digest for digest in (payload.get("files") or {}).values() if digest not in self.blobs]
        if missing:
            return f"blob {missing[0]} not found"
        if not source and not payload.get("files"):
            return "neither 'from' or 'files' was specified"
        made = StoredModel(
            tagged(name),
            system=payload.get("system") or "",
            template=payload.get("template") or "{{ .Prompt }}",
            parent=source,
        )
        self.put(made)
        return None


def tagged(name: str) -> str:
    """The name with its tag."""
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def digest_of(data: bytes) -> str:
    """A blob's name."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def progress(payload: dict[str, Any], statuses: list[dict[str, Any]]) -> Answer:
    """Progress lines that end with `success`, or that alone when `stream` is false."""
    last = {"status": "success"}
    if payload.get("stream") is False:
        return answers.block(last)
    return answers.stream([answers.line(status) for status in statuses], answers.line(last), answers.NDJSON)


def transfer(verb: str, digest: str, steps: int = 4) -> list[dict[str, Any]]:
    """The lines of one layer moving, from no bytes to all."""
    head = {"status": f"{verb} {digest[7:19]}", "digest": digest, "total": LAYER_BYTES}
    return [head] + [head | {"completed": LAYER_BYTES * step // steps} for step in range(1, steps + 1)]
