"""From settings to those who may ask: the keys' principals, and the console token."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from parlance.core.accounts.identity import principals
from parlance.core.accounts.people_operations import FileUser
from parlance.settings.access import Key
from parlance.settings.schema import Settings
from parlance.values.accounts import Principal, Role

CONSOLE_FILE = "console-token"
MOST_NAME = 100
_AS_ID = re.compile(r"[!-~]{1,64}")


def configured(settings: Settings) -> dict[str, Principal]:
    """The principals of the configured keys, by the keys' hashes."""
    return principals((key.hash.reveal(), _principal(key)) for key in settings.keys)


def _principal(key: Key) -> Principal:
    return Principal(
        row_id(key.tenant),
        row_id(key.user),
        key.name,
        scopes=key.granted,
        models=key.models,
        share_answers=key.share_answers,
        keep_chats=key.keep_chats,
        requests_per_minute=key.requests_per_minute,
        tokens_per_minute=key.tokens_per_minute,
    )


def row_id(name: str) -> str:
    """The id of the row that a name of the settings file stands for: itself, where a database takes it as an id."""
    if _AS_ID.fullmatch(name):
        return name
    return "file-" + hashlib.sha256(name.encode()).hexdigest()[:40]


def file_users(settings: Settings) -> tuple[FileUser, ...]:
    """The users whom the configured keys name, each with the role that the keys together give."""
    granted: dict[tuple[str, str], set[str]] = {}
    for key in settings.keys:
        granted.setdefault((key.tenant, key.user), set()).update(key.granted)
    return tuple(
        FileUser(row_id(tenant), row_id(user), user[:MOST_NAME], _role(scopes), "operate" in scopes)
        for (tenant, user), scopes in granted.items()
    )


def _role(scopes: set[str]) -> Role:
    return "admin" if "admin" in scopes else "user"


def console_token(folder: str | None) -> str | None:
    """The console token of a data folder: made at the first start, readable by its owner only."""
    if folder is None:
        return None
    path = Path(folder) / CONSOLE_FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        token = secrets.token_urlsafe(32)
        file.write(token + "\n")
    return token
