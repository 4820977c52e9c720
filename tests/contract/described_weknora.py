"""Calls of the WeKnora dialect that must go well: accounts, tenants and models made for each."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.described_accounts import PASSWORD, Calls, session, user
from tests.contract.described_knowledge import base
from tests.contract.described_moving import MOVING
from tests.contract.described_weknora_knowledge import KNOWLEDGE
from tests.contract.described_weknora_talks import TALKS

BASE = "/api/v1"
_numbers = itertools.count()


def weknora(caller: Calls, method: str, path: str, **body: Any) -> Any:
    """The JSON of an answer that must go well."""
    answer = caller.call(method, BASE + path, json=body, headers=from_elsewhere())
    assert answer.ok, answer.text
    return answer.json()


def from_elsewhere() -> dict[str, str]:
    """The header of a proxy in front: an address that nobody has guessed from."""
    number = next(_numbers)
    return {"x-forwarded-for": f"198.19.{number // 250 % 250}.{number % 250 + 1}"}


def person() -> tuple[str, str]:
    """A name and an address that nobody has."""
    number = next(_numbers)
    return f"lantern {number}", f"lantern.{number}@example.org"


def _register(caller: Calls) -> dict[str, Any]:
    name, email = person()
    body = {"username": name, "email": email, "password": PASSWORD}
    if not caller.call("GET", "/parlance/v1/users.list").ok:
        return {"body": body, "statuses": (201, 403)}
    user(caller)
    caller.call("POST", "/parlance/v1/preferences.change", json={"sign_up": "user"})
    return {"body": body}


def _login(caller: Calls) -> dict[str, Any]:
    name, email = person()
    if caller.call("GET", "/parlance/v1/users.list").ok:
        user(caller)
    made = caller.call("POST", "/parlance/v1/users.create", json={"name": name, "email": email, "password": PASSWORD})
    # Whoever may make nobody is only refused, which has a shape of its own.
    return {
        "body": {"email": email, "password": PASSWORD},
        "statuses": (200,) if made.ok else (401,),
        "headers": from_elsewhere(),
    }


def _refresh(caller: Calls) -> dict[str, Any]:
    body = _login(caller)
    if body["statuses"] != (200,):
        return {"body": {"refreshToken": "none"}, "statuses": (401,)}
    entered = weknora(caller, "POST", "/auth/login", **body["body"])
    return {"body": {"refreshToken": entered["refresh_token"]}}


def _password(caller: Calls) -> dict[str, Any]:
    body = _login(caller)
    if body["statuses"] != (200,):
        return {"body": {"old_password": "none at all", "new_password": PASSWORD}, "statuses": (400,)}
    token = weknora(caller, "POST", "/auth/login", **body["body"])["token"]
    return {"body": {"old_password": PASSWORD, "new_password": "seven small boats"}, "token": token}


def tenant(caller: Calls) -> str:
    """The number of a new tenant; of one's own for whoever may make none."""
    made = caller.call("POST", f"{BASE}/tenants", json={"name": "a workshop"})
    if made.ok:
        return str(made.json()["data"]["id"])
    found: int = caller.call("GET", f"{BASE}/tenants").json()["data"]["items"][0]["id"]
    return str(found)


def model(caller: Calls) -> str:
    """The id of a new model of one's tenant; of one that there is not for whoever may make none."""
    body = {"name": "shelved", "type": "KnowledgeQA", "source": "local", "parameters": {}}
    made = caller.call("POST", f"{BASE}/models", json=body)
    return str(made.json()["data"]["id"]) if made.ok else "mock"


def _setup(caller: Calls) -> dict[str, Any]:
    cutting = {"chunkSize": 512, "chunkOverlap": 50, "separators": ["\n"]}
    body = {"llm": _LOCAL, "embedding": {"source": "local", "modelName": "shelved-embed"}, "documentSplitting": cutting}
    return {"piece": base(caller), "body": body}


_LOCAL = {"source": "local", "modelName": "shelved"}
_SILENT = {"modelName": "mock", "baseUrl": "http://127.0.0.1:9/v1"}
"""A model that nobody may name: what comes of it is a verdict, and nothing leaves."""
_PICTURE = (
    b'--xyz\r\nContent-Disposition: form-data; name="vlm_model"\r\n\r\nmock\r\n'
    b'--xyz\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\npicture\r\n--xyz--\r\n'
)
_FORM = {"content-type": "multipart/form-data; boundary=xyz"}
_SETUPS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "config": lambda caller: {"piece": base(caller)},
    "initialize": _setup,
    "ollama.check": lambda caller: {"body": {"models": ["shelved"]}},
    "ollama.download": lambda caller: {"body": {"modelName": "shelved"}},
    "ollama.progress": lambda caller: {"piece": "none", "statuses": (404,)},
    "remote.check": lambda caller: {"body": _SILENT},
    "rerank.check": lambda caller: {"body": _SILENT},
    "embedding.test": lambda caller: {"body": {"source": "local", "modelName": "shelved-embed"}},
    "multimodal.test": lambda caller: {"body": _PICTURE, "headers": _FORM},
    "extract.text_relation": lambda caller: {"body": {"text": "Tea.", "tags": ["in"], "llmConfig": _LOCAL}},
    "extract.fabri_tag": lambda caller: {"body": {}},
    "extract.fabri_text": lambda caller: {"body": {"tags": ["in"], "llmConfig": _LOCAL}},
}
WEKNORA: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "weknora.auth.register": _register,
    "weknora.auth.login": _login,
    "weknora.auth.refresh": _refresh,
    "weknora.auth.logout": lambda caller: {"token": session(caller)["token"]},
    "weknora.auth.change_password": _password,
    **KNOWLEDGE,
    **TALKS,
    **MOVING,
    "weknora.tenants.create": lambda caller: {"body": {"name": "a workshop"}},
    "weknora.tenants.read": lambda caller: {"piece": tenant(caller)},
    "weknora.tenants.change": lambda caller: {"piece": tenant(caller), "body": {"description": "of glass"}},
    "weknora.models.create": lambda caller: {
        "body": {"name": "shelved", "type": "KnowledgeQA", "source": "local", "parameters": {}}
    },
    "weknora.models.read": lambda caller: {"piece": model(caller)},
    "weknora.models.change": lambda caller: {"piece": model(caller), "body": {"description": "of clay"}},
    "weknora.models.delete": lambda caller: {"piece": model(caller)},
    **{f"weknora.initialization.{name}": call for name, call in _SETUPS.items()},
    # The first tenant stays.
    "weknora.tenants.delete": lambda caller: {"piece": tenant(caller), "statuses": (200, 409)},
}
"""What each call takes, as in the other samples."""
