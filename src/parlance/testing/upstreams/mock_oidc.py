"""An OpenID provider over HTTP, for tests: `parlance.testing.providers.StandIn` on a port of its own."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from parlance.testing.providers import StandIn, credentials
from parlance.testing.upstreams.answers import Answer
from parlance.testing.upstreams.calls import Call
from parlance.testing.upstreams.scripts import Script
from parlance.testing.upstreams.server import Upstream
from parlance.values.time import Clock, SystemClock


class MockOidc(Upstream):
    """See the module. `provider` is who answers; it is there once this has started."""

    provider: StandIn

    def __init__(self, *, time: Clock | None = None, **rest: Any) -> None:
        super().__init__(**rest)
        self._time = time or SystemClock()

    async def start(self) -> None:
        """Listen, and be called by the address."""
        await super().start()
        self.provider = StandIn(self.origin, self._time)

    async def answer(self, call: Call, script: Script) -> Answer:
        """What the provider says."""
        url = self.origin + call.path
        if call.method == "POST":
            form = dict(parse_qsl(call.body.decode()))
            said = await self.provider.post(url, form, credentials(call.headers.get("authorization", "")))
        else:
            shown = call.headers.get("authorization")
            said = await self.provider.get(url, None if shown is None else shown.removeprefix("Bearer "))
        return Answer((said.body,), status=said.status, headers=tuple(said.headers.items()))

    def error(self, status: int, message: str) -> Any:
        """An error as a token endpoint has it."""
        return {"error": "server_error", "error_description": message}

    def error_frame(self, call: Call, message: str) -> bytes:
        """Nothing here is streamed."""
        return b""
