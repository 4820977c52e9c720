"""The chatbot app's people and sets in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from parlance.ports.stores import ChangeSet, Database, Row, Statement, Value
from parlance.stores.sql.rows import insert
from parlance.values.chatbot import MOST_SETS, ChatbotUser, KeptSet, Room, SetEntry

_USER = "name, password_hash, created, tier, salt"
MOST_LISTED = 2 * MOST_SETS
"""Sets of one user that a list gives: several processes may have made a few too many at once."""
_SET = "name, created, is_encrypted, memory, prompt, history, version"


def _user(row: Row) -> ChatbotUser:
    name, hashed, created, tier, salt = cast(Any, row)
    return ChatbotUser(name, hashed, created, tier, None if salt is None else bytes(salt))


class SqlChatbot:
    """`ChatbotStore` of one tenant over any of the databases."""

    def __init__(self, database: Database, tenant: str) -> None:
        self.database = database
        self._tenant = tenant

    async def user(self, name: str) -> ChatbotUser | None:
        """Somebody by name."""
        rows = await self.database.read(
            f"SELECT {_USER} FROM chatbot_users WHERE tenant = :tenant AND name = :name",
            {"tenant": self._tenant, "name": name},
            most=1,
        )
        return _user(rows[0]) if rows else None

    async def users(self, after: str, limit: int) -> Sequence[ChatbotUser]:
        """People by name, those behind `after`."""
        rows = await self.database.read(
            f"SELECT {_USER} FROM chatbot_users WHERE tenant = :tenant AND name > :after ORDER BY name LIMIT :most",
            {"tenant": self._tenant, "after": after, "most": limit},
            most=limit,
        )
        return [_user(row) for row in rows]

    async def sets(self, user: str) -> Sequence[SetEntry]:
        """A user's sets by name."""
        rows = await self.database.read(
            "SELECT name, created, is_encrypted FROM chatbot_sets WHERE tenant = :tenant AND user_name = :user "
            "ORDER BY name LIMIT :most",
            {"tenant": self._tenant, "user": user, "most": MOST_LISTED},
            most=MOST_LISTED,
        )
        return [SetEntry(name, created, bool(sealed)) for name, created, sealed in cast(Any, rows)]

    async def set(self, user: str, name: str) -> KeptSet | None:
        """One set."""
        rows = await self.database.read(
            f"SELECT {_SET} FROM chatbot_sets WHERE tenant = :tenant AND user_name = :user AND name = :name",
            {"tenant": self._tenant, "user": user, "name": name},
            most=1,
        )
        if not rows:
            return None
        found, created, sealed, *texts, version = cast(Any, rows[0])
        memory, prompt, history = (None if text is None else bytes(text) for text in texts)
        return KeptSet(found, created, bool(sealed), memory, prompt, history, version)

    async def room(self, user: str) -> Room:
        """How much a user keeps."""
        texts = " + ".join(f"COALESCE(LENGTH({text}), 0)" for text in ("memory", "prompt", "history"))
        rows = await self.database.read(
            f"SELECT COUNT(*), COALESCE(SUM({texts}), 0) FROM chatbot_sets "
            "WHERE tenant = :tenant AND user_name = :user",
            {"tenant": self._tenant, "user": user},
            most=1,
        )
        [(sets, taken)] = cast(Any, rows)
        return Room(int(sets), int(taken))

    def insert_user(self, user: ChatbotUser) -> ChangeSet:
        """Somebody new."""
        row: dict[str, Value] = {
            "tenant": self._tenant,
            "name": user.name,
            "password_hash": user.password_hash,
            "tier": user.tier,
            "salt": user.salt,
            "created": user.created,
        }
        return (insert("chatbot_users", row),)

    def salt(self, user: ChatbotUser, salt: bytes) -> ChangeSet:
        """The salt of somebody who had none."""
        return (
            Statement(
                "UPDATE chatbot_users SET salt = :salt WHERE tenant = :tenant AND name = :name AND salt IS NULL",
                {"tenant": self._tenant, "name": user.name, "salt": salt},
            ),
        )

    def insert_set(self, user: str, kept: KeptSet) -> ChangeSet:
        """A new set."""
        row = {"tenant": self._tenant, "user_name": user, "name": kept.name, **_texts(kept), "version": 1}
        return (insert("chatbot_sets", row),)

    def replace_set(self, user: str, kept: KeptSet) -> ChangeSet:
        """Other contents, where nobody else was quicker."""
        return (
            Statement(
                "UPDATE chatbot_sets SET created = :created, is_encrypted = :is_encrypted, memory = :memory, "
                "prompt = :prompt, history = :history, version = version + 1 "
                "WHERE tenant = :tenant AND user_name = :user AND name = :name AND version = :version",
                {"tenant": self._tenant, "user": user, "name": kept.name, "version": kept.version, **_texts(kept)},
            ),
        )

    def delete_set(self, user: str, name: str) -> ChangeSet:
        """A set goes."""
        return (
            Statement(
                "DELETE FROM chatbot_sets WHERE tenant = :tenant AND user_name = :user AND name = :name",
                {"tenant": self._tenant, "user": user, "name": name},
            ),
        )


def _texts(kept: KeptSet) -> dict[str, Value]:
    return {
        "created": kept.created,
        "is_encrypted": int(kept.encrypted),
        "memory": kept.memory,
        "prompt": kept.prompt,
        "history": kept.history,
    }
