"""The chatbot app's people and sets.

They are no users of ours: a stranger who signs up there must not end local mode, nor take a name at another door
(decision 0011). What is in a set is sealed under a key that only its user's password makes, as one token each, just as
that app's own files have it: so it can be given back to that app without a key.
"""

from __future__ import annotations

_USERS = """
CREATE TABLE IF NOT EXISTS chatbot_users (
  tenant {id} NOT NULL,
  name {id} NOT NULL,
  password_hash {text} NOT NULL,
  tier {name} NOT NULL,
  salt {bytes},
  created {int} NOT NULL,
  PRIMARY KEY (tenant, name),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_SETS = """
CREATE TABLE IF NOT EXISTS chatbot_sets (
  tenant {id} NOT NULL,
  user_name {id} NOT NULL,
  name {id} NOT NULL,
  created {int} NOT NULL,
  is_encrypted {int} NOT NULL,
  memory {bytes},
  prompt {bytes},
  history {bytes},
  version {int} NOT NULL,
  PRIMARY KEY (tenant, user_name, name),
  FOREIGN KEY (tenant, user_name) REFERENCES chatbot_users (tenant, name)
)"""

STEPS = (_USERS, _SETS)
