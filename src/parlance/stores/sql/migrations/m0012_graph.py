"""The graphs of knowledge bases: what a model drew out of each chunk.

An entity is its mentions: nothing is counted beside them, and all of it hangs on chunks (decision 0030).
"""

from __future__ import annotations

# JSON; NULL is none. On SQLite all steps are one transaction, so that none is ever run twice.
_OPTIONS = {
    "sqlite": "ALTER TABLE bases ADD COLUMN graph {text}",
    "postgres": "ALTER TABLE bases ADD COLUMN IF NOT EXISTS graph {text}",
    "mysql": "ALTER TABLE bases ADD COLUMN IF NOT EXISTS graph {text}",
}

# A chunk that was read has one, whether anything was found in it or not.
_READS = """
CREATE TABLE IF NOT EXISTS graph_reads (
  tenant {id} NOT NULL,
  document {id} NOT NULL,
  chunk {id} NOT NULL,
  base {id} NOT NULL,
  nonsense {int} NOT NULL,
  PRIMARY KEY (tenant, document, chunk),
  FOREIGN KEY (tenant, document, chunk) REFERENCES chunks (tenant, document, id)
)"""

_ENTITIES = """
CREATE TABLE IF NOT EXISTS graph_entities (
  tenant {id} NOT NULL,
  document {id} NOT NULL,
  chunk {id} NOT NULL,
  name_key {name} NOT NULL,
  base {id} NOT NULL,
  name {name} NOT NULL,
  kind {name} NOT NULL,
  description {text} NOT NULL,
  PRIMARY KEY (tenant, document, chunk, name_key),
  FOREIGN KEY (tenant, document, chunk) REFERENCES graph_reads (tenant, document, chunk)
)"""

# Two keys are too long for one index of MySQL: a relation has its place in the chunk instead.
_RELATIONS = """
CREATE TABLE IF NOT EXISTS graph_relations (
  tenant {id} NOT NULL,
  document {id} NOT NULL,
  chunk {id} NOT NULL,
  place {int} NOT NULL,
  base {id} NOT NULL,
  source_key {name} NOT NULL,
  target_key {name} NOT NULL,
  kind {name} NOT NULL,
  description {text} NOT NULL,
  strength {int} NOT NULL,
  PRIMARY KEY (tenant, document, chunk, place),
  FOREIGN KEY (tenant, document, chunk) REFERENCES graph_reads (tenant, document, chunk)
)"""

STEPS = (
    _OPTIONS,
    _READS,
    "CREATE INDEX IF NOT EXISTS graph_reads_of_base ON graph_reads (tenant, base)",
    _ENTITIES,
    "CREATE INDEX IF NOT EXISTS graph_entities_by_key ON graph_entities (tenant, base, name_key)",
    _RELATIONS,
    "CREATE INDEX IF NOT EXISTS graph_relations_by_source ON graph_relations (tenant, base, source_key)",
    "CREATE INDEX IF NOT EXISTS graph_relations_by_target ON graph_relations (tenant, base, target_key)",
)
