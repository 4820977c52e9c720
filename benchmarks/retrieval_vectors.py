"""Vectors of a set's passages and queries, by the model that runs on this machine, kept beside the set."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from parlance.engines.onnx.engine import OnnxEmbedder
from parlance.processes.child import Limits
from parlance.values.asks import EmbedAsk
from parlance.values.time import SystemClock

MODEL, DIMENSION = "all-minilm-l6-v2", 384
TOGETHER = 256
Matrix = NDArray[np.float32]


async def vectors(texts: Sequence[str], folder: Path) -> Matrix:
    """One row of unit length for each text. What was made before is read, also after a run that was broken off."""
    models = Path(tempfile.gettempdir()) / f"parlance-models-{os.getuid()}"
    patient = Limits(answer=600.0)
    embedder = OnnxEmbedder(models, SystemClock(), environment=os.environ, limits=patient)
    rows = []
    try:
        for start in range(0, len(texts), TOGETHER):
            rows.append(await _some(embedder, tuple(texts[start : start + TOGETHER]), folder))
            print(f"embedded {min(start + TOGETHER, len(texts)):,} of {len(texts):,}", flush=True)
    finally:
        await embedder.close()
    return np.concatenate(rows)


async def _some(embedder: OnnxEmbedder, texts: tuple[str, ...], folder: Path) -> Matrix:
    digest = hashlib.sha256("\0".join(texts).encode()).hexdigest()[:24]
    path = folder / f"vectors-{digest}.npy"
    if not path.exists():
        made = np.asarray((await embedder.embed(EmbedAsk(MODEL, texts))).vectors, np.float32)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".npy", delete=False) as file:
            np.save(file, made)
        os.replace(file.name, path)
    return np.asarray(np.load(path), np.float32)
