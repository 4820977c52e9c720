"""Who is known: tenants, users, groups, keys, sessions, what is used once, the audit log, preferences and versions.

Tables without a tenant are the server's own: `tenants`, `handles` (a name to sign in with, to its user) and
`credentials` (a token's SHA-256, to whom it stands for), which say which tenant somebody belongs to; `versions`, whose
numbers grow in the change sets that others must hear of; and `server_facts`.

An index that is not for uniqueness is still a UNIQUE over columns that end in an id: that can be said within a CREATE
TABLE in all three databases.
"""

from __future__ import annotations

_TENANTS = """
CREATE TABLE IF NOT EXISTS tenants (
  id {id} NOT NULL PRIMARY KEY,
  number {int} NOT NULL,
  name {name} NOT NULL,
  name_key {name} NOT NULL,
  disabled {int} NOT NULL DEFAULT 0,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  foreign_fields {text},
  CONSTRAINT tenants_number UNIQUE (number)
)"""

_USERS = """
CREATE TABLE IF NOT EXISTS users (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  number {int},
  name {name} NOT NULL,
  name_key {name} NOT NULL,
  email {name},
  email_key {name},
  role {id} NOT NULL,
  operates {int} NOT NULL DEFAULT 0,
  password_hash {text},
  disabled {int} NOT NULL DEFAULT 0,
  owned_by {id} NOT NULL,
  totp_codec {id},
  totp_key {id},
  totp {bytes},
  totp_confirmed {int},
  totp_step {int},
  created {int} NOT NULL,
  updated {int} NOT NULL,
  last_seen {int},
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  CONSTRAINT users_by_name UNIQUE (tenant, name_key, id),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_HANDLES = """
CREATE TABLE IF NOT EXISTS handles (
  handle {name} NOT NULL PRIMARY KEY,
  tenant {id} NOT NULL,
  user_id {id} NOT NULL,
  CONSTRAINT handles_by_user UNIQUE (tenant, user_id, handle),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_GROUPS = """
CREATE TABLE IF NOT EXISTS user_groups (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  name {name} NOT NULL,
  name_key {name} NOT NULL,
  description {text} NOT NULL,
  created {int} NOT NULL,
  updated {int} NOT NULL,
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  CONSTRAINT user_groups_by_name UNIQUE (tenant, name_key, id),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_MEMBERS = """
CREATE TABLE IF NOT EXISTS group_members (
  tenant {id} NOT NULL,
  group_id {id} NOT NULL,
  user_id {id} NOT NULL,
  added {int} NOT NULL,
  PRIMARY KEY (tenant, group_id, user_id),
  CONSTRAINT group_members_by_user UNIQUE (tenant, user_id, group_id),
  FOREIGN KEY (tenant, group_id) REFERENCES user_groups (tenant, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_CREDENTIALS = """
CREATE TABLE IF NOT EXISTS credentials (
  digest {id} NOT NULL PRIMARY KEY,
  tenant {id} NOT NULL,
  user_id {id} NOT NULL,
  kind {id} NOT NULL,
  thing {id} NOT NULL,
  expires {int},
  CONSTRAINT credentials_by_thing UNIQUE (tenant, thing, digest),
  CONSTRAINT credentials_by_user UNIQUE (tenant, user_id, digest),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_KEYS = """
CREATE TABLE IF NOT EXISTS api_keys (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  name {name} NOT NULL,
  prefix {id} NOT NULL,
  scopes {text} NOT NULL,
  models {text} NOT NULL,
  share_answers {int},
  keep_chats {int} NOT NULL DEFAULT 0,
  requests_per_minute {int},
  tokens_per_minute {int},
  created {int} NOT NULL,
  expires {int},
  last_used {int},
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  CONSTRAINT api_keys_by_user UNIQUE (tenant, user_id, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

# A session that is over keeps its row for a while: it tells from where its user is used to sign in.
_SESSIONS = """
CREATE TABLE IF NOT EXISTS sessions (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  user_id {id} NOT NULL,
  kind {id} NOT NULL,
  via {id} NOT NULL,
  created {int} NOT NULL,
  expires {int} NOT NULL,
  last_seen {int} NOT NULL,
  agent {name} NOT NULL,
  address {name} NOT NULL,
  ended {int},
  foreign_fields {text},
  PRIMARY KEY (tenant, id),
  CONSTRAINT sessions_by_user UNIQUE (tenant, user_id, address, id),
  CONSTRAINT sessions_by_expiry UNIQUE (tenant, expires, id),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_ONE_TIME = """
CREATE TABLE IF NOT EXISTS one_time (
  digest {id} NOT NULL PRIMARY KEY,
  purpose {id} NOT NULL,
  tenant {id} NOT NULL,
  user_id {id},
  created {int} NOT NULL,
  expires {int} NOT NULL,
  used {int},
  details {text},
  CONSTRAINT one_time_by_user UNIQUE (tenant, user_id, digest),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

_RECOVERY = """
CREATE TABLE IF NOT EXISTS recovery_codes (
  tenant {id} NOT NULL,
  user_id {id} NOT NULL,
  digest {id} NOT NULL,
  created {int} NOT NULL,
  used {int},
  PRIMARY KEY (tenant, user_id, digest),
  FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
)"""

# No foreign keys: what happened stays told when those who did it are gone.
_AUDIT = """
CREATE TABLE IF NOT EXISTS audit_log (
  tenant {id} NOT NULL,
  id {id} NOT NULL,
  happened {int} NOT NULL,
  act {id} NOT NULL,
  actor {id},
  via {id},
  subject_kind {id} NOT NULL,
  subject {id},
  address {name} NOT NULL,
  request {name} NOT NULL,
  details {text} NOT NULL,
  PRIMARY KEY (tenant, id),
  CONSTRAINT audit_log_by_act UNIQUE (tenant, act, id),
  CONSTRAINT audit_log_by_actor UNIQUE (tenant, actor, id),
  CONSTRAINT audit_log_by_subject UNIQUE (tenant, subject, id),
  CONSTRAINT audit_log_by_time UNIQUE (tenant, happened, id)
)"""

_PREFERENCES = """
CREATE TABLE IF NOT EXISTS preferences (
  tenant {id} NOT NULL,
  name {id} NOT NULL,
  content {text} NOT NULL,
  version {int} NOT NULL,
  updated {int} NOT NULL,
  updated_by {id},
  PRIMARY KEY (tenant, name),
  FOREIGN KEY (tenant) REFERENCES tenants (id)
)"""

_VERSIONS = "CREATE TABLE IF NOT EXISTS versions (name {id} NOT NULL PRIMARY KEY, number {int} NOT NULL)"

_FACTS = """
CREATE TABLE IF NOT EXISTS server_facts (
  name {id} NOT NULL PRIMARY KEY,
  codec {id} NOT NULL,
  key_id {id} NOT NULL,
  content {bytes} NOT NULL,
  created {int} NOT NULL
)"""


def _row(table: str, columns: str, values: str) -> dict[str, str]:
    """A row that must be there from the first day; where it is already, nothing happens."""
    rest = f"INTO {table} ({columns}) VALUES ({values})"
    return {
        "sqlite": f"INSERT OR IGNORE {rest}",
        "postgres": f"INSERT {rest} ON CONFLICT DO NOTHING",
        "mysql": f"INSERT IGNORE {rest}",
    }


STEPS = (
    _TENANTS,
    _USERS,
    _HANDLES,
    _GROUPS,
    _MEMBERS,
    _CREDENTIALS,
    _KEYS,
    _SESSIONS,
    _ONE_TIME,
    _RECOVERY,
    _AUDIT,
    _PREFERENCES,
    _VERSIONS,
    _FACTS,
    _row("versions", "name, number", "'access', 1"),
    _row(
        "tenants",
        "id, number, name, name_key, disabled, created, updated",
        "'default', 10000, 'Default', 'default', 0, 0, 0",
    ),
    _row(
        "users",
        "tenant, id, name, name_key, role, operates, disabled, owned_by, created, updated",
        "'default', 'owner', 'Owner', 'owner', 'admin', 1, 0, 'machine', 0, 0",
    ),
)
