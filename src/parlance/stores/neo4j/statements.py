"""All that a Neo4j is ever told, in Cypher. What is said goes in parameters; nothing is put into these texts.

A document is projected under a claim: a token that is written to its node before the rows are read. Every further
statement takes the lock of that node (by writing to it), and does nothing unless the claim is still the last one. So
whoever read older rows writes nothing over what newer ones say, however late their statement arrives.

Each gives one row of one number, `done`, or ids; each may be asked twice.
"""

from __future__ import annotations

_DOCUMENT = "MATCH (d:ParlanceDocument {tenant: $tenant, id: $document})"
_CLAIMED = f"{_DOCUMENT} SET d.held = $claim WITH d WHERE d.claim = $claim "

SCHEMA = (
    "CREATE CONSTRAINT parlance_document IF NOT EXISTS FOR (d:ParlanceDocument) REQUIRE (d.tenant, d.id) IS UNIQUE",
    "CREATE CONSTRAINT parlance_passage IF NOT EXISTS"
    " FOR (p:ParlancePassage) REQUIRE (p.tenant, p.document, p.id) IS UNIQUE",
    "CREATE CONSTRAINT parlance_entity IF NOT EXISTS"
    " FOR (e:ParlanceEntity) REQUIRE (e.tenant, e.base, e.key) IS UNIQUE",
    "CREATE INDEX parlance_document_of_base IF NOT EXISTS FOR (d:ParlanceDocument) ON (d.tenant, d.base)",
    "CREATE INDEX parlance_related_in IF NOT EXISTS FOR ()-[r:PARLANCE_RELATED]-() ON (r.tenant, r.document)",
)
"""Two that merge at the same time make one node, and nothing is looked for node by node."""

CLAIM = "MERGE (d:ParlanceDocument {tenant: $tenant, id: $document}) SET d.base = $base, d.claim = $claim"
"""From now on this claim is the one that counts."""

PASSAGES = (
    f"{_CLAIMED}SET d.name = $name WITH d UNWIND $rows AS row"
    " MERGE (p:ParlancePassage {tenant: $tenant, document: $document, id: row.passage})"
    " SET p.base = $base, p.place = row.place, p.claim = $claim"
    " MERGE (d)-[:PARLANCE_HOLDS]->(p) RETURN count(p) AS done"
)
MENTIONS = (
    f"{_CLAIMED}UNWIND $rows AS row"
    " MATCH (p:ParlancePassage {tenant: $tenant, document: $document, id: row.passage})"
    " MERGE (e:ParlanceEntity {tenant: $tenant, base: $base, key: row.key})"
    " SET e.name = row.name, e.kind = row.kind"
    " MERGE (p)-[m:PARLANCE_MENTIONS]->(e)"
    " SET m.name = row.name, m.kind = row.kind, m.description = row.description, m.claim = $claim"
    " RETURN count(m) AS done"
)
RELATIONS = (
    f"{_CLAIMED}UNWIND $rows AS row"
    " MATCH (a:ParlanceEntity {tenant: $tenant, base: $base, key: row.source})"
    " MATCH (b:ParlanceEntity {tenant: $tenant, base: $base, key: row.target})"
    " MERGE (a)-[r:PARLANCE_RELATED"
    " {tenant: $tenant, document: $document, passage: row.passage, place: row.place}]->(b)"
    " SET r.base = $base, r.kind = row.kind, r.description = row.description, r.strength = row.strength,"
    " r.claim = $claim RETURN count(r) AS done"
)

OLD_RELATIONS = (
    f"{_CLAIMED}MATCH ()-[r:PARLANCE_RELATED {{tenant: $tenant, document: $document}}]->()"
    " WHERE r.claim <> $claim WITH r LIMIT $most DELETE r RETURN count(*) AS done"
)
OLD_MENTIONS = (
    f"{_CLAIMED}MATCH (d)-[:PARLANCE_HOLDS]->(:ParlancePassage)-[m:PARLANCE_MENTIONS]->(e:ParlanceEntity)"
    " WHERE m.claim <> $claim WITH m, e LIMIT $most SET e.held = $claim DELETE m"
    " WITH e, count(*) AS cut"
    " WITH e, cut, [(e)<-[other:PARLANCE_MENTIONS]-(:ParlancePassage) | other] AS others,"
    " size([(e)-[any]-() | 1]) AS tied"
    " FOREACH (other IN others[..1] | SET e.name = other.name, e.kind = other.kind)"
    " FOREACH (alone IN CASE WHEN tied = 0 THEN [e] ELSE [] END | DELETE alone)"
    " RETURN sum(cut) AS done"
)
"""An entity that nothing mentions any more goes in the same transaction; any other keeps a name that it still has."""
OLD_PASSAGES = (
    f"{_CLAIMED}MATCH (d)-[:PARLANCE_HOLDS]->(p:ParlancePassage)"
    " WHERE p.claim <> $claim WITH p LIMIT $most DETACH DELETE p RETURN count(*) AS done"
)
OLD = (OLD_RELATIONS, OLD_MENTIONS, OLD_PASSAGES)
"""What this claim did not write, some at a time. In this order: whatever is left is still reached from its document."""
DROP = f"{_CLAIMED}DETACH DELETE d RETURN count(*) AS done"
STILL = f"{_CLAIMED}RETURN count(d) AS done"
"""Whether this claim was the last one all the time: no claim is ever made twice."""

DOCUMENTS = (
    "MATCH (d:ParlanceDocument {tenant: $tenant, base: $base}) WHERE d.id > $after"
    " RETURN d.id AS id ORDER BY id LIMIT $most"
)
BASES = (
    "MATCH (d:ParlanceDocument {tenant: $tenant}) WHERE d.base > $after"
    " RETURN DISTINCT d.base AS id ORDER BY id LIMIT $most"
)
ASKED = "MATCH (d:ParlanceDocument) RETURN count(d) AS done"
"""How many documents are projected: answered from a count that is kept."""
