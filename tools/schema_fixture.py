"""Writes a schema of today, with a little in it, for the tests of every later migration: `schema_fixture.py <number>`.

Run once, in the commit that releases migration <number>; the files are never written again. Each has what its
migration adds to those before it. A test fails when a migration that has been released would make another schema.
"""

from __future__ import annotations

import sys
from pathlib import Path

from parlance.ports.stores import DatabaseKind
from parlance.stores.sql.migrate import VERSIONS
from parlance.stores.sql.migrations import MIGRATIONS, spelled

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "schema"
KINDS: tuple[DatabaseKind, ...] = ("sqlite", "postgres", "mysql")
BETWEEN = "\n-- next --\n"
"""Between two statements: a semicolon also ends what stands inside a trigger."""
BYTES = {"sqlite": "X'{}'", "postgres": "'\\x{}'", "mysql": "X'{}'"}
"""How each database writes bytes; in the samples they stand as `BYTES(hexadecimal)`."""

# What was in the tables, by the migration that made them. Written by hand, once.
SAMPLES: dict[int, tuple[str, ...]] = {
    1: (
        "INSERT INTO tenants (id, number, name, name_key, disabled, created, updated) "
        "VALUES ('acme', 10001, 'Acme', 'acme', 0, 1, 1)",
        "INSERT INTO users (tenant, id, name, name_key, role, operates, disabled, owned_by, created, updated) "
        "VALUES ('acme', 'u-1', 'Ådá 知识 👩‍👩‍👧', 'ådá 知识 👩‍👩‍👧', 'admin', 0, 0, 'database', 1, 9007199254740993)",
        "INSERT INTO handles (handle, tenant, user_id) VALUES ('ada@example.org', 'acme', 'u-1')",
        "INSERT INTO credentials (digest, tenant, user_id, kind, thing) VALUES ('d1', 'acme', 'u-1', 'key', 'k-1')",
        "INSERT INTO api_keys (tenant, id, user_id, name, prefix, scopes, models, created) "
        """VALUES ('acme', 'k-1', 'u-1', 'laptop''s', 'pk_ab', '["chat"]', '["*"]', 1)""",
        "INSERT INTO audit_log (tenant, id, happened, act, subject_kind, address, request, details) "
        "VALUES ('acme', 'a-1', 1, 'signed_in', 'user', '127.0.0.1', 'r', '{}')",
    ),
    2: (
        "INSERT INTO chats (tenant, id, user_id, title, titled_by, pinned, archived, sort_at, created, updated, "
        "version) VALUES ('acme', 'c-1', 'u-1', 'Tea', 'text', 0, 0, 1, 1, 1, 1)",
        "INSERT INTO turns (tenant, chat, id, role, state, content_codec, content, rating, sent, tokens, created) "
        "VALUES ('acme', 'c-1', 't-1', 'user', 'complete', 'none', BYTES(00ff5b5d), 0, '', 3, 1)",
        "INSERT INTO file_rooms (tenant, user_id, used, reserved, files) VALUES ('acme', 'u-1', 4, 0, 1)",
    ),
    3: (
        "INSERT INTO ledgers (tenant, run, user_id, scope, chat, content_codec, content, created) "
        "VALUES ('acme', 'r-1', 'u-1', 's', 'c-1', 'none', BYTES(7b7d), 1)",
    ),
    5: (
        "INSERT INTO identities (tenant, digest, user_id, issuer, subject, created) "
        "VALUES ('acme', 'd2', 'u-1', 'https://id.example', 'ådá', 1)",
    ),
    6: (
        "INSERT INTO chatbot_users (tenant, name, password_hash, tier, salt, created) "
        "VALUES ('acme', 'Ada_1', 'hash', 'free', BYTES(00ff), 1)",
        "INSERT INTO chatbot_sets (tenant, user_name, name, created, is_encrypted, memory, version) "
        "VALUES ('acme', 'Ada_1', 'default', 1, 1, BYTES(674100ff), 1)",
    ),
    7: (
        "INSERT INTO chats (tenant, id, user_id, title, titled_by, pinned, archived, sort_at, created, updated, "
        "version, arriving) VALUES ('acme', 'c-2', 'u-1', '', 'text', 0, 0, 1, 1, 1, 1, 'p-1')",
    ),
    8: (
        "INSERT INTO connections (id, name, kind, enabled, details, key_codec, key_id, key_sealed, key_ending, "
        """version, created, updated) VALUES ('n-1', 'lab', 'openai', 1, '{"base_url":"http://lab.test/v1"}', """
        "'aes256gcm', '0123456789abcdef', BYTES(00ff5b5d), 'wxyz', 1, 1, 1)",
    ),
    9: (
        "INSERT INTO bases (tenant, id, user_id, name, description, visible_to, cutting, embedder, dimension, "
        "generation, revision, reranker, problem, words, leaving, created, updated) VALUES ('acme', 'b-1', 'u-1', "
        "'Téa 茶', '', 'own', '{}', 'mini', 1, 1, 1, '', '', '', 0, 1, 1)",
        "INSERT INTO documents (tenant, id, base, user_id, name, source, same_key, state, title, place, media_type, "
        "language, size, sha256, md5, text_size, pages, done, chunks, problem, words, remarks, enabled, "
        "metadata, generation, revision, leaving, created, updated) VALUES ('acme', 'd-1', 'b-1', 'u-1', 'a.txt', "
        "'upload', 'ab', 'ready', '', '', 'text/plain', '', 3, 'ab', '', 0, 0, 0, 1, '', '', '[]', 1, '{}', 1, 1, 0, "
        "1, 1)",
        "INSERT INTO chunks (tenant, document, id, base, place, kind, content, context, start_at, stop_at, searched, "
        "enabled) VALUES ('acme', 'd-1', 'k-1', 'b-1', 0, 'text', 'Téa', '', 0, 3, 1, 1)",
        "INSERT INTO chunk_vectors (tenant, document, chunk, generation, base, vector) "
        "VALUES ('acme', 'd-1', 'k-1', 1, 'b-1', BYTES(0000803f))",
        "INSERT INTO knowledge_rooms (tenant, base, used, reserved, documents) VALUES ('acme', 'b-1', 3, 0, 1)",
        "INSERT INTO jobs (tenant, id, kind, subject, state, payload, created, not_before, attempts, leased_until, "
        "problem, words) VALUES ('acme', 'j-1', 'ingest', 'd-1', 'open', '{}', 1, 1, 0, 0, '', '')",
    ),
    10: (
        "INSERT INTO weknora_tenants (tenant, description, business, engines, key_thing, key_codec, key_id, key_sealed,"
        " version) VALUES ('acme', 'Téa 茶', '', '[]', 'k-1', 'aes256gcm', '0123456789abcdef', BYTES(00ff5b5d), 1)",
        "INSERT INTO weknora_models (tenant, id, status, problem, details, version, created, updated) VALUES ('acme', "
        "'m-1', 'active', '', '{}', 1, 1, 1)",
    ),
    11: (
        "INSERT INTO evaluations (tenant, id, base, user_id, name, state, settings, model, skip_own, total, done, "
        "outcome, problem, words, created, updated) VALUES ('acme', 'e-1', 'b-1', 'u-1', 'Téa', 'done', '[{}]', '', 0, "
        "1, 1, '{}', '', '', 1, 1)",
        "INSERT INTO evaluation_pieces (tenant, evaluation, place, questions, measured) VALUES ('acme', 'e-1', 0, "
        """'[{"id":"q","query":"茶","relevant":{"d-1":1}}]', '[[{"figures":{"mrr":1.0}}]]')""",
    ),
    12: (
        """UPDATE bases SET graph = '{"enabled":true,"tags":["茶"]}' WHERE tenant = 'acme' AND id = 'b-1'""",
        "INSERT INTO graph_reads (tenant, document, chunk, base, nonsense) VALUES ('acme', 'd-1', 'k-1', 'b-1', 0)",
        "INSERT INTO graph_entities (tenant, document, chunk, name_key, base, name, kind, description) "
        "VALUES ('acme', 'd-1', 'k-1', 'tea', 'b-1', 'Téa', '', '茶')",
        "INSERT INTO graph_relations (tenant, document, chunk, place, base, source_key, target_key, kind, description, "
        "strength) VALUES ('acme', 'd-1', 'k-1', 0, 'b-1', 'tea', '茶', 'is', '', 10)",
    ),
    13: (
        "INSERT INTO documents (tenant, id, base, user_id, name, source, same_key, state, title, place, media_type, "
        "language, size, sha256, md5, text_size, pages, done, chunks, problem, words, remarks, enabled, metadata, "
        "generation, revision, leaving, created, updated, cut, layout_blob, layout_size) VALUES ('acme', 'd-2', 'b-1', "
        "'u-1', 'b.txt', 'upload', 'cd', 'ready', '', '', 'text/plain', '', 3, 'cd', '', 0, 0, 0, 1, '', '', '[]', 1, "
        "'{}', 1, 1, 0, 1, 1, 1, 'ab', 0)",
        "INSERT INTO chunks (tenant, document, id, base, place, kind, content, context, start_at, stop_at, searched, "
        "enabled) VALUES ('acme', 'd-2', 'k-2', 'b-1', 4000000000, 'text', '茶', '', 0, 1, 1, 1)",
    ),
}


def statements(number: int, kind: DatabaseKind) -> list[str]:
    """All that makes a database of one kind as migration `number` left it, with the samples of that time."""
    made = [spelled(VERSIONS, kind)]
    for migration in MIGRATIONS[:number]:
        steps = migration.statements(kind)
        count = len(steps)
        made += steps
        made.append(
            "INSERT INTO schema_versions (number, name, steps, done, applied) "
            f"VALUES ({migration.number}, '{migration.name}', {count}, {count}, 1)"
        )
        made += [_with_bytes(sample, kind) for sample in SAMPLES.get(migration.number, ())]
    return [statement.strip() for statement in made]


def _with_bytes(sample: str, kind: str) -> str:
    before, found, rest = sample.partition("BYTES(")
    if not found:
        return sample
    digits, _, after = rest.partition(")")
    return before + BYTES[kind].format(digits) + after


def path(number: int, kind: str) -> Path:
    """Where a fixture is kept: what migration `number` added."""
    return FOLDER / f"{number:04}-{kind}.sql"


def kept(number: int, kind: str) -> list[str]:
    """What the fixtures have of `statements`."""
    each = (path(one, kind).read_text("utf-8").strip() for one in range(1, number + 1))
    return BETWEEN.join(each).split(BETWEEN)


def main(number: int) -> None:
    """Write the three files of one migration; those that are there already are left alone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        if path(number, kind).exists():
            print(f"{path(number, kind).name} has been written before, and stays as it is")
            continue
        added = statements(number, kind)[len(statements(number - 1, kind)) if number > 1 else 0 :]
        path(number, kind).write_text(BETWEEN.join(added) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(int(sys.argv[1]))
