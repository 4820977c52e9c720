"""The doctor's look at the Neo4j that graphs are projected to: it is asked how many documents it has."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from parlance.cli.checks import Finding
from parlance.settings.neo4j import Neo4j
from parlance.settings.schema import Settings
from parlance.values.errors import Fault

CHECK = "neo4j"
ADVICE = {
    "neo4j_unreachable": "Look at `knowledge.neo4j.url` (its HTTP address), at firewalls, and whether it runs.",
    "neo4j_denied": "Look at `knowledge.neo4j.user`, its password, and whether it may write and make constraints.",
    "neo4j_no_database": "Look at `knowledge.neo4j.database`, and whether it is Neo4j 5.19 or newer.",
}
OTHERWISE = "Neo4j's own log says more."


def neo4j(settings: Settings) -> Iterator[Finding]:
    """Whether it answers; nothing where there is none. How many jobs wait for it, the server's metrics say."""
    chosen = settings.knowledge.neo4j
    if chosen.url is None:
        return
    try:
        count = asyncio.run(_asked(chosen))
    except Fault as fault:
        yield Finding(CHECK, "fail", fault.message, ADVICE.get(fault.code or "", OTHERWISE))
        return
    yield Finding(CHECK, "ok", f"the Neo4j that graphs are projected to answers; documents in it: {count}")


async def _asked(chosen: Neo4j) -> int:
    """Raises `Fault`."""
    from parlance.assembly.neo4j import projection
    from parlance.outbound.client import Client

    client = Client()
    try:
        there = projection(chosen, client)
        return 0 if there is None else await there.size()
    finally:
        await client.close()
