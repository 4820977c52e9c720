"""The doctor's look at a bucket: something is written there, read back and removed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from parlance.cli.checks import Finding
from parlance.settings.schema import Settings
from parlance.values.errors import Fault
from parlance.values.ids import RandomIds
from parlance.values.time import SystemClock

CHECK = "storage"
WORDS = b"Parlance was here, and leaves nothing."
ADVICE = {
    "storage_unreachable": "Look at `storage.{kind}.endpoint`, at names and firewalls, and whether the store runs.",
    "storage_denied": "Look at the key and its rights (get, put, delete, list), the region, and this machine's clock.",
    "storage_no_bucket": "Make the bucket `storage.{kind}.bucket`, or mend its name; `create_bucket` makes one of S3.",
    "disk_full": "Raise the quota of the bucket, or make room.",
}
OTHERWISE = "The store's own log says more."


def storage(settings: Settings) -> Iterator[Finding]:
    """Whether a bucket takes and gives; nothing where files are in a folder."""
    kind = settings.storage.kind
    if kind == "memory":
        yield Finding(CHECK, "note", "files are kept in memory, and forgotten at every stop")
    if kind not in ("s3", "cos"):
        return
    try:
        asyncio.run(_tried(settings))
    except Fault as fault:
        advice = ADVICE.get(fault.code or "", OTHERWISE).format(kind=kind)
        yield Finding(CHECK, "fail", fault.message, advice)
        return
    yield Finding(CHECK, "ok", f"the bucket ({kind}) takes, gives, lists and removes")


async def _tried(settings: Settings) -> None:
    """Raises `Fault`."""
    from parlance.assembly.storage import blobs
    from parlance.outbound.client import Client

    clock, client = SystemClock(), Client()
    store, id = blobs(settings, client, clock), RandomIds(clock).new()
    try:
        writing = await store.write(id)
        await writing.add(WORDS)
        await writing.finish()
        async for _ in store.read(id, 0, len(WORDS)):
            pass
        await store.delete(id)
        async for _ in store.aged(0):
            break
    finally:
        await store.close()
        await client.close()
