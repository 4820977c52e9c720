"""Chats on their way in: the process that brings one stands in its row until the chat is here.

The index holds only those rows where a database can do that: a plain one would look useful for every list of chats.
MySQL cannot, and looks into the index to see how much it would read.
"""

from __future__ import annotations

_ARRIVING = {
    "sqlite": "ALTER TABLE chats ADD COLUMN arriving {id}",
    "postgres": "ALTER TABLE chats ADD COLUMN IF NOT EXISTS arriving {id}",
    "mysql": "ALTER TABLE chats ADD COLUMN IF NOT EXISTS arriving {id}",
}
_INDEX = "CREATE INDEX IF NOT EXISTS chats_arriving ON chats (tenant, arriving)"
_PARTIAL = _INDEX + " WHERE arriving IS NOT NULL"

STEPS = (_ARRIVING, {"sqlite": _PARTIAL, "postgres": _PARTIAL, "mysql": _INDEX})
