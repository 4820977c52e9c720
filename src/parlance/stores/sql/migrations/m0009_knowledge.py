"""Knowledge bases with their documents, the passages and vectors that these are found by, and jobs.

A row's `leaving` says that it is on its way out: nobody sees it any more, and a job removes what hangs on it, piece by
piece. `revision` of a document is that of its base when what is found in it changed last.
"""

from __future__ import annotations

# No foreign keys to users: a base of the whole tenant outlives whoever made it, as do the documents put there.
_BASES = """
CREATE TABLE IF NOT EXISTS bases (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  name {name} NOT NULL,
  description {text} NOT NULL,
  visible_to {id} NOT NULL,
  cutting {text} NOT NULL,
  embedder {name} NOT NULL,
  dimension {int} NOT NULL,
  generation {int} NOT NULL,
  revision {int} NOT NULL,
  reranker {name} NOT NULL,
  coming {name},
  problem {id} NOT NULL,
  words {text} NOT NULL,
  leaving {int} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

# `same_key` is what makes two documents of a base one: the SHA-256 of the bytes, or of the address.
_DOCUMENTS = """
CREATE TABLE IF NOT EXISTS documents (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  base {id} NOT NULL,
  user_id {id} NOT NULL,
  name {name} NOT NULL,
  source {id} NOT NULL,
  same_key {id},
  state {id} NOT NULL,
  title {text} NOT NULL,
  place {text} NOT NULL,
  media_type {name} NOT NULL,
  language {name} NOT NULL,
  size {int} NOT NULL,
  sha256 {id} NOT NULL,
  md5 {id} NOT NULL,
  blob_id {id},
  text_blob {id},
  text_size {int} NOT NULL,
  pages {int} NOT NULL,
  done {int} NOT NULL,
  chunks {int} NOT NULL,
  problem {id} NOT NULL,
  words {text} NOT NULL,
  remarks {text} NOT NULL,
  enabled {int} NOT NULL,
  metadata {text} NOT NULL,
  generation {int} NOT NULL,
  revision {int} NOT NULL,
  leaving {int} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  CONSTRAINT documents_same UNIQUE (tenant, base, same_key),
  FOREIGN KEY (tenant, base) REFERENCES bases (tenant, id)
)"""

# `searched` is 0 for a parent, whose children are found in its place. A place is taken once: no chunk is there twice.
_CHUNKS = """
CREATE TABLE IF NOT EXISTS chunks (
  tenant {id} NOT NULL,
  document {id} NOT NULL,
  id {id} NOT NULL,
  base {id} NOT NULL,
  place {int} NOT NULL,
  kind {id} NOT NULL,
  content {text} NOT NULL,
  context {text} NOT NULL,
  start_at {int} NOT NULL,
  stop_at {int} NOT NULL,
  page {int},
  box {text},
  parent {id},
  searched {int} NOT NULL,
  enabled {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, document, id),
  CONSTRAINT chunks_by_id UNIQUE (tenant, id),
  CONSTRAINT chunks_place UNIQUE (tenant, document, place),
  FOREIGN KEY (tenant, document) REFERENCES documents (tenant, id)
)"""

# Little-endian float32, unit length.
_VECTORS = """
CREATE TABLE IF NOT EXISTS chunk_vectors (
  tenant {id} NOT NULL,
  document {id} NOT NULL,
  chunk {id} NOT NULL,
  generation {int} NOT NULL,
  base {id} NOT NULL,
  vector {bytes} NOT NULL,
  PRIMARY KEY (tenant, document, chunk, generation),
  FOREIGN KEY (tenant, document, chunk) REFERENCES chunks (tenant, document, id)
)"""

_TOMBSTONES = """
CREATE TABLE IF NOT EXISTS base_tombstones (
  tenant {id} NOT NULL,
  base {id} NOT NULL,
  document {id} NOT NULL,
  revision {int} NOT NULL,
  PRIMARY KEY (tenant, base, document),
  FOREIGN KEY (tenant, base) REFERENCES bases (tenant, id)
)"""

# How much room documents take: of each base, and in the row with an empty `base` of the whole tenant, whose `quota`,
# where there is one, is another bound than that of the settings.
_ROOMS = """
CREATE TABLE IF NOT EXISTS knowledge_rooms (
  tenant {id} NOT NULL,
  base {id} NOT NULL,
  used {int} NOT NULL,
  reserved {int} NOT NULL,
  documents {int} NOT NULL,
  quota {int},
  PRIMARY KEY (tenant, base),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_HOLDS = """
CREATE TABLE IF NOT EXISTS knowledge_holds (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  base {id} NOT NULL,
  blob_id {id} NOT NULL,
  room {int} NOT NULL,
  expires {int} NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

# One of a kind for each subject. `state` is `open` until somebody gives up: `dead`, with `problem` and `words`.
_JOBS = """
CREATE TABLE IF NOT EXISTS jobs (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  kind {id} NOT NULL,
  subject {id} NOT NULL,
  state {id} NOT NULL,
  payload {text} NOT NULL,
  created {int} NOT NULL,
  not_before {int} NOT NULL,
  attempts {int} NOT NULL,
  lease {id},
  leased_until {int} NOT NULL,
  problem {id} NOT NULL,
  words {text} NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT jobs_one UNIQUE (tenant, kind, subject),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""


def _index(name: str, where: str) -> str:
    return f"CREATE INDEX IF NOT EXISTS {name} ON {where}"


STEPS = (
    _BASES,
    _index("bases_by_user", "bases (tenant, user_id, id)"),
    _DOCUMENTS,
    _index("documents_in_base", "documents (tenant, base, id)"),
    _index("documents_by_revision", "documents (tenant, base, revision)"),
    _index("documents_by_blob", "documents (tenant, blob_id)"),
    _index("documents_by_text", "documents (tenant, text_blob)"),
    _CHUNKS,
    _VECTORS,
    _index("chunk_vectors_by_generation", "chunk_vectors (tenant, base, generation)"),
    _TOMBSTONES,
    _index("base_tombstones_by_revision", "base_tombstones (tenant, base, revision)"),
    _ROOMS,
    _HOLDS,
    _index("knowledge_holds_by_expiry", "knowledge_holds (tenant, expires)"),
    _JOBS,
    _index("jobs_due", "jobs (tenant, state, not_before)"),
    _index("jobs_by_lease", "jobs (tenant, lease)"),
)
