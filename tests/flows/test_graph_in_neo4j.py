"""Graphs in a Neo4j beside a server that is killed while it copies them: what is here is there in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from parlance.stores.neo4j import statements as cypher
from parlance.testing.servers import as_process
from parlance.testing.upstreams import in_thread
from parlance.testing.upstreams.mock_neo4j import MockNeo4j
from parlance.testing.upstreams.neo4j_graph import PropertyGraph
from parlance.values.accounts import DEFAULT_TENANT
from tests.flows.callers import Caller, connection_toml
from tests.flows.test_accounts import Person, owner
from tests.flows.test_graph import PATIENCE, Clerk, answered, whole
from tests.flows.test_knowledge import kept, upload
from tests.unit.core.knowledge.graph.test_walking import LAMP, MAKER, OTHER

WORD = "word-of-a-test"
SETTINGS = """
[knowledge]
graph = true
[knowledge.neo4j]
url = "{url}"
user = "ada"
password = "{word}"
"""


async def until(condition: Callable[[], bool]) -> None:
    """Look until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_server_that_is_killed_while_it_copies_goes_on(tmp_path: Path) -> None:
    """Answers follow the graph before Neo4j has it; a Neo4j that was emptied is filled by the operator; and what is
    deleted here goes there. Nothing of the password is told."""
    with in_thread(Clerk(models=("mock",))) as model, in_thread(MockNeo4j("ada", WORD)) as there:
        toml = connection_toml(model.base_url, "mock", "mock") + SETTINGS.format(url=there.origin, word=WORD)
        with as_process(tmp_path, toml=toml) as server:
            assert server.process is not None
            process = server.process
            ada = await owner(server)
            base = (await ada.native("bases.create", name="Lamps", embedder="", graph={"enabled": True}))["id"]
            await kept(ada, base, OTHER.encode(), "pots.txt")
            await until(lambda: len(there.graph.mentions) > 0)
            [(_, first)] = there.graph.documents
            late = (cypher.MENTIONS, False)  # of another document than the first
            there.seen = lambda said, given: process.kill() if (said, given.get("document") == first) == late else None
            lamps = (await upload(ada, base, LAMP.encode(), "lamp.txt")).json
            await asyncio.to_thread(process.wait)
            there.seen = lambda statement, given: None
        with as_process(tmp_path, toml=toml) as server:
            ada = Person(server.port, ada.signed)
            await kept(ada, base, MAKER.encode(), "maker.txt")
            graph = await whole(ada, base, 3)
            assert "maker.txt" in str((await answered(ada, base))["evidence"])
            await until(lambda: len(there.graph.related) == graph["relations"] == 2)
            assert len(there.graph.entities) == graph["entities"] and len(there.graph.passages) == 3
            there.graph = PropertyGraph()
            operator = Caller(server.port, server.console_token)
            assert (await operator.ask("POST /parlance/v1/graphs.project", {})).status == 200
            await until(lambda: len(there.graph.related) == 2 and len(there.graph.entities) == graph["entities"])
            await ada.native("documents.delete", document=lamps["id"])
            await until(lambda: (DEFAULT_TENANT, lamps["id"]) not in there.graph.documents)
            assert len(there.graph.said(DEFAULT_TENANT, base)[1]) == 1
            said = (await operator.ask("GET /metrics")).body.decode()
            assert 'parlance_jobs{kind="project_graph",state="waiting"}' in said
            assert WORD not in said + server.log
