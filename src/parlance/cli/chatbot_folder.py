"""The chatbot app's data folder: read for `parlance import chatbot`, written for `parlance export chatbot`.

users.json                              {name: {"password": <bcrypt>, "tier": "free"}}, or {name: <bcrypt>}
salts/<name>_salt                       16 bytes
user_sets/<name>/sets.json              {set: {"created": <seconds>, "encrypted": true}}
user_sets/<name>/<set>_memory.txt       text, or a Fernet token of it; so are
user_sets/<name>/<set>_prompt.txt
user_sets/<name>/<set>_history.json     JSON: [[question, answer], …]
"""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from parlance.cli.client import Client
from parlance.cli.exits import Exit, Failure

USERS, SETS, SALTS, OF_USERS = "users.json", "sets.json", "salts", "user_sets"
FILES = {"memory": "_memory.txt", "prompt": "_prompt.txt", "history": "_history.json"}
API = "/parlance/v1/chatbot.people"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SET = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9 _-]{0,62}[A-Za-z0-9_-])?")
_TOKEN = b"gAAAA"
"""How a Fernet token begins."""
_SAFELY = ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
"""How a file is opened, as far as the platform has it: not through a link, and without waiting for a pipe's writer."""
LINKED = "it is a link, and only what lies in the folder itself is taken"


def take_in(client: Client, folder: Path) -> dict[str, Any]:
    """Take in everybody of a folder; who is there already is left as they are. Raises Failure where it is none."""
    done: dict[str, Any] = {"imported": 0, "skipped": 0, "refused": []}
    for name, about in _table(folder / USERS).items():
        try:
            found = client.ask("POST", f"{API}.import", {"person": _person(folder, name, about)})
        except Failure as failure:
            if failure.exit_code in (Exit.UNREACHABLE, Exit.NOT_PERMITTED):
                raise
            done["refused"].append({"name": name, "reason": str(failure)})
        else:
            done["imported" if found["new"] else "skipped"] += 1
    return done


def write_out(client: Client, folder: Path) -> int:
    """Write everybody into a folder; gives how many. The list of people is written last: until then it is none."""
    users: dict[str, Any] = {}
    after, more = "", True
    while more:
        page = client.ask("GET", f"{API}.list?{urlencode({'after': after})}")
        for name in page["names"]:
            person = client.ask("GET", f"{API}.read?{urlencode({'name': name})}")
            _write_person(folder, person)
            users[name] = {"password": person["password_hash"], "tier": person.get("tier", "free")}
        after = page.get("next", "")
        more = bool(after)
    _write(folder / USERS, _json(users))
    return len(users)


# -- reading ----------------------------------------------------------------------------------------------------------


def _person(folder: Path, name: str, about: object) -> dict[str, Any]:
    """Somebody as the server takes them in."""
    if not _NAME.fullmatch(name):
        raise Failure("this is no name that the app allows")
    given = {"password": about} if isinstance(about, str) else about
    hashed = given.get("password") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(hashed, str):
        raise Failure("users.json says no password hash")
    own = folder / OF_USERS / name
    for each in (folder / SALTS, folder / OF_USERS, own):
        if each.is_symlink():
            raise Failure(f"Cannot read {each}: {LINKED}.")
    listed = _table(own / SETS) if os.path.lexists(own / SETS) else {}
    return {
        "name": name,
        "password_hash": hashed,
        "tier": str(given.get("tier") or "free"),
        "salt": _bytes(folder / SALTS / f"{name}_salt"),
        "sets": [_set(own, each, listed.get(each)) for each in sorted({*listed, *_unlisted(own)})],
    }


def _unlisted(own: Path) -> set[str]:
    """Sets of which there are files, in the list or not."""
    files = [path.name for path in own.iterdir()] if own.is_dir() else []
    return {file.removesuffix(end) for file in files for end in FILES.values() if file.endswith(end)}


def _set(own: Path, name: str, about: object) -> dict[str, Any]:
    if not _SET.fullmatch(name):
        raise Failure(f"{name!r} is no name of a set that the app allows")
    texts = {kind: _bytes(own / f"{name}{end}") for kind, end in FILES.items()}
    found = about if isinstance(about, dict) else {}
    created, sealed = found.get("created"), found.get("encrypted")
    if not isinstance(sealed, bool):
        sealed = any(text and base64.b64decode(text).startswith(_TOKEN) for text in texts.values())
    return {"name": name, "created": created if isinstance(created, int | float) else 0.0, "encrypted": sealed, **texts}


def _bytes(path: Path) -> str | None:
    """A file in base64."""
    try:
        return base64.b64encode(_content(path)).decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failure(f"Cannot read {path}: {error.strerror}.") from None


def _content(path: Path) -> bytes:
    """A regular file's bytes; raises OSError for anything else. A link in a folder that somebody else wrote would bring
    any file of this machine into that person's sets, and a pipe never ends."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, LINKED)
    handle = os.open(path, os.O_RDONLY | sum(getattr(os, flag, 0) for flag in _SAFELY))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        return file.read()


def _table(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_content(path))
    except OSError as error:
        raise Failure(f"Cannot read {path}: {error.strerror}. It is in the chatbot app's data folder.") from None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Failure(f"{path} is not what the chatbot app writes.")
    return found


# -- writing ----------------------------------------------------------------------------------------------------------


def _write_person(folder: Path, person: dict[str, Any]) -> None:
    name, sets = person["name"], person.get("sets", [])
    if not _NAME.fullmatch(name) or not all(_SET.fullmatch(each["name"]) for each in sets):
        raise Failure("The server says a name that cannot be one.")
    if person.get("salt"):
        _write(folder / SALTS / f"{name}_salt", base64.b64decode(person["salt"]))
    own = folder / OF_USERS / name
    for each in sets:
        for kind, end in FILES.items():
            if each.get(kind) is not None:
                _write(own / f"{each['name']}{end}", base64.b64decode(each[kind]))
    _write(own / SETS, _json({each["name"]: {k: each[k] for k in ("created", "encrypted")} for each in sets}))
    _swept(own, {f"{each['name']}{end}" for each in sets for kind, end in FILES.items() if each.get(kind) is not None})


def _swept(own: Path, written: set[str]) -> None:
    """Take away what an earlier export left of sets that are gone: else the next import would bring them back."""
    for name in _unlisted(own):
        for file in (f"{name}{end}" for end in FILES.values()):
            if file not in written:
                (own / file).unlink(missing_ok=True)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=2).encode()


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; only its owner can read it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise Failure(f"Cannot write {path}: {error.strerror}.") from None
