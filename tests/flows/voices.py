"""One caller, two ways of talking: over HTTP, and by the verbs of the command line. A story is told over both."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlencode

from click.testing import CliRunner, Result

from parlance.cli.main import main
from parlance.testing.servers import Server, environment
from tests.flows.callers import Caller, Json

READS = ("read", "list", "show", "search", "usage", "find")


class Refused(NamedTuple):
    """A refusal: HTTP's status or the verb's exit code, and the words."""

    code: int
    words: str


class Voice(Protocol):
    """What a story needs of a caller."""

    missing: int
    """The code of a refusal for what is not there."""
    forbidden: int
    unknown: int
    """That of somebody whom nobody knows."""

    async def do(self, operation: str, /, **fields: Any) -> Any:
        """What an operation gives, after the answers that it asked for have ended. It must go well."""
        ...

    async def refused(self, operation: str, /, **fields: Any) -> Refused:
        """How an operation is refused. It must not go well."""
        ...

    async def bring(self, content: bytes) -> Any:
        """Take in a file of chats."""
        ...

    async def taken(self) -> Any:
        """All chats as Parlance's own file."""
        ...


class OverHttp:
    """The native API."""

    missing, forbidden, unknown = 404, 403, 401

    def __init__(self, url: str, key: str | None = None) -> None:
        self.caller = Caller(int(url.rpartition(":")[2]), key)

    async def _ask(self, operation: str, fields: Mapping[str, Any]) -> Any:
        if operation.rpartition(".")[2] not in READS:
            return await self.caller.ask(f"POST /parlance/v1/{operation}", dict(fields))
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        return await self.caller.ask(f"GET /parlance/v1/{operation}?{urlencode(texts)}")

    async def do(self, operation: str, /, **fields: Any) -> Any:
        """One request, and one for each answer."""
        answer = await self._ask(operation, fields)
        assert answer.status < 300, answer.body
        value = answer.json if answer.body else None
        for run in (each["run"] for each in value.get("answers", ())) if isinstance(value, dict) else ():
            await self.caller.ask(f"GET /parlance/v1/runs.read?run={run}", accept="text/event-stream")
        return value

    async def refused(self, operation: str, /, **fields: Any) -> Refused:
        """The status and the sentence of the problem."""
        answer = await self._ask(operation, fields)
        assert answer.status >= 400, answer.body
        return Refused(answer.status, f"{answer.json['detail']} {answer.json.get('hint', '')}")

    async def bring(self, content: bytes) -> Any:
        """The file is the body."""
        answer = await self.caller.ask("POST /parlance/v1/chats.import", content)
        assert answer.status == 200, answer.body
        return answer.json

    async def taken(self) -> Any:
        """The body is the file."""
        return (await self.caller.ask("GET /parlance/v1/chats.export")).json


class OverCli:
    """The verbs as they are typed, but for the start of a Python, which `test_cli.py` has its eyes on."""

    missing, forbidden, unknown = 3, 77, 77

    def __init__(self, url: str, key: str | None = None) -> None:
        self.env = {"PARLANCE_URL": url, **({} if key is None else {"PARLANCE_API_KEY": key})}

    async def typed(self, *words: str, stdin: bytes = b"") -> tuple[int, str, str]:
        """The exit code, and what was printed on both outputs."""
        done = await asyncio.to_thread(CliRunner().invoke, main, words, input=io.BytesIO(stdin), env=self.env)
        return done.exit_code, done.stdout, done.stderr

    async def printed(self, *words: str, stdin: bytes = b"") -> str:
        """What a verb prints that must succeed."""
        code, out, error = await self.typed(*words, stdin=stdin)
        assert code == 0, error
        return out

    async def do(self, operation: str, /, **fields: Any) -> Any:
        """`parlance do`."""
        told = json.loads(await self.printed("do", operation, *typed(fields), "--wait", "--json"))
        assert all(run["state"] == "complete" for run in told["runs"])
        return told["value"]

    async def refused(self, operation: str, /, **fields: Any) -> Refused:
        """The exit code and the last sentence on standard error."""
        code, out, error = await self.typed("do", operation, *typed(fields))
        assert code != 0 and not out
        return Refused(code, error.strip().rpartition("\n")[2].removeprefix("Error: "))

    async def bring(self, content: bytes) -> Any:
        """`parlance import`."""
        return json.loads(await self.printed("import", "-", "--json", stdin=content))

    async def taken(self) -> Any:
        """`parlance export`."""
        return json.loads(await self.printed("export", "-"))


def here(server: Server, *words: str, **variables: str) -> Result:
    """A verb in this process, as the user of a server's folder types it."""
    return CliRunner().invoke(main, words, env=environment(server.folder, variables))


def typed(fields: Mapping[str, Any]) -> list[str]:
    """Fields as words of a command line."""
    return [f"{n}={v}" if isinstance(v, str) else f"{n}:={json.dumps(v)}" for n, v in fields.items()]


VOICES: dict[str, Callable[[str, str | None], Voice]] = {"http": OverHttp, "cli": OverCli}


def said(turn: Json) -> str:
    """The text of a turn."""
    return "".join(each["item"].get("content", "") for each in turn["items"] if each["item"]["type"] == "message")
