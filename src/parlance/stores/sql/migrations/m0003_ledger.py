"""What runs put into their prompts, what was used, and how much may be.

`usage_records` is what each user and key used of each model on each day. `usage_counts` is the same by everybody whom a
budget can be for, so that a budget's count can be read back at a start in a few rows.
"""

from __future__ import annotations

_LEDGERS = """
CREATE TABLE IF NOT EXISTS ledgers (
  tenant {id} NOT NULL,
  run {id} NOT NULL,
  user_id {id} NOT NULL,
  scope {name} NOT NULL,
  chat {id},
  content_codec {id} NOT NULL,
  content_key {id},
  content {bytes} NOT NULL,
  created {int} NOT NULL,
  PRIMARY KEY (tenant, run),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_BUDGETS = """
CREATE TABLE IF NOT EXISTS budgets (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  subject {id} NOT NULL,
  subject_id {id} NOT NULL,
  unit {id} NOT NULL,
  period {id} NOT NULL,
  currency {id} NOT NULL,
  most {int} NOT NULL,
  created {int} NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT budgets_one UNIQUE (tenant, subject, subject_id, unit, period, currency),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

# No foreign keys to users: what was used stays counted when those who used it are gone, and guests are no rows.
_RECORDS = """
CREATE TABLE IF NOT EXISTS usage_records (
  tenant {id} NOT NULL,
  on_day {id} NOT NULL,
  user_id {id} NOT NULL,
  credential {id} NOT NULL,
  connection_name {id} NOT NULL,
  model {name} NOT NULL,
  currency {id} NOT NULL,
  requests {int} NOT NULL,
  prompt {int} NOT NULL,
  completion {int} NOT NULL,
  cost {int} NOT NULL,
  PRIMARY KEY (tenant, on_day, user_id, credential, connection_name, model, currency)
)"""

_COUNTS = """
CREATE TABLE IF NOT EXISTS usage_counts (
  tenant {id} NOT NULL,
  subject {id} NOT NULL,
  subject_id {id} NOT NULL,
  on_day {id} NOT NULL,
  currency {id} NOT NULL,
  requests {int} NOT NULL,
  tokens {int} NOT NULL,
  cost {int} NOT NULL,
  PRIMARY KEY (tenant, subject, subject_id, on_day, currency)
)"""

_VERSION = {
    "sqlite": "INSERT OR IGNORE INTO versions (name, number) VALUES ('budgets', 1)",
    "postgres": "INSERT INTO versions (name, number) VALUES ('budgets', 1) ON CONFLICT DO NOTHING",
    "mysql": "INSERT IGNORE INTO versions (name, number) VALUES ('budgets', 1)",
}

STEPS = (
    _LEDGERS,
    "CREATE INDEX IF NOT EXISTS ledgers_by_user ON ledgers (tenant, user_id, created)",
    "CREATE INDEX IF NOT EXISTS ledgers_by_chat ON ledgers (tenant, chat)",
    "CREATE INDEX IF NOT EXISTS ledgers_by_age ON ledgers (tenant, created)",
    _BUDGETS,
    _RECORDS,
    "CREATE INDEX IF NOT EXISTS usage_records_by_user ON usage_records (tenant, user_id, on_day)",
    _COUNTS,
    _VERSION,
)
