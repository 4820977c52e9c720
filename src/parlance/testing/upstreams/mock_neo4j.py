"""A Neo4j on a port of its own, as far as its Query API and our own statements go.

It answers 202 with rows, or an `errors` list, as the real one does; what it keeps is a graph (`neo4j_graph`). `fail`
lays out what the next statements get instead.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from parlance.testing.upstreams.answers import Answer, block
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.neo4j_graph import PropertyGraph
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream

Seen = Callable[[str, Mapping[str, Any]], None]


class MockNeo4j(Upstream):
    """See the module. `graph` is what it holds; `seen` is told of each statement before it is done."""

    def __init__(self, user: str = "", password: str = "", *, database: str = "neo4j", **rest: Any) -> None:
        super().__init__(**rest)
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.credentials = f"Basic {pair}" if user else None
        self.database = database
        self.graph = PropertyGraph()
        self.seen: Seen = lambda statement, given: None
        self.failures: list[tuple[str, bool, Answer]] = []

    def fail(self, answer: Answer, times: int = 1, statement: str = "", *, after: bool = False) -> None:
        """The next statements (or those with this text) get this answer so many times; `after` they were done."""
        self.failures += [(statement, after, answer)] * times

    async def answer(self, call: Call, script: Script) -> Answer:
        """What it says to a statement."""
        if self.credentials is not None and call.headers.get("authorization") != self.credentials:
            return wrong("Neo.ClientError.Security.Unauthorized", 401)
        if call.path != f"/db/{self.database}/query/v2" or call.method != "POST":
            return wrong("Neo.ClientError.Database.DatabaseNotFound", 404)
        statement, given = call.payload["statement"], call.payload["parameters"]
        self.seen(statement, given)
        for failing in self.failures:
            wanted, after, instead = failing
            if wanted in ("", statement):
                self.failures.remove(failing)
                if after:
                    self.graph.run(statement, given)
                return instead
        try:
            values = self.graph.run(statement, given)
        except KeyError:
            return wrong("Neo.ClientError.Statement.SyntaxError", 400)
        data = {"fields": ["done"], "values": [[value] for value in values]}
        return block({"data": data, "bookmarks": ["FB:test"]}, status=202)

    def error(self, status: int, message: str) -> Any:
        """An error in its shape."""
        return {"errors": [{"code": "Neo.DatabaseError.General.UnknownError", "message": message}]}

    def error_frame(self, call: Call, message: str) -> bytes:
        """Nothing here is streamed."""
        return b""


def wrong(code: str, status: int = 202, message: str = "Something that quotes what was written.") -> Answer:
    """A refusal, which may come with any status."""
    return block({"errors": [{"code": code, "message": message}]}, status=status)
