"""The composed server as its OpenAPI documents describe it: every operation, and one call of each that must go well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, NamedTuple
from urllib.parse import quote

import requests

from parlance import dialect_list
from parlance.testing.servers import Server
from tests.contract.described_accounts import ACCOUNTS
from tests.contract.described_chatbot import CHATBOT
from tests.contract.described_chats import CHATS
from tests.contract.described_connections import CONNECTIONS
from tests.contract.described_files import FILES
from tests.contract.described_knowledge import KNOWLEDGE
from tests.contract.described_library import LIBRARY
from tests.contract.described_weknora import WEKNORA
from tests.flows.callers import key_toml

KEY = "-".join(("sk", "judge", "0123456789abcdef"))
TOML = '[server]\ntrusted_proxies = ["127.0.0.1"]\n' + key_toml(KEY, "judge", "ada", scopes=["all"])
"""Whoever calls may say from where: wrong passwords that were made up must not keep out who knows the right one."""
METHODS = frozenset({"GET", "POST", "DELETE", "HEAD", "PUT", "PATCH"})
DOCUMENTS = tuple(dialect.name for dialect in dialect_list.documented())
OPERATIONS = tuple(
    (dialect.name, row.name)
    for dialect in dialect_list.documented()
    for row in dialect.rows
    if row.method in METHODS and not row.browser
)
"""(dialect, operation id) of everything that a document must describe."""
MESSAGES = [{"role": "user", "content": "Hello"}]
ITEMS = [{"type": "message", "role": "user", "content": "Hello"}]
BLOB = b"a blob"
DIGEST = "sha256:" + hashlib.sha256(BLOB).hexdigest()
PATIENCE = 20.0


class Caller:
    """Who calls the server of a test, with the key of everything."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.session = requests.Session()
        self.session.headers["authorization"] = f"Bearer {KEY}"
        self.session.trust_env = False
        # Else a made-up request without its key would come from whoever signed in last, and guess their password.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One answer, whole; redirects are not followed."""
        return self.session.request(method, self.server.url + path, timeout=PATIENCE, allow_redirects=False, **more)

    def run(self, model: str = "mock") -> str:
        """The id of a run of this caller."""
        begun = self.call("POST", "/parlance/v1/messages.send", json={"ask": {"model": model, "items": ITEMS}})
        found: str = begun.json()["run"]
        return found

    def unbound(self) -> None:
        """Remove every budget: a made-up one may leave nothing for anybody."""
        for standing in self.call("GET", "/parlance/v1/budgets.list").json():
            assert self.call("POST", "/parlance/v1/budgets.delete", json={"budget": standing["budget"]["id"]}).ok

    def doomed(self) -> str:
        """The name of a model that somebody may remove."""
        assert self.call("POST", "/api/pull", json={"model": "doomed", "stream": False}).ok
        return "doomed"

    def blob(self) -> str:
        """The digest of a blob that is there."""
        assert self.call("POST", f"/api/blobs/{quote(DIGEST)}", data=BLOB).status_code in (200, 201)
        return DIGEST


class Good(NamedTuple):
    """A call that must go well: its query, its path's last piece, its body, what a sound answer is, and the token it
    is made with where the caller's key is not it; what other headers it has."""

    query: Mapping[str, str] = {}
    piece: str = ""
    body: Any = None
    statuses: tuple[int, ...] = (200, 201, 202, 204)
    token: str = ""
    headers: Mapping[str, str] = {}


def _ask(**more: Any) -> Good:
    return Good(body={"model": "mock", "messages": MESSAGES, **more})


def _native_ask(**more: Any) -> Good:
    return Good(body={"ask": {"model": "mock", "items": ITEMS}, **more})


_EMBED = {"model": "mock-embed", "input": ["one", "two"]}
SOUND_IN_BASE64 = "UklGRiQAAABXQVZF"
_SOUND = Good(
    body=b'--xyz\r\nContent-Disposition: form-data; name="model"\r\n\r\nmock-whisper\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nRIFF$\0\0\0WAVE\r\n--xyz--\r\n',
    headers={"content-type": "multipart/form-data; boundary=xyz"},
)
_TOOL_CALL = {"name": "list_knowledge_bases", "arguments": {}}
GOOD: Mapping[str, Callable[[Caller], Good]] = {
    "mcp.message": lambda caller: Good(body={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": _TOOL_CALL}),
    "console": lambda caller: Good({"token": caller.server.console_token}, statuses=(303,)),
    "messages.send": lambda caller: _native_ask(),
    "runs.read": lambda caller: Good({"run": caller.run()}),
    "runs.stop": lambda caller: Good(body={"run": caller.run()}),
    "lines.read": lambda caller: Good({"line": "chatqueue"}),
    "models.show": lambda caller: Good({"model": "mock"}),
    "models.load": lambda caller: Good(body={"model": "mock"}),
    "models.embed": lambda caller: Good(body={"ask": {"model": "mock-embed", "texts": ["one"]}}),
    "models.rerank": lambda caller: Good(
        body={"ask": {"model": "mock-rerank", "query": "one", "texts": ["one", "two"]}}
    ),
    "audio.transcribe": lambda caller: Good(body={"ask": {"model": "mock-whisper", "content": SOUND_IN_BASE64}}),
    "models.change": lambda caller: Good(body={"verb": "pull", "model": "doomed"}),
    "models.copy": lambda caller: Good(body={"source": "shelved", "destination": "second"}),
    "models.delete": lambda caller: Good(body={"model": caller.doomed()}),
    "blobs.find": lambda caller: Good({"digest": caller.blob()}),
    "openai.models.retrieve": lambda caller: Good(piece="mock"),
    "openai.chat.completions.create": lambda caller: _ask(),
    "openai.completions.create": lambda caller: Good(body={"model": "mock", "prompt": "Hello"}),
    "openai.responses.create": lambda caller: Good(body={"model": "mock", "input": "Hello"}),
    "openai.embeddings.create": lambda caller: Good(body=_EMBED),
    "openai.audio.transcriptions.create": lambda caller: _SOUND,
    "openai.audio.translations.create": lambda caller: _SOUND,
    "ollama.show": lambda caller: Good(body={"model": "mock"}),
    "ollama.chat": lambda caller: _ask(stream=False),
    "ollama.generate": lambda caller: Good(body={"model": "mock", "prompt": "Hello", "stream": False}),
    "ollama.embed": lambda caller: Good(body=_EMBED),
    "ollama.embeddings": lambda caller: Good(body={"model": "mock-embed", "prompt": "one"}),
    "ollama.pull": lambda caller: Good(body={"model": "doomed", "stream": False}),
    "ollama.push": lambda caller: Good(body={"model": "shelved", "stream": False}),
    "ollama.create": lambda caller: Good(body={"model": "made", "from": "shelved", "stream": False}),
    "ollama.copy": lambda caller: Good(body={"source": "shelved", "destination": "second"}),
    "ollama.delete": lambda caller: Good(body={"model": caller.doomed()}),
    "ollama.blobs.find": lambda caller: Good(piece=caller.blob()),
    "ollama.blobs.put": lambda caller: Good(piece=DIGEST, body=BLOB),
    "chatqueue.chat": lambda caller: _ask(stream=False),
    "chatqueue.queue.add": lambda caller: _ask(),
    "chatqueue.queue.read": lambda caller: Good({"requestId": "none"}),
    "chatqueue.queue.remove": lambda caller: Good({"requestId": "none"}),
    "chatqueue.stats.act": lambda caller: Good(body={"action": "clear"}),
}
"""How to call what needs more than its address, by operation id."""


def good(operation: str, caller: Caller) -> Good:
    """The call that must go well; most that only read need nothing."""
    if operation in ACCOUNTS:
        return Good(**ACCOUNTS[operation](caller))
    if operation in CHATS:
        return Good(**CHATS[operation](caller))
    if operation in FILES:
        return Good(**FILES[operation](caller))
    if operation in CHATBOT:
        return Good(**CHATBOT[operation](caller))
    if operation in LIBRARY:
        return Good(**LIBRARY[operation](caller))
    if operation in KNOWLEDGE:
        return Good(**KNOWLEDGE[operation](caller))
    if operation in WEKNORA:
        return Good(**WEKNORA[operation](caller))
    if operation in CONNECTIONS:
        return Good(**CONNECTIONS[operation](caller))
    return GOOD[operation](caller) if operation in GOOD else Good()


FIXED = frozenset({"model", "name", "source", "destination", "run", "connection", "verb", "base_url"})
"""What a made-up value of would only ever ask for something that is not there, or call somebody who is."""


def bent(sound: Any, made_up: Any, pick: int) -> Any:
    """A sound body in which one field (of the ask, where there is one) is as the made-up body has it."""
    if not isinstance(sound, dict) or not isinstance(made_up, dict):
        return made_up
    inner = made_up.get("ask")
    if isinstance(sound.get("ask"), dict) and isinstance(inner, dict) and pick % 4:
        return {**sound, "ask": bent(sound["ask"], inner, pick // 4)}
    names = sorted(set(made_up) - FIXED)
    if not names:
        return sound
    name = names[pick % len(names)]
    return {**sound, name: made_up[name]}
