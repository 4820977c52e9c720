"""Cross-encoders of this machine as the server sees them: a `RerankEngine` and a catalogue of the models in a folder.

Each model is a folder with `tokenizer.json` and `model.onnx`, as `parlance pull` puts it there.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from parlance.engines.onnx.cross_encoder import CONTEXT
from parlance.engines.onnx.engine import chunks, rows
from parlance.engines.onnx.folder_models import FolderModels
from parlance.processes import pipe
from parlance.processes.child import Limits
from parlance.values.asks import RerankAsk, Reranked
from parlance.values.errors import Fault, Kind
from parlance.values.models import Capability

MOST_CHARACTERS = 8192
"""Of one text: more than a model reads of it."""


class OnnxRerankers(FolderModels):
    """Reranks with the models in a folder."""

    called = "reranker"
    process = "reranking process"
    capability: Capability = "rerank"

    async def rerank(self, ask: RerankAsk) -> Reranked:
        """A logit for each text, in order, of its first tokens together with the query.

        Raises `Fault`: `missing` for a model that is not there, `unsupported` where the extra is not installed or the
        model is of another kind, `upstream` or `timed_out` when the child fails (the next call starts another).
        """
        child = await self.child(ask.model)
        scores, tokens = [0.0] * len(ask.texts), 0
        texts = [text[:MOST_CHARACTERS] for text in ask.texts]
        for chunk in chunks(texts):
            fields = {"query": ask.query[:MOST_CHARACTERS], "texts": [texts[place] for place in chunk]}
            answer, body = await child.call("rerank", fields, None)
            tokens += answer.fields["tokens"]
            for place, (score,) in zip(chunk, rows(body, 1), strict=True):
                scores[place] = score
        if not all(map(math.isfinite, scores)):
            raise Fault(Kind.upstream, "The model gave something that is no score.", code="bad_scores")
        return Reranked(tuple(scores), tokens, logits=True)

    def hello(self, home: Path) -> tuple[pipe.Call, Limits]:
        """The order that loads a cross-encoder."""
        fields = {"folder": str(home), "threads": self._surroundings.threads}
        return pipe.Call(1, "load_reranker", fields), self.roomy(home)

    def facts(self, home: Path) -> dict[str, Any]:
        """How much it reads."""
        return {"context": CONTEXT}
