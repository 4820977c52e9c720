"""What WeKnora's clients keep that has no place elsewhere: what is said of a tenant besides, and a tenant's models.

Keys are encrypted with the server's secret. A tenant's key is found by its digest like any other (`credentials`); here
it is kept to be shown again, as that system's clients expect of it.
"""

from __future__ import annotations

_TENANTS = """
CREATE TABLE IF NOT EXISTS weknora_tenants (
  tenant {id} NOT NULL PRIMARY KEY,
  description {text} NOT NULL,
  business {text} NOT NULL,
  engines {text} NOT NULL,
  key_thing {id},
  key_codec {id},
  key_id {id},
  key_sealed {bytes},
  version {int} NOT NULL,
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_MODELS = """
CREATE TABLE IF NOT EXISTS weknora_models (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  status {id} NOT NULL,
  problem {text} NOT NULL,
  details {text} NOT NULL,
  key_codec {id},
  key_id {id},
  key_sealed {bytes},
  version {int} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_VERSION = {
    "sqlite": "INSERT OR IGNORE INTO versions (name, number) VALUES ('weknora_models', 1)",
    "postgres": "INSERT INTO versions (name, number) VALUES ('weknora_models', 1) ON CONFLICT DO NOTHING",
    "mysql": "INSERT IGNORE INTO versions (name, number) VALUES ('weknora_models', 1)",
}

STEPS = (_TENANTS, _MODELS, _VERSION)
