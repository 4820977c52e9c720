"""A graph that nobody here would draw: refused with what to do, and not left out of the answer in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from parlance.testing.servers import loaded, running
from tests.flows.callers import Caller

ON = {"enabled": True}
CASES = [
    (False, ON, "no_graphs", "knowledge.graph = true"),
    (False, {"enabled": True, "model": "quote"}, "no_graphs", "knowledge.graph = true"),
    (True, ON, "no_language_model", "OPENAI_API_KEY"),
    (True, {"enabled": True, "model": "quote"}, "no_language_model", "no language model"),
]


@pytest.mark.parametrize(("on", "graph", "code", "said"), CASES)
async def test_a_graph_is_refused_where_nobody_draws_one(
    tmp_path: Path, on: bool, graph: dict[str, Any], code: str, said: str
) -> None:
    """Of a base that is there as of a new one; to want none is fine, and so is to want one for later."""
    async with running(loaded(tmp_path, flags={"knowledge.graph": on})) as server:
        me = Caller(server.port)
        base = (await me.ask("POST /parlance/v1/bases.create", {"name": "Tea", "embedder": ""})).json["id"]
        changed = "POST /parlance/v1/bases.change", {"base": base, "graph": graph}
        made = "POST /parlance/v1/bases.create", {"name": "Milk", "embedder": "", "graph": graph}
        for route, body in (changed, made):
            refused = await me.ask(route, body)
            assert (refused.status, refused.json["code"]) == (422, code) and said in str(refused.json)
        assert [each["name"] for each in (await me.ask("GET /parlance/v1/bases.list")).json["bases"]] == ["Tea"]
        assert (await me.ask(changed[0], {"base": base, "graph": {"enabled": False}})).status == 200
        later = {"name": "Milk", "embedder": "", "graph": ON, "graph_if_any": True}
        assert (await me.ask(made[0], later)).status == 200
