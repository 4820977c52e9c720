"""The official SDK wired to the dialect's table without a socket: what it sends is a row's request, and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import openai

from parlance.dialects.openai.dialect import OPENAI
from parlance.dialects.table import Reply, Request, Row
from parlance.values.errors import Fault, Kind
from tests.unit.dialects.openai.stage import Stage


def _matched(method: str, path: str) -> tuple[Row, dict[str, str]]:
    for row in OPENAI.rows:
        pattern = re.sub(r"\{(\w+):path\}", r"(?P<\1>.+)", row.path)
        found = re.fullmatch(pattern, path)
        if found and row.method == method:
            return row, found.groupdict()
    raise Fault(Kind.missing, "No such route.", code="unknown_url")


async def _reply(request: httpx2.Request, body: bytes, stage: Stage) -> Reply:
    asked = Request(
        request.method,
        request.url.path,
        params={},
        raw_query="",
        headers={},
        body=body,
        content=None,
        id="r1",
        prefix="",
    )
    try:
        row, asked.params = _matched(request.method, request.url.path)
        return await row.answer(asked, stage)
    except Fault as fault:
        return OPENAI.fault(fault, asked)


def _headers(reply: Reply) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", reply.type), *reply.headers]


class _Frames(httpx2.AsyncByteStream):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert self.reply.frames is not None
        async for piece in self.reply.frames:
            yield piece


class AsyncWire(httpx2.AsyncBaseTransport):
    """For `AsyncOpenAI`."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        reply = await _reply(request, await request.aread(), self.stage)
        if reply.frames is None:
            return httpx2.Response(reply.status, headers=_headers(reply), content=reply.body)
        return httpx2.Response(reply.status, headers=_headers(reply), stream=_Frames(reply))


class Wire(httpx2.BaseTransport):
    """For the synchronous client: each request in a loop of its own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        return asyncio.run(self._answer(request, request.read()))

    async def _answer(self, request: httpx2.Request, body: bytes) -> httpx2.Response:
        reply = await _reply(request, body, self.stage)
        content = reply.body
        if reply.frames is not None:
            content = b"".join([piece async for piece in reply.frames])
        return httpx2.Response(reply.status, headers=_headers(reply), content=content)


def client(*results: Any) -> tuple[openai.AsyncOpenAI, Stage]:
    """An async SDK client whose requests are answered by a stage."""
    stage = Stage(*results)
    http = httpx2.AsyncClient(transport=AsyncWire(stage))
    sdk = openai.AsyncOpenAI(base_url="http://localhost/v1", api_key="k", http_client=http, max_retries=0)
    return sdk, stage


def sync_client(*results: Any) -> Iterator[openai.OpenAI]:
    """A synchronous SDK client whose requests are answered by a stage."""
    http = httpx2.Client(transport=Wire(Stage(*results)))
    with openai.OpenAI(base_url="http://localhost/v1", api_key="k", http_client=http, max_retries=0) as sdk:
        yield sdk
