"""What must hold of the database, the blobs and the process, whatever failed on the way there."""

from __future__ import annotations

from collections import Counter
from typing import Any

from parlance.core.files.keeper import ORPHAN_SECONDS
from parlance.core.files.upload import HOLD_SECONDS
from parlance.stores.sql.contents import unpacked
from parlance.stores.volatile.locks import MemoryLocks
from parlance.values.messages import Message, text_of
from parlance.vault.fernet import _opened, derived
from tests.faults.stage import ADA, ADMIN, Stage

CHATBOT_PASSWORD = "pass-word"
"""Of all people of the chatbot app here."""
Rows = list[tuple[Any, ...]]
_BLOBS = (
    "SELECT blob_id, size FROM files UNION ALL SELECT blob_id, size FROM documents WHERE blob_id <> ''"
    " UNION ALL SELECT text_blob, text_size FROM documents WHERE text_size > 0"
    " UNION ALL SELECT layout_blob, layout_size FROM documents WHERE layout_size > 0"
)
NOTHING: dict[str, str] = {
    "a chat that is on its way in for ever": "SELECT id FROM chats WHERE arriving IS NOT NULL",
    "a chat shows a turn that is not there": "SELECT chats.id FROM chats LEFT JOIN turns ON turns.tenant = chats.tenant"
    " AND turns.chat = chats.id AND turns.id = chats.head_turn WHERE head_turn IS NOT NULL AND turns.id IS NULL",
    "a turn hangs under none": "SELECT low.id FROM turns AS low LEFT JOIN turns AS high ON high.tenant = low.tenant"
    " AND high.chat = low.chat AND high.id = low.parent WHERE low.parent IS NOT NULL AND high.id IS NULL",
    "a turn goes on for ever": "SELECT id, state, process FROM turns WHERE state = 'running' OR process IS NOT NULL",
    "words of a turn that is gone": "SELECT turn FROM turn_texts WHERE turn <> '' AND NOT EXISTS"
    " (SELECT 1 FROM turns WHERE turns.tenant = turn_texts.tenant AND turns.id = turn_texts.turn)",
    "a whole turn that no search finds": "SELECT id FROM turns WHERE state = 'complete' AND length(content) > 4"
    " AND NOT EXISTS (SELECT 1 FROM turn_texts WHERE turn_texts.tenant = turns.tenant AND turn = turns.id)",
    "a folder in one that is gone": "SELECT low.id FROM folders AS low LEFT JOIN folders AS high"
    " ON high.tenant = low.tenant AND high.id = low.parent WHERE low.parent IS NOT NULL AND high.id IS NULL",
    "a folder with a file that is gone": "SELECT file_id FROM folder_files WHERE NOT EXISTS"
    " (SELECT 1 FROM files WHERE files.tenant = folder_files.tenant AND files.id = file_id)",
    "a credential of a session that is over": "SELECT thing FROM credentials WHERE kind = 'session' AND NOT EXISTS"
    " (SELECT 1 FROM sessions WHERE sessions.tenant = credentials.tenant AND id = thing AND ended IS NULL)",
    "a credential of a key that is gone": "SELECT thing FROM credentials WHERE kind = 'key' AND NOT EXISTS"
    " (SELECT 1 FROM api_keys WHERE api_keys.tenant = credentials.tenant AND id = thing)",
    "a key without a credential": "SELECT id FROM api_keys WHERE NOT EXISTS"
    " (SELECT 1 FROM credentials WHERE credentials.tenant = api_keys.tenant AND thing = api_keys.id)",
    "a password that nobody can sign in with": "SELECT id FROM users WHERE password_hash IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM handles WHERE handles.tenant = users.tenant AND user_id = users.id)",
    "a tenant without an admin": "SELECT id FROM tenants WHERE id = 'default' AND NOT EXISTS"
    " (SELECT 1 FROM users WHERE users.tenant = tenants.id AND role = 'admin' AND disabled = 0)",
    "an upload that holds room": "SELECT id FROM file_holds",
    "room that nothing takes": "SELECT user_id, used, reserved, files FROM file_rooms WHERE reserved <> 0"
    " OR used <> (SELECT COALESCE(SUM(size), 0) FROM files WHERE files.tenant = file_rooms.tenant"
    " AND file_rooms.user_id IN ('', files.user_id))"
    " OR files <> (SELECT COUNT(*) FROM files WHERE files.tenant = file_rooms.tenant"
    " AND file_rooms.user_id IN ('', files.user_id))",
    "files that nobody counts": "SELECT id FROM files WHERE NOT EXISTS (SELECT 1 FROM file_rooms WHERE"
    " file_rooms.tenant = files.tenant AND file_rooms.user_id = files.user_id)",
    "a document that is on its way for ever": "SELECT id, state, leaving FROM documents WHERE leaving = 1"
    " OR state NOT IN ('ready', 'failed')",
    "a base that is leaving for ever": "SELECT id FROM bases WHERE leaving = 1 OR coming IS NOT NULL",
    "a job that nobody does": "SELECT id, kind FROM jobs",
    "a document that failed for no reason": "SELECT id FROM documents WHERE state = 'failed' AND words = ''",
    "a document with other chunks than it says": "SELECT id FROM documents WHERE state = 'ready' AND chunks <>"
    " (SELECT COUNT(*) FROM chunks WHERE chunks.tenant = documents.tenant AND document = documents.id)",
    "a chunk without a vector": "SELECT chunks.id FROM chunks JOIN documents ON documents.tenant = chunks.tenant AND"
    " documents.id = document JOIN bases ON bases.tenant = chunks.tenant AND bases.id = chunks.base WHERE state ="
    " 'ready' AND embedder <> '' AND NOT EXISTS (SELECT 1 FROM chunk_vectors WHERE chunk = chunks.id"
    " AND chunk_vectors.tenant = chunks.tenant AND chunk_vectors.generation = bases.generation)",
    "a vector that nobody looks for": "SELECT chunk FROM chunk_vectors JOIN bases ON bases.tenant ="
    " chunk_vectors.tenant AND bases.id = base WHERE chunk_vectors.generation <> bases.generation",
    "an upload that holds room for a document": "SELECT id FROM knowledge_holds",
    "room that no document takes": "SELECT base, used, reserved FROM knowledge_rooms WHERE reserved <> 0"
    " OR used <> (SELECT COALESCE(SUM(size), 0) FROM documents WHERE documents.tenant = knowledge_rooms.tenant"
    " AND knowledge_rooms.base IN ('', documents.base))"
    " OR documents <> (SELECT COUNT(*) FROM documents WHERE documents.tenant = knowledge_rooms.tenant"
    " AND knowledge_rooms.base IN ('', documents.base))",
    "records and counts that differ": "SELECT 1 WHERE (SELECT COALESCE(SUM(requests), 0) FROM usage_records) <>"
    " (SELECT COALESCE(SUM(requests), 0) FROM usage_counts WHERE subject = 'tenant')",
    "a ledger of a chat that is gone": "SELECT run FROM ledgers WHERE chat IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM chats WHERE chats.tenant = ledgers.tenant AND chats.id = ledgers.chat)",
}
"""Questions whose answer is: none."""

SIGNS: dict[str, str] = {
    "tenants": "number, name, disabled",
    "users": "name, email, role, operates, disabled, owned_by, password_hash IS NOT NULL",
    "handles": "handle",
    "identities": "subject",
    "user_groups": "name, description",
    "group_members": "user_id",
    "credentials": "kind",
    "api_keys": "name, scopes",
    "sessions": "kind, ended IS NOT NULL",
    "preferences": "name, content",
    "audit_log": "act",
    "folders": "name, instructions, parent IS NOT NULL",
    "folder_files": "1",
    "chats": "user_id, title, titled_by, pinned, archived, folder IS NOT NULL, client_id, kept_by",
    "turns": "role, state, model, client_id, rating, note, files IS NOT NULL, content",
    "turn_texts": "words, turn <> ''",
    "chat_tags": "tag",
    "shares": "title, content",
    "files": "user_id, name, size, sha256",
    "budgets": "subject, subject_id, unit, period, most",
    "bases": "name, description, visible_to, embedder, dimension, user_id",
    "documents": "name, source, state, size, sha256, chunks, enabled, metadata, problem, same_key",
    "chunks": "place % 4000000000, content, enabled",
    "graph_entities": "name, kind, description",
    "graph_relations": "source_key, target_key, kind, strength",
    "chatbot_users": "name, tier, salt IS NOT NULL, password_hash IS NOT NULL",
}
"""What a table's rows say besides ids and times: two databases with the same signs are the same to people."""
COUNTED = {"usage_records": "SUM(requests), SUM(prompt), SUM(completion), SUM(cost)", "ledgers": "user_id"}
"""The same of what is counted."""


def rows(stage: Stage, sql: str) -> Rows:
    """What a SELECT gives, read beside the writer, who has nothing to do."""
    return stage.sqlite.connection.execute(sql).fetchall()


def signs(stage: Stage, *, counted: bool = True) -> dict[str, Counter[tuple[Any, ...]]]:
    """The database as people see it."""
    tables = {**SIGNS, **(COUNTED if counted else {})}
    found = {table: Counter(rows(stage, f"SELECT {columns} FROM {table}")) for table, columns in tables.items()}
    found["shares"] = Counter((title, len(content)) for title, content in found["shares"].elements())
    # The first two words of a text say whose it is and in which chat.
    found["turn_texts"] = Counter((*words.split(" ", 2)[2:], turn) for words, turn in found["turn_texts"].elements())
    found["chatbot_sets"] = Counter(_chatbot_sets(stage))
    return found


def _chatbot_sets(stage: Stage) -> Rows:
    """Sets of the chatbot app, opened as their owners open them: whatever is kept must open."""
    sql = (
        "SELECT salt, user_name, chatbot_sets.name, is_encrypted, memory, prompt, history FROM chatbot_sets"
        " JOIN chatbot_users ON chatbot_users.name = user_name"
    )
    found: Rows = []
    for salt, user, name, sealed, *texts in rows(stage, sql):
        key = derived(CHATBOT_PASSWORD, salt or b"", 1)
        found.append((user, name, sealed, *(_opened(key, text) if sealed and text else text for text in texts)))
    return found


def differing(one: dict[str, Counter[Any]], other: dict[str, Counter[Any]]) -> dict[str, tuple[Any, Any]]:
    """Where two databases differ: what only the one has, and what only the other."""
    return {
        table: (one[table] - other[table], other[table] - one[table]) for table in one if one[table] != other[table]
    }


def sound(stage: Stage) -> None:
    """The database refers to nothing that is not there, and counts what is."""
    assert rows(stage, "PRAGMA foreign_key_check") == []
    stage.sqlite.connection.execute("INSERT INTO turn_words (turn_words) VALUES ('integrity-check')")
    for what, sql in NOTHING.items():
        found = rows(stage, sql)
        assert not found, f"{what}: {found}"
    for content, codec, text in rows(
        stage, "SELECT content, content_codec, id FROM turns WHERE state = 'complete' AND role = 'assistant'"
    ):
        said = "".join(
            text_of(each.item.content) for each in unpacked(codec, content).items if isinstance(each.item, Message)
        )
        assert said, f"{text} is shown as whole, and says nothing"
    assert stage.defects == [], "a defect was met"
    if stage.chatbot.room is not None:
        assert isinstance(stage.chatbot.room.locks, MemoryLocks)
        assert not stage.chatbot.room.locks.held, "the chatbot app waits for an answer that nobody reads"
    assert not stage.road.runs.going and not stage.chats._saver._savings, "an answer is not written to its end"


async def quiet(stage: Stage) -> None:
    """Nothing is held by anybody, once the keeper of files and a day have been round: neither room, nor a blob that no
    file names, nor a part of a budget, nor a place in a line."""
    stage.hand.move(HOLD_SECONDS * 2)
    await stage.files.room.keeper.tidy()
    await stage.knowledge.keeper.tidy()
    stage.hand.move(ORPHAN_SECONDS + 1)
    await stage.files.room.keeper.sweep()
    sound(stage)
    named = {str(blob): int(size) for blob, size in rows(stage, _BLOBS)}
    assert {blob: len(data) for blob, (_, data) in stage.memory._blobs.items()} == named
    for who in (ADA, ADMIN):
        for allotment in await stage.books.purse.standing(who):
            assert allotment.held == 0, f"of a budget {allotment.held} is held by nobody"
    for connection in stage.road.models.connections:
        assert (connection.line.state.waiting, connection.line.state.serving) == (0, 0), "a place in a line is held"
