"""Whether what runs models is installed here."""

from __future__ import annotations

import importlib.util

from parlance.values.errors import Fault, Kind
from parlance.values.extras import advice

RUNTIME = ("numpy", "onnxruntime", "tokenizers")
"""What every model of this machine needs; the extra `embed` brings it."""


def lacking_runtime() -> Fault | None:
    """What keeps any model from being used, as a sentence with the command that mends it; `None` when nothing does."""
    if missing := [name for name in RUNTIME if importlib.util.find_spec(name) is None]:
        return incomplete(f"Local models need {' and '.join(missing)}, which is not installed here.")
    return None


def incomplete(sentence: str) -> Fault:
    """The fault of an installation without the extra."""
    return Fault(Kind.unsupported, sentence, hint=advice("embed"), code="embed_extra_missing")
