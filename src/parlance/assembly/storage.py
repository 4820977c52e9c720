"""From settings to where the bytes of files are: a folder, memory, or a bucket of an object store."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

from parlance.outbound.calls import Call, Origin
from parlance.outbound.client import Client
from parlance.ports.blobs import Blobs
from parlance.ports.fetching import Deadlines
from parlance.settings.schema import Settings
from parlance.settings.storage import S3, Cos
from parlance.stores.blobs.bucket import Bucket
from parlance.stores.blobs.folder import FolderBlobs
from parlance.stores.blobs.objects import ObjectBlobs
from parlance.stores.blobs.qsign import QSign
from parlance.stores.blobs.sigv4 import SigV4
from parlance.stores.blobs.wire import Answer, Ask, Signer
from parlance.stores.volatile.blobs import MemoryBlobs
from parlance.values.time import Clock

FOLDER = "blobs"
PATIENCE = Deadlines(connect=5.0, first_byte=30.0, between=30.0, total=300.0)
"""A part of 8 MiB within five minutes is a line of 30 kB/s; a store that says nothing for half a minute is gone."""


class OutboundWire:
    """`Wire` to the origin of a bucket over the house's HTTP client. The operator named it, so it may be private."""

    def __init__(self, client: Client, origin: Origin) -> None:
        self._client = client
        self._origin = origin

    @property
    def host(self) -> str:
        """As the client writes it."""
        return self._origin.authority

    async def send(self, ask: Ask) -> Answer:
        """Send it."""
        headers = tuple((name.encode("ascii"), value.encode("ascii")) for name, value in ask.headers.items())
        call = Call(self._origin, ask.method, ask.target, headers, ask.body, PATIENCE, ask.most)
        answer = await self._client.fetch(call)
        named = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
        return Answer(answer.status, named, answer.body)


def root(settings: Settings) -> Path | None:
    """The folder that blobs are in; None where they are in none."""
    if settings.storage.kind != "folder" or settings.data.dir is None:
        return None
    return Path(settings.storage.folder) if settings.storage.folder else Path(settings.data.dir) / FOLDER


def blobs(settings: Settings, client: Client, clock: Clock) -> Blobs:
    """Where the bytes of files are. A server without a data folder keeps those that would be in one in memory."""
    storage = settings.storage
    if storage.kind == "s3":
        return ObjectBlobs(_s3(storage.s3, client, clock), _prefix(storage.s3.prefix))
    if storage.kind == "cos":
        return ObjectBlobs(_cos(storage.cos, client, clock), _prefix(storage.cos.prefix))
    folder = root(settings)
    return MemoryBlobs(clock) if folder is None else FolderBlobs(folder)


def _prefix(chosen: str) -> str:
    return f"{chosen.strip('/')}/" if chosen.strip("/") else ""


def _s3(chosen: S3, client: Client, clock: Clock) -> Bucket:
    assert chosen.endpoint and chosen.bucket and chosen.key_id and chosen.secret_key
    url = chosen.endpoint if "://" in chosen.endpoint else f"{'https' if chosen.tls else 'http'}://{chosen.endpoint}"
    origin, path = Origin.split(url)
    within = path
    if chosen.path_style:
        within = f"{path}/{chosen.bucket}"
    else:
        origin = Origin(origin.scheme, f"{chosen.bucket}.{origin.host}", origin.port)
    signer = SigV4(chosen.key_id.reveal(), chosen.secret_key.reveal(), chosen.region)
    return _bucket(client, origin, signer, clock, within, chosen.create_bucket)


def _cos(chosen: Cos, client: Client, clock: Clock) -> Bucket:
    assert chosen.bucket and chosen.secret_id and chosen.secret_key
    name = chosen.bucket
    if chosen.app_id and not name.endswith(f"-{chosen.app_id}"):
        name = f"{name}-{chosen.app_id}"
    signer = QSign(chosen.secret_id.reveal(), chosen.secret_key.reveal())
    if chosen.endpoint:
        origin, path = Origin.split(chosen.endpoint)
        return _bucket(client, origin, signer, clock, f"{path}/{name}", False)
    return _bucket(client, Origin("https", f"{name}.cos.{chosen.region}.myqcloud.com", 443), signer, clock, "", False)


def _bucket(client: Client, origin: Origin, signer: Signer, clock: Clock, within: str, create: bool) -> Bucket:
    chance = random.SystemRandom().random
    return Bucket(OutboundWire(client, origin), signer, clock, asyncio.sleep, chance, within, create)
