"""Chats, their tree of turns, folders, tags, shares, what search looks in, and the files of people.

`sort_at` is what lists are sorted by: the time of the last change, and for pinned chats that plus a constant, so that
one range of one index is a page of the list. `processes` is the server's own: who flies runs.
"""

from __future__ import annotations

_FOLDERS = """
CREATE TABLE IF NOT EXISTS folders (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  parent {id},
  name {name} NOT NULL,
  name_key {name} NOT NULL,
  instructions {text} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  version {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_FOLDER_FILES = """
CREATE TABLE IF NOT EXISTS folder_files (
  tenant {id} NOT NULL,
  folder {id} NOT NULL,
  file_id {id} NOT NULL,
  added {int} NOT NULL,
  PRIMARY KEY (tenant, folder, file_id),
  FOREIGN KEY (tenant, folder) REFERENCES folders (tenant, id)
)"""

_CHATS = """
CREATE TABLE IF NOT EXISTS chats (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  folder {id},
  title {name} NOT NULL,
  titled_by {id} NOT NULL,
  pinned {int} NOT NULL,
  archived {int} NOT NULL,
  sort_at {int} NOT NULL,
  head_turn {id},
  client_id {name},
  kept_by {name},
  created {int} NOT NULL,
  updated {int} NOT NULL,
  version {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  CONSTRAINT chats_client UNIQUE (tenant, user_id, client_id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id),
  FOREIGN KEY (tenant, folder) REFERENCES folders (tenant, id)
)"""

# Parents are not foreign keys: MySQL checks them row by row, and could not delete a branch in one statement.
_TURNS = """
CREATE TABLE IF NOT EXISTS turns (
  tenant {id} NOT NULL,
  chat {id} NOT NULL,
  id {id} NOT NULL,
  parent {id},
  role {id} NOT NULL,
  state {id} NOT NULL,
  model {name},
  content_codec {id} NOT NULL,
  content_key {id},
  content {bytes} NOT NULL,
  files {text},
  spent {text},
  failure {text},
  run {id},
  process {id},
  rating {int} NOT NULL,
  note {text},
  client_id {name},
  sent {id} NOT NULL,
  tokens {int} NOT NULL,
  prefix_hash {id},
  created {int} NOT NULL,
  ended {int},
  foreign_fields {text},
  PRIMARY KEY (tenant, chat, id),
  CONSTRAINT turns_by_id UNIQUE (tenant, id),
  CONSTRAINT turns_client UNIQUE (tenant, chat, client_id),
  FOREIGN KEY (tenant, chat) REFERENCES chats (tenant, id)
)"""

_TAGS = """
CREATE TABLE IF NOT EXISTS chat_tags (
  tenant {id} NOT NULL,
  chat {id} NOT NULL,
  tag_key {name} NOT NULL,
  tag {name} NOT NULL,
  user_id {id} NOT NULL,
  PRIMARY KEY (tenant, chat, tag_key),
  FOREIGN KEY (tenant, chat) REFERENCES chats (tenant, id)
)"""

# A link is opened by somebody without a tenant: its digest is an index of its own.
_SHARES = """
CREATE TABLE IF NOT EXISTS shares (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  chat {id} NOT NULL,
  digest {id} NOT NULL,
  title {name} NOT NULL,
  content_codec {id} NOT NULL,
  content_key {id},
  content {bytes} NOT NULL,
  created {int} NOT NULL,
  expires {int},
  PRIMARY KEY (tenant, id),
  CONSTRAINT shares_digest UNIQUE (digest),
  FOREIGN KEY (tenant, chat) REFERENCES chats (tenant, id)
)"""

_FILES = """
CREATE TABLE IF NOT EXISTS files (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  name {name} NOT NULL,
  kind {id} NOT NULL,
  media_type {id} NOT NULL,
  declared {name} NOT NULL,
  size {int} NOT NULL,
  sha256 {id} NOT NULL,
  blob_id {id} NOT NULL,
  created {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

# How much room somebody's files take; the row with an empty `user_id` is the whole tenant's.
_FILE_ROOMS = """
CREATE TABLE IF NOT EXISTS file_rooms (
  tenant {id} NOT NULL,
  user_id {id} NOT NULL,
  used {int} NOT NULL,
  reserved {int} NOT NULL,
  files {int} NOT NULL,
  PRIMARY KEY (tenant, user_id),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

# Room that uploads under way have reserved; one that expires is given back.
_FILE_HOLDS = """
CREATE TABLE IF NOT EXISTS file_holds (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  blob_id {id} NOT NULL,
  room {int} NOT NULL,
  expires {int} NOT NULL,
  PRIMARY KEY (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_PROCESSES = "CREATE TABLE IF NOT EXISTS processes (id {id} NOT NULL PRIMARY KEY, seen {int} NOT NULL)"

# One row for each turn, and one with an empty `turn` for the title. `words` is cut and folded by us. A row is never
# changed, only removed and made anew: SQLite's index follows those two.
_TEXT_COLUMNS = """
  tenant {id} NOT NULL,
  chat {id} NOT NULL,
  turn {id} NOT NULL,
  user_id {id} NOT NULL,
  words {text} NOT NULL,
  created {int} NOT NULL,
  CONSTRAINT turn_texts_turn UNIQUE (tenant, chat, turn),
  FOREIGN KEY (tenant, chat) REFERENCES chats (tenant, id)"""
_TEXTS = {
    # A number of its own: the implicit row number, which the index refers to, may change when the file is compacted.
    "sqlite": f"CREATE TABLE IF NOT EXISTS turn_texts (number INTEGER PRIMARY KEY, {_TEXT_COLUMNS})",
    "postgres": f"CREATE TABLE IF NOT EXISTS turn_texts ({_TEXT_COLUMNS})",
    "mysql": f"CREATE TABLE IF NOT EXISTS turn_texts ({_TEXT_COLUMNS}, FULLTEXT turn_texts_words (words))",
}
_NOTHING = "SELECT 1"
_WORDS = {
    "sqlite": "CREATE VIRTUAL TABLE IF NOT EXISTS turn_words USING fts5"
    "(words, content='turn_texts', content_rowid='number', tokenize='unicode61 remove_diacritics 0')",
    "postgres": "CREATE INDEX IF NOT EXISTS turn_texts_words ON turn_texts USING gin (to_tsvector('simple', words))",
    "mysql": _NOTHING,
}
_GONE = "INSERT INTO turn_words (turn_words, rowid, words) VALUES ('delete', old.number, old.words)"
_NEW = "INSERT INTO turn_words (rowid, words) VALUES (new.number, new.words)"


def _sqlite(step: str) -> dict[str, str]:
    return {"sqlite": step, "postgres": _NOTHING, "mysql": _NOTHING}


def _index(name: str, where: str) -> str:
    return f"CREATE INDEX IF NOT EXISTS {name} ON {where}"


STEPS = (
    _FOLDERS,
    _index("folders_by_user", "folders (tenant, user_id, id)"),
    _FOLDER_FILES,
    _index("folder_files_by_file", "folder_files (tenant, file_id)"),
    _CHATS,
    _index("chats_sorted", "chats (tenant, user_id, archived, sort_at, id)"),
    _index("chats_in_folder", "chats (tenant, user_id, folder, archived, sort_at, id)"),
    _index("chats_by_age", "chats (tenant, updated)"),
    _TURNS,
    _index("turns_by_run", "turns (tenant, run)"),
    _index("turns_by_prefix", "turns (tenant, prefix_hash)"),
    _index("turns_running", "turns (tenant, process)"),
    _TAGS,
    _index("chat_tags_by_tag", "chat_tags (tenant, user_id, tag_key, chat)"),
    _SHARES,
    _index("shares_by_chat", "shares (tenant, chat)"),
    _index("shares_by_user", "shares (tenant, user_id, id)"),
    _FILES,
    _index("files_by_user", "files (tenant, user_id, id)"),
    _index("files_by_blob", "files (tenant, blob_id)"),
    _FILE_ROOMS,
    _FILE_HOLDS,
    _index("file_holds_by_expiry", "file_holds (tenant, expires)"),
    _PROCESSES,
    _TEXTS,
    _WORDS,
    _sqlite(f"CREATE TRIGGER IF NOT EXISTS turn_texts_added AFTER INSERT ON turn_texts BEGIN {_NEW}; END"),
    _sqlite(f"CREATE TRIGGER IF NOT EXISTS turn_texts_removed AFTER DELETE ON turn_texts BEGIN {_GONE}; END"),
)
