"""Look at a model that was fetched before it is taken: what kind it is, and how it embeds, found by trying.

    python -P -m parlance.engines.onnx.adopt FOLDER '{"kind": null, "said": {"pooling": "cls"}}'

Prints one JSON object, a `Finding`. Of a reranker nothing is tried. It is a process of its own, because it loads the
runtime and the whole model.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import msgspec

from parlance.engines.onnx.description import Description, Said, from_configs, is_embedder
from parlance.engines.onnx.runtime import lacking_runtime
from parlance.engines.onnx.text_encoder import TextEncoder
from parlance.values.errors import Fault

ModelKind = Literal["embedder", "reranker"]


class Wanted(msgspec.Struct, frozen=True):
    """What somebody says of it: `kind` where it shall not be told by its files."""

    kind: ModelKind | None = None
    said: Said = Said()


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it is. `description` is for `embedder.json`, `tried` says that it has embedded, `problem` why it cannot."""

    kind: ModelKind
    description: Description | None = None
    tried: bool = False
    problem: str = ""


def adopted(folder: Path, wanted: Wanted) -> Finding:
    """Look at the model of a folder."""
    kind: ModelKind = wanted.kind or "reranker"
    try:
        if wanted.kind is None and is_embedder(folder):
            kind = "embedder"
        if kind == "reranker":
            return Finding(kind)
        told = from_configs(folder, wanted.said)
        if lacking_runtime() is not None:
            return Finding(kind, told)
        dimensions = TextEncoder(folder, told, 1).dimensions
    except Fault as fault:
        return Finding(kind, problem=fault.sentence())
    return Finding(kind, msgspec.structs.replace(told, dimensions=dimensions), tried=True)


def main(arguments: list[str]) -> int:
    """Print what was found."""
    folder, wanted = arguments
    found = adopted(Path(folder), msgspec.json.decode(wanted, type=Wanted))
    sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
