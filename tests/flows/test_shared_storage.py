"""Two servers with folders of their own, one PostgreSQL and one bucket: what one takes the other reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from parlance.testing.databases import emptied
from parlance.testing.servers import as_process
from parlance.testing.upstreams import in_thread
from parlance.testing.upstreams.mock_bucket import MockBucket
from tests.conftest import Services
from tests.flows.callers import Caller, key_toml

KEY, WORD = "key-of-a-test", "word-of-a-test"
PATIENCE = 60.0
PAGE = b"<html><body><p>Tea is grown in Assam.</p><!--" + b"x y " * 2_300_000 + b"--></body></html>"
"""9 MB, an upload in parts, of which little is a text."""
SECRET = "the same on both hosts of this test"


def settings(database: str, store: MockBucket, workers: int) -> str:
    """Of one of the servers."""
    kind = "cos" if store.cos else "s3"
    names = ("secret_id", "secret_key") if store.cos else ("key_id", "secret_key")
    keys = f'{names[0]} = "{KEY}"\n{names[1]} = "{WORD}"\n'
    bucket = f'[storage]\nkind = "{kind}"\n[storage.{kind}]\nendpoint = "{store.origin}"\nbucket = "papers"\n{keys}'
    shared = f'[database]\nurl = "{database}"\n[accounts]\nsecret_key = "{SECRET}"\n'
    return f"{shared}[knowledge]\nworkers = {workers}\n{bucket}" + key_toml("sk-ada-0", "k", "ada")


async def until(found: Callable[[], Awaitable[object]]) -> None:
    """Wait for it."""
    async with asyncio.timeout(PATIENCE):
        while not await found():
            await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("cos", [False, True], ids=["s3", "cos"])
async def test_two_hosts_share_a_bucket(services: Services, tmp_path: Path, cos: bool) -> None:
    """A file and a document that one takes; the other, which alone has workers, reads them, gives them out whole and in
    ranges, and removes them: at the end the bucket is empty."""
    postgres = services.get("postgres")
    assert postgres is not None
    async with emptied("postgres", postgres) as url:
        with in_thread(MockBucket(KEY, WORD, cos=cos, bucket="papers")) as store:
            first, second = tmp_path / "first", tmp_path / "second"
            first.mkdir()
            second.mkdir()
            with as_process(first, toml=settings(url, store, 0)) as one:
                with as_process(second, toml=settings(url, store, 1)) as other:
                    taker, giver = Caller(one.port, "sk-ada-0"), Caller(other.port, "sk-ada-0")
                    await shared(taker, giver, store)
            assert not (first / "data" / "blobs").exists() and not (second / "data" / "blobs").exists()


async def shared(taker: Caller, giver: Caller, store: MockBucket) -> None:
    """What goes in here comes out there."""
    base = (await taker.ask("POST /parlance/v1/bases.create", {"name": "Tea", "embedder": ""})).json["id"]
    sent = await taker.ask(f"POST /parlance/v1/documents.upload?base={base}&name=tea.html", PAGE)
    document = sent.json["id"]

    async def settled() -> bool:
        found = (await giver.ask(f"GET /parlance/v1/documents.read?document={document}")).json
        assert found["state"] != "failed", found
        return bool(found["state"] == "ready")

    async def empty() -> bool:
        return not store.objects

    await until(settled)
    assert any("partNumber=" in call.query for call in store.calls)
    whole = await giver.ask(f"GET /parlance/v1/documents/{document}/content")
    assert whole.body == PAGE
    piece = await taker.ask(f"GET /parlance/v1/documents/{document}/content", range="bytes=9000000-9000099")
    assert (piece.status, piece.body) == (206, PAGE[9_000_000:9_000_100])
    assert len(store.objects) == 3 and not store.uploads, "the file, its text, and how it was read"
    await giver.ask("POST /parlance/v1/documents.delete", {"document": document})
    await until(empty)
