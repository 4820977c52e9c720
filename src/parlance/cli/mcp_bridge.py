"""Between two pipes and a running server: each line that a client of the Model Context Protocol says is a request of
its own, and whatever answers it is a line again."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

from parlance.cli.client import CONNECT_SECONDS, SILENCE_SECONDS, printable, sentence_of
from parlance.cli.place import KEY_VARIABLE, Place

LONGEST_LINE = 16 * 1024 * 1024
AT_ONCE = 8
"""Requests under way; further ones wait."""
META_VERSION = "io.modelcontextprotocol/protocolVersion"
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
PARSE_ERROR, FAILED = -32700, -32000
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_WRAPPED = re.compile(r"=\?base64\?.*\?=")


class Bridge:
    """One client's conversation, which ends with its input. `path` is where the server hears messages."""

    def __init__(self, place: Place, path: str, heard: BinaryIO, said: BinaryIO) -> None:
        self._place, self._path = place, place.parts[3] + path
        self._heard, self._said = heard, said
        self._saying, self._agreed = threading.Lock(), ""
        self._open: dict[Any, http.client.HTTPConnection] = {}

    def carry(self) -> None:
        """Until the input ends, and what was asked by then is answered."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while line := self._heard.readline(LONGEST_LINE):
                if not line.strip():
                    continue
                try:
                    message = json.loads(line)
                except ValueError:
                    self._say(_error(None, PARSE_ERROR, "This is not JSON."))
                    continue
                self._take(pool, message, line)

    def _take(self, pool: ThreadPoolExecutor, message: Any, line: bytes) -> None:
        """A request is answered when it can be; `initialize` alone is waited for, for all others hang on it."""
        first = message if isinstance(message, dict) else {}
        if first.get("method") == "notifications/cancelled":
            self._cancel(first)
        elif first.get("method") == "initialize":
            self._agreed = ""
            answer = self._asked(message, line)
            with contextlib.suppress(KeyError, TypeError):
                self._agreed = str(answer["result"]["protocolVersion"])
        elif isinstance(message, list) or "id" in first:
            pool.submit(self._asked, message, line)
        # What needs no answer tells the server nothing that it would remember.

    def _cancel(self, message: Mapping[str, Any]) -> None:
        """Hang up, so that the server stops; the client waits for no answer any more."""
        params = message.get("params")
        connection = self._open.pop(_key(params.get("requestId")), None) if isinstance(params, dict) else None
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(2)

    def _asked(self, message: Any, line: bytes) -> Any:
        """The answer, when it was said. What goes wrong is an answer, too."""
        id = message.get("id") if isinstance(message, dict) else None
        connected = False
        try:
            with contextlib.closing(self._connection()) as connection:
                self._open[_key(id)], connected = connection, True
                answer = self._answer(connection, message, line)
        except (OSError, http.client.HTTPException, ValueError):
            answer = _error(id, FAILED, f"No server answers at {self._place.url}. Start it with `parlance serve`.")
            if connected and _key(id) not in self._open:
                return None  # it was hung up on
        self._open.pop(_key(id), None)
        if answer is not None:
            self._say(answer)
        return answer

    def _answer(self, connection: http.client.HTTPConnection, message: Any, line: bytes) -> Any:
        connection.request("POST", self._path, line, self._headers(message))
        response = connection.getresponse()
        body = response.read()
        found = json.loads(body) if body.strip() else None
        if isinstance(found, list) or (isinstance(found, dict) and found.get("jsonrpc") == "2.0"):
            return self._of(found, message)
        if found is None and response.status < 300:
            return None
        told = sentence_of(found) or f"The server answered with {response.status}."
        return _error(message.get("id") if isinstance(message, dict) else None, FAILED, told)

    def _of(self, found: Any, message: Any) -> Any:
        """An error of the whole request is that of the only message in it."""
        if isinstance(found, dict) and isinstance(message, dict) and found.get("id") is None:
            found["id"] = message.get("id")
            data = found.get("error", {}).get("data") or {}
            if self._place.key is None and data.get("code") in ("missing_api_key", "no_keys"):
                found["error"]["message"] += f" Set {KEY_VARIABLE} to a key of that server."
        return found

    def _headers(self, message: Any) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if self._place.key is not None:
            headers["Authorization"] = f"Bearer {self._place.key}"
        params = message.get("params") if isinstance(message, dict) else None
        meta = params.get("_meta") if isinstance(params, dict) else None
        said = meta.get(META_VERSION) if isinstance(meta, dict) else None
        if isinstance(said, str) and isinstance(params, dict):
            method = str(message.get("method"))
            headers |= {"MCP-Protocol-Version": wrapped(said), "Mcp-Method": wrapped(method)}
            if isinstance(name := params.get(NAMED_BY.get(method, "")), str):
                headers["Mcp-Name"] = wrapped(name)
        elif self._agreed:
            headers["MCP-Protocol-Version"] = self._agreed
        return headers

    def _connection(self) -> http.client.HTTPConnection:
        scheme, host, port, _ = self._place.parts
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        connection = kind(host, port, timeout=CONNECT_SECONDS)
        connection.connect()
        connection.sock.settimeout(SILENCE_SECONDS)
        return connection

    def _say(self, answer: Any) -> None:
        with self._saying, contextlib.suppress(BrokenPipeError):
            self._said.write(json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self._said.flush()


def wrapped(text: str) -> str:
    """A text as a header can hold it."""
    if _PLAIN.fullmatch(text) and not _WRAPPED.fullmatch(text):
        return text
    return f"=?base64?{base64.b64encode(text.encode()).decode()}?="


def _key(id: object) -> str:
    return json.dumps(id)


def _error(id: object, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": printable(message)}}
