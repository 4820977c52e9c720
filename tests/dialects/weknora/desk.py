"""A server with somebody signed in, a base and documents: what the tests of knowledge stand on.

Forms are written as a browser writes them, which is how the front-end sends them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from parlance.testing.upstreams import MockOpenAI, in_thread
from tests.dialects.weknora.served import Answer, Client, Json, serving
from tests.flows.callers import connection_toml, key_toml

PATIENCE = 60.0
KEY = "-".join(("sk", "weknora", "0123456789abcdef"))
OTHER = "-".join(("sk", "stranger", "0123456789abcdef"))
TEA = b"# Tea\n\nTea is grown in Assam.\n\n# Coffee\n\nCoffee is grown in Kerala, in the shade of older trees.\n"
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"


class Desk(msgspec.Struct):
    """`client` is who owns what is there, `other` is of another tenant."""

    client: Client
    other: Client

    async def base(self, **more: object) -> Json:
        """A new base."""
        body = {"name": "Gardens", "chunking_config": {"chunk_size": 60, "chunk_overlap": 0}, **more}
        made: Json = (await self.client.ask("POST /knowledge-bases", body, 201))["data"]
        return made

    async def sent(self, base: str, data: bytes, name: str = "gardens.md", **fields: str) -> Answer:
        """One upload as the front-end does it."""
        body = form(data, name, fields)
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return await self.client.call(f"POST /knowledge-bases/{base}/knowledge/file", body, content_type=kind)

    async def document(self, base: str, data: bytes = TEA, name: str = "gardens.md", **fields: str) -> Json:
        """A document when it is read, or could not be."""
        answer = await self.sent(base, data, name, **fields)
        assert answer.status == 200, answer.body
        return await self.ended(answer.json["data"]["id"])

    async def ended(self, id: str) -> Json:
        """A document that is watched as the front-end does it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            [found] = (await self.client.ask(f"GET /knowledge/batch?ids={id}&"))["data"]
            if found["parse_status"] in ("completed", "failed"):
                return found  # type: ignore[no-any-return]
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.05)


def form(data: bytes, name: str, fields: Mapping[str, str] = {}, *, first: bool = False) -> bytes:
    """A form as a browser writes it; with `first` the fields stand before the file."""
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/markdown'
    file = f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + data + b"\r\n"
    rest = b"".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
        for key, value in fields.items()
    )
    return (rest + file if first else file + rest) + f"--{BOUNDARY}--\r\n".encode()


@asynccontextmanager
async def standing(folder: Path, *, flags: Mapping[str, object] | None = None) -> AsyncIterator[Desk]:
    """The server with an embedder behind a connection, and a key in each of two tenants."""
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as upstream:
        toml = connection_toml(upstream.base_url, "mock", "mock", "mock-embed")
        toml += key_toml(KEY, "program", "ada", scopes=["all"])
        toml += key_toml(OTHER, "stranger", "eve", tenant="elsewhere")
        async with serving(folder, toml=toml, flags=flags) as client:
            yield Desk(client.with_key(KEY), client.with_key(OTHER))
