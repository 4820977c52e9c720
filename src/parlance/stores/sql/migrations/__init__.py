"""The numbered migrations, oldest first. One that has been released is never changed: a later one mends it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from parlance.ports.stores import DatabaseKind
from parlance.stores.sql.migrations import (
    m0001_accounts,
    m0002_chats,
    m0003_ledger,
    m0004_search,
    m0005_identities,
    m0006_chatbot,
    m0007_arrivals,
    m0008_connections,
    m0009_knowledge,
    m0010_weknora,
    m0011_evaluations,
    m0012_graph,
    m0013_cuts,
    m0014_lanes,
)

Step = str | Mapping[str, str]
"""One statement that may be run again without harm: for all databases, or for each kind its own."""


class Migration(msgspec.Struct, frozen=True):
    """A step from one schema to the next. Types stand in braces (`{id}`) and are spelled for each database."""

    number: int
    name: str
    steps: tuple[Step, ...]

    def statements(self, kind: DatabaseKind) -> tuple[str, ...]:
        """The steps as one database takes them."""
        chosen = (step if isinstance(step, str) else step[kind] for step in self.steps)
        return tuple(spelled(step, kind) for step in chosen)


SPELLINGS: Mapping[DatabaseKind, Mapping[str, str]] = {
    "sqlite": {
        "id": "TEXT",
        "name": "TEXT",
        "text": "TEXT",
        "int": "INTEGER",
        "real": "REAL",
        "bytes": "BLOB",
    },
    "postgres": {
        "id": 'TEXT COLLATE "C"',
        "name": 'TEXT COLLATE "C"',
        "text": "TEXT",
        "int": "BIGINT",
        "real": "DOUBLE PRECISION",
        "bytes": "BYTEA",
    },
    # MySQL indexes only what has a bound. The collations are MariaDB's: a MySQL server is told its own names for them.
    "mysql": {
        "id": "VARCHAR(64) CHARACTER SET ascii COLLATE ascii_nopad_bin",
        "name": "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        "text": "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        "int": "BIGINT",
        "real": "DOUBLE",
        "bytes": "LONGBLOB",
    },
}
"""`{id}`: up to 64 ASCII characters; `{name}`: up to 255 characters; both compare by bytes and may be in keys."""


def spelled(step: str, kind: DatabaseKind) -> str:
    """A step with its types as a database spells them."""
    for word, spelling in SPELLINGS[kind].items():
        step = step.replace("{" + word + "}", spelling)
    return step


MIGRATIONS = (
    Migration(1, "accounts", m0001_accounts.STEPS),
    Migration(2, "chats", m0002_chats.STEPS),
    Migration(3, "ledger", m0003_ledger.STEPS),
    Migration(4, "search", m0004_search.STEPS),
    Migration(5, "identities", m0005_identities.STEPS),
    Migration(6, "chatbot", m0006_chatbot.STEPS),
    Migration(7, "arrivals", m0007_arrivals.STEPS),
    Migration(8, "connections", m0008_connections.STEPS),
    Migration(9, "knowledge", m0009_knowledge.STEPS),
    Migration(10, "weknora", m0010_weknora.STEPS),
    Migration(11, "evaluations", m0011_evaluations.STEPS),
    Migration(12, "graph", m0012_graph.STEPS),
    Migration(13, "cuts", m0013_cuts.STEPS),
    Migration(14, "lanes", m0014_lanes.STEPS),
)
