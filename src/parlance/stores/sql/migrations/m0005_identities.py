"""Who signs in by another server's word: an account of ours for each person that an issuer names.

`digest` is the SHA-256 of issuer and subject: both may be longer than a key of MySQL.
"""

from __future__ import annotations

_IDENTITIES = """
CREATE TABLE IF NOT EXISTS identities (
  tenant {id} NOT NULL,
  digest {id} NOT NULL,
  user_id {id} NOT NULL,
  issuer {text} NOT NULL,
  subject {text} NOT NULL,
  created {int} NOT NULL,
  PRIMARY KEY (tenant, digest),
  CONSTRAINT identities_by_user UNIQUE (tenant, user_id, digest),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

STEPS = (_IDENTITIES,)
