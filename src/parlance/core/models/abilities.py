"""What a model can do besides chatting, and what is said of one that cannot."""

from __future__ import annotations

from typing import Literal

from parlance.core.models.connections import UNKNOWN, Connection
from parlance.values.errors import Fault, Kind, shown
from parlance.values.models import ModelCard

Ability = Literal["embed", "rerank", "transcribe"]


def is_able(connection: Connection, card: ModelCard, ability: Ability) -> bool:
    """Whether a model may be asked for it: its card says so, or nothing is known of it but its engine can."""
    engines = {"embed": connection.embed, "rerank": connection.rerank, "transcribe": connection.transcribe}
    engine = engines[ability]
    return engine is not None and (card.can(ability) or card.engine == UNKNOWN)


def cannot_embed(connection: Connection, card: ModelCard) -> bool:
    """Whether that is certain: of many models that chat or embed, a list says the one or the other only by a guess."""
    return connection.embed is None or (not card.can("embed") and (card.can("rerank") or card.can("transcribe")))


def not_an_embedder(name: str) -> Fault:
    """What a caller hears who names another kind of model where passages are to be embedded."""
    return _unable(name, "embed", field="embedder", code="not_an_embedder")


def not_a_reranker(name: str) -> Fault:
    """What a caller hears who names another kind of model where passages are to be judged."""
    return _unable(name, "rerank", field="reranker", code="not_a_reranker")


def not_a_transcriber(name: str) -> Fault:
    """What a caller hears who names another kind of model where sound is to be written down."""
    return _unable(name, "transcribe", field="model", code="not_a_transcriber")


def _unable(name: str, ability: Ability, *, field: str, code: str) -> Fault:
    return Fault(
        Kind.invalid,
        f"The model '{shown(name)}' does not {ability}.",
        hint=f"Name one that can `{ability}`; where the list of models is wrong about yours, say so by the "
        "`capabilities` of its card in the connection.",
        field=field,
        code=code,
    )
