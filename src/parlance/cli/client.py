"""Talks HTTP with a running server, and turns what goes wrong into one sentence and an exit code."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from parlance.cli.exits import Exit, Failure, ServerAway
from parlance.cli.place import Place, find

CONNECT_SECONDS = 5.0
SILENCE_SECONDS = 900.0
"""Longest silence of a server that answers: a large model on a slow disk takes minutes to load."""
LONGEST_LINE = 16 * 1024 * 1024
NDJSON = "application/x-ndjson"
BYTES = "application/octet-stream"
EVENTS = "text/event-stream"
ENDED = (
    "It is the first: from now on every program needs a key or an account, on this machine too, and the page asks for "
    "one. `parlance` goes on by itself, with the console token."
)
"""Said when use without a key has ended."""
_CODES = {401: Exit.NOT_PERMITTED, 403: Exit.NOT_PERMITTED, 404: Exit.MISSING}


class Client:
    """One server. Each call is a connection of its own: verbs make one or two."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of an answer; None for an empty one. Bytes are sent as they are. Raises Failure."""
        with self._understood(), self._connected() as connection:
            with self._send(connection, method, path, body) as response:
                data = response.read()
            return json.loads(data) if data.strip() else None

    def send(self, path: str, pieces: Iterable[bytes], size: int, media_type: str = BYTES) -> Any:
        """The JSON of the answer to `size` bytes that are sent as they come. Raises Failure, and what `pieces` raises.

        A server that has heard enough answers before the last of them and hangs up: its answer counts, not the break.
        """
        headers = {**self._headers(None), "Content-Type": media_type, "Content-Length": str(size)}
        with self._understood(), self._connected() as connection:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request("POST", self.place.parts[3] + path, pieces, headers)
            with self._answered(connection, path) as response:
                return json.loads(response.read())

    def lines(self, path: str, body: object) -> Generator[dict[str, Any], None, None]:
        """The objects of a streamed answer as they come. Closing the iterator hangs up. Raises Failure.

        A stream that is cut between two lines ends like any other: the caller looks for its last object.
        """
        with self._connected() as connection, self._send(connection, "POST", path, body) as response:
            while line := response.readline(LONGEST_LINE):
                if line.strip():
                    yield self._object(line)

    def events(self, path: str, body: object) -> Generator[dict[str, Any], None, None]:
        """The events of a run as it is told, notices among them. Closing the iterator hangs up. Raises Failure."""
        with self._connected() as connection, self._send(connection, "POST", path, body, EVENTS) as response:
            problem = False
            while line := response.readline(LONGEST_LINE):
                if line.startswith(b"event:"):
                    problem = line.split(b":", 1)[1].strip() == b"problem"
                elif line.startswith(b"data:"):
                    with self._understood():
                        value = json.loads(line[5:])
                    if problem or not isinstance(value, dict):
                        raise Failure(sentence_of(value) or "The server reports an error.")
                    yield value

    def save(self, path: str, into: BinaryIO, accept: str | None = None) -> int:
        """Write the bytes of an answer as they come; gives how many there were. Raises Failure, also where they break
        off, and OSError where they cannot be written."""
        connection, size = self._connection(), 0
        try:
            with self._send(connection, "GET", path, None, accept) as response:
                while piece := self._piece(response):
                    into.write(piece)
                    size += len(piece)
            return size
        finally:
            connection.close()

    def _piece(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read(1 << 16)
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from None

    def _object(self, line: bytes) -> dict[str, Any]:
        try:
            value = json.loads(line)
        except ValueError:
            raise self._stranger() from None
        if not isinstance(value, dict):
            raise self._stranger()
        if "error" in value:
            raise Failure(sentence_of(value) or "The server reports an error.", _told_code(value))
        return value

    @contextlib.contextmanager
    def _understood(self) -> Iterator[None]:
        """Raises Failure where what was answered is no JSON."""
        try:
            yield
        except ValueError:
            raise self._stranger() from None

    @contextlib.contextmanager
    def _connected(self) -> Iterator[http.client.HTTPConnection]:
        """A connection, closed afterwards. Raises Failure where it cannot be made, or breaks."""
        connection = self._connection()
        try:
            yield connection
        except (OSError, http.client.HTTPException) as error:
            raise self._broken(error) from None
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        scheme, host, port, _ = self.place.parts
        kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        connection = kind(host, port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except OSError as error:
            raise self._unreachable(error) from None
        connection.sock.settimeout(SILENCE_SECONDS)
        return connection

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: object,
        accept: str | None = None,
    ) -> http.client.HTTPResponse:
        headers = self._headers(accept)
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if content is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, self.place.parts[3] + path, content, headers)
        return self._answered(connection, path)

    def _headers(self, accept: str | None) -> dict[str, str]:
        headers = {"Accept": accept or f"application/json, {NDJSON}"}
        if self.place.key is not None:
            headers["Authorization"] = f"Bearer {self.place.key}"
        return headers

    def _answered(self, connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
        """The answer, if it is a good one. Raises Failure."""
        response = connection.getresponse()
        if not 200 <= response.status < 300:
            with response:
                raise self._refusal(path, response.status, response.read(LONGEST_LINE))
        return response

    def _refusal(self, path: str, status: int, body: bytes) -> Failure:
        """The server's own sentence where it has one."""
        try:
            answer = json.loads(body)
        except ValueError:
            answer = None
        told = sentence_of(answer)
        if told is None:
            told = f"The server at {self.place.url} answered {path} with {status} and gave no reason."
            return Failure(told, Exit.NOT_PERMITTED if status in (401, 403) else Exit.ERROR, status)
        if status == 401 and self.place.key is None:
            told += " Set PARLANCE_API_KEY to a key of that server."
        return Failure(told, _CODES.get(status, Exit.ERROR), status, _retry_after(answer))

    def _unreachable(self, error: OSError) -> Failure:
        import ssl

        if isinstance(error, ssl.SSLCertVerificationError):
            return Failure(
                f"The certificate of {self.place.url} is not trusted ({error.verify_message}). Name its authority in "
                "SSL_CERT_FILE.",
                Exit.UNREACHABLE,
            )
        return ServerAway(
            f"No server answers at {self.place.url}. Start one with `parlance serve`; or name the data folder of "
            "the one that runs in PARLANCE_DATA_DIR, or its URL in PARLANCE_URL.",
            Exit.UNREACHABLE,
        )

    def _broken(self, error: Exception) -> Failure:
        if isinstance(error, TimeoutError):
            return ServerAway(f"The server at {self.place.url} fell silent. Try again.", Exit.UNREACHABLE)
        return ServerAway(f"The server at {self.place.url} broke off its answer. Try again.")

    def _stranger(self) -> Failure:
        return Failure(f"What answers at {self.place.url} is not Parlance. Name the server in PARLANCE_URL.")


def connected() -> Client:
    """A client of the server that environment, data folder and settings name. Raises Failure."""
    return Client(find(os.environ, Path.cwd()))


def sentence_of(answer: object) -> str | None:
    """What an error body says: Ollama's `error`, OpenAI's `error.message`, or `detail` and `hint` of problem JSON."""
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    inner = error.get("message") if isinstance(error, dict) else error
    found = inner or answer.get("detail") or answer.get("title") or answer.get("message")
    hint = answer.get("hint") if found == answer.get("detail") else None
    told = [printable(text) for text in (found, hint) if isinstance(text, str)]
    return " ".join(told) if isinstance(found, str) else None


def _retry_after(answer: object) -> float | None:
    """The seconds after which a server wants to be asked again, if it says so."""
    said = answer.get("retry_after") if isinstance(answer, dict) else None
    return float(said) if isinstance(said, int | float) else None


def printable(text: str) -> str:
    """Text of a server on one line, without characters that would command the terminal."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _told_code(answer: dict[str, Any]) -> Exit:
    """The exit code of an error inside a stream, which has no status: Ollama's words for a missing model."""
    told = sentence_of(answer) or ""
    missing = "not found" in told or "does not exist" in told
    return Exit.MISSING if missing else Exit.ERROR


def asks(client: Client) -> bool:
    """Whether the server asks this machine for a key."""
    try:
        Client(Place(client.place.url, None)).ask("GET", "/v1/models")
    except Failure as failure:
        if failure.exit_code != Exit.NOT_PERMITTED:
            raise
        return True
    return False
