"""Knowledge asks models by the models' road, and knows them by what the road knows of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from parlance.assembly.asking import AskedEmbedding
from parlance.testing.road import ScriptedEngine, bench
from parlance.values.accounts import Principal
from parlance.values.models import ModelCard

ADA = Principal("default", "ada")


class Pulled(ScriptedEngine):
    """Its model has a digest."""

    async def cards(self) -> Sequence[ModelCard]:
        """The one model."""
        return [msgspec.structs.replace(card, digest="d1") for card in await super().cards()]


async def test_an_embedder_is_known_by_the_digest_of_its_card() -> None:
    """Of one that the caller has not, or that has none, nothing is known, and nobody fails for it."""
    pulled, plain = bench(Pulled()), bench()
    told = AskedEmbedding(pulled.road, lambda: pulled.dispatch)
    assert await told.digest(ADA, "model") == "d1"
    assert await told.digest(msgspec.structs.replace(ADA, models=("other",)), "model") == ""
    assert await AskedEmbedding(plain.road, lambda: plain.dispatch).digest(ADA, "model") == ""
