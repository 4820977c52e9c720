"""A WeKnora installation as that system leaves it: a PostgreSQL database with the tables and columns of its migrations
(0.1.x), and a folder of files. What its search alone needs (embeddings, their indexes) is not there: nobody reads it.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import itertools
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import bcrypt
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES = "weknora-test-aes" * 2
PASSWORD = "old six"
ADA, BOB, EVE = (f"0000000{n}-aaaa-4bbb-8ccc-00000000000{n}" for n in (1, 2, 3))
HOME, PROGRAMS, GONE = 10000, 10001, 10002
GARDENS, OLD_BASE, DELETED_BASE = "9b2f0c1e-aaaa-4bbb-8ccc-0000000000b1", "kb-00000001", "kb-00000002"
EMBEDDER, SPEAKER, HIDDEN = "model-embed-01", "model-speak-01", "model-hidden-1"
NOTED = {"year": "2026", **{f"part {n}": f'"{n}" \n' + "茶" * 1900 for n in range(20)}}
"""More than any address has room for."""
TEA_FILE, LOST, PAGE, TWIN, NOTHING = (f"7c000000-aaaa-4bbb-8ccc-00000000000{n}" for n in range(1, 6))
BROKEN = "Old_Tea"
"""An id that cannot stay."""
TALK, LONG = "fe000000-aaaa-4bbb-8ccc-000000000001", "0a000000-aaaa-4bbb-8ccc-000000000002"
TEA = b"# Tea\n\nTea is grown in Assam.\n\n# Coffee\n\nCoffee is grown in Kerala, in the shade of older trees.\n"
ADDRESS = "https://gardens.example/roses"
LONG_MESSAGES = 230
BEGAN = datetime(2025, 9, 20, 8, 30, 0, 123456, tzinfo=UTC)
_numbers = itertools.count()

TIMES = "created_at TIMESTAMPTZ DEFAULT now(), updated_at TIMESTAMPTZ DEFAULT now(), deleted_at TIMESTAMPTZ"
TABLES = f"""
CREATE TABLE tenants (id SERIAL PRIMARY KEY, name VARCHAR(255) NOT NULL, description TEXT,
  api_key VARCHAR(64) NOT NULL, retriever_engines JSONB NOT NULL DEFAULT '[]', status VARCHAR(50) DEFAULT 'active',
  business VARCHAR(255) NOT NULL, storage_quota BIGINT NOT NULL DEFAULT 10737418240,
  storage_used BIGINT NOT NULL DEFAULT 0, {TIMES});
ALTER SEQUENCE tenants_id_seq RESTART WITH 10000;
CREATE TABLE users (id VARCHAR(36) PRIMARY KEY, username VARCHAR(100) UNIQUE NOT NULL,
  email VARCHAR(255) UNIQUE NOT NULL, password_hash VARCHAR(255) NOT NULL, avatar VARCHAR(500), tenant_id INTEGER,
  is_active BOOLEAN NOT NULL DEFAULT true, {TIMES});
CREATE TABLE models (id VARCHAR(64) PRIMARY KEY, tenant_id INTEGER NOT NULL, name VARCHAR(255) NOT NULL,
  type VARCHAR(50) NOT NULL, source VARCHAR(50) NOT NULL, description TEXT, parameters JSONB NOT NULL,
  is_default BOOLEAN NOT NULL DEFAULT false, status VARCHAR(50) NOT NULL DEFAULT 'active', {TIMES});
CREATE TABLE knowledge_bases (id VARCHAR(36) PRIMARY KEY, name VARCHAR(255) NOT NULL, description TEXT,
  tenant_id INTEGER NOT NULL, chunking_config JSONB NOT NULL DEFAULT '{{"chunk_size": 512, "chunk_overlap": 50}}',
  image_processing_config JSONB NOT NULL DEFAULT '{{}}', embedding_model_id VARCHAR(64) NOT NULL,
  summary_model_id VARCHAR(64) NOT NULL, rerank_model_id VARCHAR(64) NOT NULL, vlm_model_id VARCHAR(64),
  cos_config JSONB NOT NULL DEFAULT '{{}}', vlm_config JSONB NOT NULL DEFAULT '{{}}', extract_config JSONB, {TIMES});
CREATE TABLE knowledges (id VARCHAR(36) PRIMARY KEY, tenant_id INTEGER NOT NULL,
  knowledge_base_id VARCHAR(36) NOT NULL, type VARCHAR(50) NOT NULL, title VARCHAR(255) NOT NULL, description TEXT,
  source VARCHAR(128) NOT NULL, parse_status VARCHAR(50) NOT NULL DEFAULT 'unprocessed',
  enable_status VARCHAR(50) NOT NULL DEFAULT 'enabled', embedding_model_id VARCHAR(64), file_name VARCHAR(255),
  file_type VARCHAR(50), file_size BIGINT, file_path TEXT, file_hash VARCHAR(64),
  storage_size BIGINT NOT NULL DEFAULT 0, metadata JSONB, {TIMES}, processed_at TIMESTAMPTZ, error_message TEXT);
CREATE TABLE chunks (id VARCHAR(36) PRIMARY KEY, tenant_id INTEGER NOT NULL, knowledge_base_id VARCHAR(36) NOT NULL,
  knowledge_id VARCHAR(36) NOT NULL, content TEXT NOT NULL, chunk_index INTEGER NOT NULL,
  is_enabled BOOLEAN NOT NULL DEFAULT true, start_at INTEGER NOT NULL, end_at INTEGER NOT NULL,
  pre_chunk_id VARCHAR(36), next_chunk_id VARCHAR(36), chunk_type VARCHAR(20) NOT NULL DEFAULT 'text',
  parent_chunk_id VARCHAR(36), image_info TEXT, relation_chunks JSONB, indirect_relation_chunks JSONB, {TIMES});
CREATE TABLE sessions (id VARCHAR(36) PRIMARY KEY, tenant_id INTEGER NOT NULL, title VARCHAR(255), description TEXT,
  knowledge_base_id VARCHAR(36), max_rounds INTEGER NOT NULL DEFAULT 5, enable_rewrite BOOLEAN NOT NULL DEFAULT true,
  fallback_strategy VARCHAR(255) NOT NULL DEFAULT 'fixed', fallback_response TEXT NOT NULL DEFAULT 'No idea.',
  keyword_threshold FLOAT NOT NULL DEFAULT 0.5, vector_threshold FLOAT NOT NULL DEFAULT 0.5,
  rerank_model_id VARCHAR(64), embedding_top_k INTEGER NOT NULL DEFAULT 10, rerank_top_k INTEGER NOT NULL DEFAULT 10,
  rerank_threshold FLOAT NOT NULL DEFAULT 0.65, summary_model_id VARCHAR(64),
  summary_parameters JSONB NOT NULL DEFAULT '{{}}', {TIMES});
CREATE TABLE messages (id VARCHAR(36) PRIMARY KEY, request_id VARCHAR(36) NOT NULL, session_id VARCHAR(36) NOT NULL,
  role VARCHAR(50) NOT NULL, content TEXT NOT NULL, knowledge_references JSONB NOT NULL DEFAULT '[]',
  is_completed BOOLEAN NOT NULL DEFAULT false, {TIMES});
"""


def tenant_key(number: int, aes: str = AES) -> str:
    """A key as that system makes it for a tenant."""
    nonce = hashlib.sha256(f"{number} {aes}".encode()).digest()[:12]
    sealed = AESGCM(aes.encode()).encrypt(nonce, number.to_bytes(8, "little"), None)
    return "sk-" + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


class Original:
    """The installation. `environment` is what its own `.env` says."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    @property
    def environment(self) -> dict[str, str]:
        """By its own names."""
        host, _, rest = self.url.partition("@")[2].partition(":")
        port, _, name = rest.partition("/")
        user = self.url.partition("//")[2].partition("@")[0].partition(":")[0]
        place = {"DB_HOST": host, "DB_PORT": port, "DB_USER": user, "DB_NAME": name}
        return {**place, "TENANT_AES_KEY": AES, "LOCAL_STORAGE_BASE_DIR": str(self.folder)}

    def file(self, tenant: int, document: str, data: bytes, name: str = "1758357000123456789.md") -> str:
        """A file where that system puts it; gives what its row says, which is a path inside a container."""
        place = self.folder / str(tenant) / document / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        return f"/data/files/{tenant}/{document}/{name}"

    async def put(self, table: str, **values: Any) -> None:
        """One row; lists and objects are JSON. Rows are a minute apart."""
        at = BEGAN + timedelta(minutes=next(_numbers))
        row = {"created_at": at, "updated_at": at + timedelta(seconds=5), **values}
        sent = [json.dumps(value) if isinstance(value, dict | list) else value for value in row.values()]
        marks = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *sent)
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def installed(server: str, folder: Path) -> AsyncIterator[Original]:
    """An installation with two tenants and all that can be in one, on a database server at this URL."""
    name = f"weknora_{next(_numbers)}_{folder.name.lower().replace('-', '_')[-40:]}"
    outside = await _connected(server)
    await outside.execute(f"DROP DATABASE IF EXISTS {name}")
    await outside.execute(f"CREATE DATABASE {name}")
    url = f"{server.rpartition('/')[0]}/{name}"
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    await connection.close()
    try:
        yield Original(url, folder)
    finally:
        await outside.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await outside.close()


async def _connected(server: str) -> Any:
    """A server that listens may still be starting up."""
    while True:
        try:
            return await asyncpg.connect(server)
        except asyncpg.CannotConnectNowError:
            await asyncio.sleep(0.05)


async def filled(made: Original, model_url: str) -> None:
    """As its people would have filled it. `model_url` serves its models."""
    await _tenants(made)
    await _models(made, model_url)
    await _bases(made)
    await _documents(made)
    await _sessions(made)


async def _tenants(made: Original) -> None:
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode().replace("$2b$", "$2a$")
    engines = {"engines": [{"retriever_engine_type": "postgres", "retriever_type": "vector"}]}
    home = {"id": HOME, "name": "ada's Workspace", "api_key": tenant_key(HOME), "business": "tea"}
    await made.put("tenants", **home, description="Default workspace", retriever_engines=engines, storage_used=4711)
    programs = {"id": PROGRAMS, "name": "Programs", "api_key": tenant_key(PROGRAMS, "another key of 32 bytes, as were")}
    await made.put("tenants", **programs, business="", storage_quota=10)
    gone = {"id": GONE, "name": "Gone", "api_key": tenant_key(GONE), "business": "", "deleted_at": BEGAN}
    await made.put("tenants", **gone)
    ada = {"id": ADA, "username": "ada", "email": "ada@example.org", "tenant_id": HOME}
    await made.put("users", **ada, password_hash=hashed)
    bob = {"id": BOB, "username": "bob", "email": "bob@example.org", "tenant_id": HOME, "is_active": False}
    await made.put("users", **bob, password_hash=hashed)
    eve = {"id": EVE, "username": "eve", "email": "eve@example.org", "tenant_id": GONE}
    await made.put("users", **eve, password_hash=hashed)


async def _models(made: Original, url: str) -> None:
    parameters = {"base_url": url, "api_key": "its-own-key", "embedding_parameters": {"dimension": 0}}
    embedder = {"id": EMBEDDER, "name": "mock-embed", "type": "Embedding", "source": "remote"}
    await made.put("models", tenant_id=HOME, **embedder, parameters=parameters, is_default=True)
    speaker = {"id": SPEAKER, "name": "mock", "type": "KnowledgeQA", "source": "remote"}
    await made.put("models", tenant_id=0, **speaker, parameters=parameters)
    hidden = {"id": HIDDEN, "name": "far", "type": "Rerank", "source": "remote"}
    await made.put("models", tenant_id=HOME, **hidden, parameters={"base_url": "http://10.9.8.7:9000/v1"})
    await made.put(
        "models", id="model-voice-1", tenant_id=HOME, name="ears", type="ASR", source="remote", parameters={}
    )


async def _bases(made: Original) -> None:
    models = {"embedding_model_id": EMBEDDER, "summary_model_id": SPEAKER, "rerank_model_id": HIDDEN}
    cut = {"chunk_size": 60, "chunk_overlap": 0, "separators": ["\n\n", "\n"], "enable_multimodal": True}
    cos = {"secret_id": "AK", "secret_key": "SK", "region": "ap-test"}
    gardens = {"id": GARDENS, "tenant_id": HOME, "name": "Gardens", "description": "What grows", **models}
    await made.put("knowledge_bases", **gardens, chunking_config=cut, cos_config=cos)
    old = {"id": OLD_BASE, "tenant_id": PROGRAMS, "name": "Old", **dict.fromkeys(models, "")}
    await made.put("knowledge_bases", **old)
    deleted = {"id": DELETED_BASE, "tenant_id": HOME, "name": "Deleted", **models, "deleted_at": BEGAN}
    await made.put("knowledge_bases", **deleted)


async def _documents(made: Original) -> None:
    inside = {"tenant_id": HOME, "knowledge_base_id": GARDENS, "source": ""}
    tea = {"file_name": "gardens.md", "file_type": "md", "file_size": len(TEA), "title": "gardens.md"}
    path, md5 = made.file(HOME, TEA_FILE, TEA), hashlib.md5(TEA).hexdigest()
    more = {"file_path": path, "file_hash": md5, "metadata": NOTED}
    await made.put("knowledges", id=TEA_FILE, **inside, type="file", parse_status="completed", **tea, **more)
    await made.put("knowledges", id=TWIN, **inside, type="file", parse_status="failed", **tea, **more)
    lost = {
        "title": "Herbs",
        "file_name": "herbs.pdf",
        "file_size": 99,
        "file_path": f"/data/files/{HOME}/{LOST}/1.pdf",
    }
    await made.put("knowledges", id=LOST, **inside, type="file", parse_status="completed", **lost)
    pieces = [("Thyme wants sun. ", 0), ("sun. Mint wants", 12), (" water, and room.", 27)]
    for n, (said, start) in enumerate(pieces):
        await _chunk(made, LOST, n, said, start)
    await _chunk(made, LOST, 3, "A drawing of sage.", 0, chunk_type="image_caption")
    await _chunk(made, LOST, 4, "Herbs in short.", 0, chunk_type="summary")
    page = {"id": PAGE, "tenant_id": HOME, "knowledge_base_id": GARDENS, "type": "url", "title": "Roses"}
    await made.put("knowledges", **page, source=ADDRESS, parse_status="completed")
    await _chunk(made, PAGE, 0, "Roses are pruned in March.", 0)
    nothing = {"title": "empty.pdf", "file_name": "empty.pdf", "file_path": "minio://bucket/1/2/3.pdf"}
    await made.put("knowledges", id=NOTHING, **inside, type="file", parse_status="failed", **nothing)
    of_programs = {"tenant_id": PROGRAMS, "knowledge_base_id": OLD_BASE, "source": "", "file_name": "old.md"}
    path = made.file(PROGRAMS, BROKEN, TEA)
    await made.put("knowledges", id=BROKEN, **of_programs, type="file", title="old.md", file_path=path)
    lost_with_base = {"tenant_id": HOME, "knowledge_base_id": DELETED_BASE, "source": "", "file_name": "away.md"}
    await made.put("knowledges", id="7c000000-aaaa-4bbb-8ccc-00000000000f", **lost_with_base, type="file", title="a")


async def _chunk(made: Original, document: str, place: int, said: str, start: int, **more: Any) -> None:
    own = {"id": f"{document[:-3]}c{document[-1]}{place}", "tenant_id": HOME, "knowledge_base_id": GARDENS}
    where = {"chunk_index": place, "start_at": start, "end_at": start + len(said)}
    await made.put("chunks", **own, knowledge_id=document, content=said, **where, **more)


async def _sessions(made: Original) -> None:
    summary = {"temperature": 0.3, "max_completion_tokens": 2048, "prompt": "Be brief.", "no_match_prefix": ""}
    talk = {"id": TALK, "tenant_id": HOME, "knowledge_base_id": GARDENS, "title": "Coffee", "max_rounds": 3}
    await made.put("sessions", **talk, summary_model_id=SPEAKER, summary_parameters=summary)
    found = {"id": "old-chunk", "content": "Coffee is grown in Kerala", "knowledge_id": TEA_FILE, "chunk_index": 1}
    found |= {"knowledge_title": "gardens.md", "start_at": 40, "end_at": 65, "score": 0.71, "match_type": 1}
    asked = {"session_id": TALK, "request_id": "request-1", "is_completed": True}
    at = BEGAN + timedelta(days=1)
    answer = {"role": "assistant", "content": "<think>\n</think>In Kerala.", "knowledge_references": [found]}
    await made.put("messages", id="me000000-0000-4000-8000-000000000009", **asked, **answer, created_at=at)
    question = {"role": "user", "content": "Where does coffee grow?", "created_at": at}
    await made.put("messages", id="me000000-0000-4000-8000-000000000011", **asked, **question)
    open_end = {"role": "assistant", "content": "", "request_id": "request-2", "is_completed": False}
    await made.put("messages", id="me000000-0000-4000-8000-000000000010", session_id=TALK, **open_end)
    await made.put("sessions", id=LONG, tenant_id=HOME, knowledge_base_id=GARDENS)
    for n in range(LONG_MESSAGES):
        one = {"id": f"{(n * 7919) % 1000:03d}00000-0000-4000-8000-{n:012d}", "session_id": LONG, "is_completed": True}
        who = {"role": "assistant" if n % 2 else "user", "request_id": f"long-{n // 2}"}
        await made.put("messages", **one, **who, content=f"line {n}", created_at=at + timedelta(seconds=n))
    await made.put("sessions", id="fe000000-aaaa-4bbb-8ccc-00000000000f", tenant_id=HOME, deleted_at=BEGAN)
