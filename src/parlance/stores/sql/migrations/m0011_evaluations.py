"""Evaluations of knowledge bases: what was asked and what was measured, a piece of the set in each row."""

from __future__ import annotations

# `settings` and `outcome` are JSON. No foreign key to users: an evaluation stays with its base.
_EVALUATIONS = """
CREATE TABLE IF NOT EXISTS evaluations (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  base {id} NOT NULL,
  user_id {id} NOT NULL,
  name {name} NOT NULL,
  state {id} NOT NULL,
  settings {text} NOT NULL,
  model {name} NOT NULL,
  skip_own {int} NOT NULL,
  total {int} NOT NULL,
  done {int} NOT NULL,
  outcome {text} NOT NULL,
  problem {id} NOT NULL,
  words {text} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, base) REFERENCES bases (tenant, id)
)"""

# `questions` and `measured` are JSON lists of the same length; `measured` is NULL while that is to be done.
_PIECES = """
CREATE TABLE IF NOT EXISTS evaluation_pieces (
  tenant {id} NOT NULL,
  evaluation {id} NOT NULL,
  place {int} NOT NULL,
  questions {text} NOT NULL,
  measured {text},
  PRIMARY KEY (tenant, evaluation, place),
  FOREIGN KEY (tenant, evaluation) REFERENCES evaluations (tenant, id)
)"""

STEPS = (
    _EVALUATIONS,
    "CREATE INDEX IF NOT EXISTS evaluations_of_base ON evaluations (tenant, base, id)",
    _PIECES,
)
