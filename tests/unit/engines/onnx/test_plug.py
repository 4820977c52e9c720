"""The embedded embedder plugs in like any other engine."""

from __future__ import annotations

import os
from pathlib import Path

from parlance.engines.onnx.plug import Embedding, engine
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.outbound.client import Client
from parlance.values.time import SystemClock
from tests.unit.engines.onnx.tiny import write_wheel


def plugged(folder: Path | None, **options: object) -> Engine:
    cache = None if folder is None else str(folder)
    surroundings = Surroundings(Client(), SystemClock(), lambda text: text, cache, os.environ)
    return engine(Upstream("embedder", options=options), surroundings)


async def test_it_embeds_lists_and_unloads_and_does_nothing_else(tmp_path: Path) -> None:
    write_wheel(tmp_path)
    made = plugged(tmp_path, idle_seconds=7.0, threads=1)
    assert made.chat is None and made.store is None
    assert made.embed is not None and made.loader is not None and made.close is not None
    (card,) = await made.catalogue.cards()
    assert (card.ref.connection, card.id, card.engine) == ("embedder", "all-minilm-l6-v2", "onnx")
    await made.loader.load(card.id, keep_alive="5m")
    await made.loader.load(card.id, keep_alive=0)
    await made.close()
    assert isinstance(made.embed, Embedding)


async def test_without_a_data_folder_each_user_has_a_folder_of_their_own() -> None:
    made = plugged(None)
    assert len(await made.catalogue.cards()) == 1
    assert made.close is not None
    await made.close()
