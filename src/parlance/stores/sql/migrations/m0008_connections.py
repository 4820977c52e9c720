"""Connections to engines that admins add while the server runs: the server's own, not a tenant's.

`key_sealed` is the engine's key, encrypted with the server's secret; `key_ending` are its last characters, to know it
again. What nobody looks for by itself (timeouts, bounds) stands in `details` as JSON.
"""

from __future__ import annotations

_CONNECTIONS = """
CREATE TABLE IF NOT EXISTS connections (
  id {id} NOT NULL PRIMARY KEY,
  name {id} NOT NULL,
  kind {name} NOT NULL,
  enabled {int} NOT NULL,
  details {text} NOT NULL,
  key_codec {id},
  key_id {id},
  key_sealed {bytes},
  key_ending {id},
  version {int} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  CONSTRAINT connections_name UNIQUE (name)
)"""

_VERSION = {
    "sqlite": "INSERT OR IGNORE INTO versions (name, number) VALUES ('connections', 1)",
    "postgres": "INSERT INTO versions (name, number) VALUES ('connections', 1) ON CONFLICT DO NOTHING",
    "mysql": "INSERT IGNORE INTO versions (name, number) VALUES ('connections', 1)",
}

STEPS = (_CONNECTIONS, _VERSION)
