"""From settings to the Neo4j that graphs are projected to."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from parlance.outbound.calls import Call, Headers, Origin
from parlance.outbound.client import Client
from parlance.ports.fetching import Deadlines
from parlance.settings.neo4j import Neo4j
from parlance.stores.neo4j.answers import understood, unreachable
from parlance.stores.neo4j.projection import Neo4jProjection
from parlance.values.errors import Fault, Kind

PATIENCE = Deadlines(connect=5.0, first_byte=30.0, between=30.0, total=120.0)
"""A statement writes or removes some hundred rows; where that takes longer, it is tried again later."""
MOST_ANSWER = 1024 * 1024
"""Bytes: ids of one page, or a number."""
AWAY = frozenset({Kind.upstream, Kind.timed_out})


class QueryApi:
    """Asks one database of a Neo4j over the house's HTTP client. The operator named it, so it may be private."""

    def __init__(self, client: Client, chosen: Neo4j, patience: Deadlines = PATIENCE) -> None:
        """Raises `Fault(invalid)` for an address that is none."""
        self._client = client
        self._patience = patience
        self._origin, path = Origin.split(chosen.url or "")
        self._target = f"{path}/db/{chosen.database}/query/v2"
        self._headers: Headers = (
            (b"Content-Type", b"application/json"),
            (b"Accept", b"application/json"),
            *_credentials(chosen),
        )

    async def __call__(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Any]:
        """Send it; a request that breaks off may have been done. Raises `Fault(busy)`."""
        body = msgspec.json.encode({"statement": statement, "parameters": parameters})
        call = Call(self._origin, "POST", self._target, self._headers, body, self._patience, MOST_ANSWER)
        try:
            answer = await self._client.fetch(call)
        except Fault as fault:
            if fault.kind not in AWAY:
                raise
            raise unreachable() from fault
        return understood(answer.status, answer.body)


def projection(chosen: Neo4j, client: Client) -> Neo4jProjection | None:
    """Where graphs go beside the database; nowhere unless the settings say so."""
    return None if chosen.url is None else Neo4jProjection(QueryApi(client, chosen))


def _credentials(chosen: Neo4j) -> Headers:
    if chosen.token:
        return ((b"Authorization", f"Bearer {chosen.token.reveal()}".encode()),)
    if chosen.user and chosen.password:
        pair = f"{chosen.user}:{chosen.password.reveal()}".encode()
        return ((b"Authorization", b"Basic " + base64.b64encode(pair)),)
    return ()
