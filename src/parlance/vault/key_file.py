"""The server's secret: a file that only its owner can read, made once, whoever of several processes comes first."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

NAME = "secret.key"
BYTES = 32
FEWEST = 16
"""Characters of a secret that somebody chose: fewer can be found by trying."""
KNOWN = frozenset(
    {
        "t0p-s3cr3t",
        "secret",
        "secret-key",
        "secretkey",
        "secret_key",
        "supersecret",
        "super-secret",
        "super-secret-key",
        "changeme",
        "change-me",
        "changemechangeme",
        "change-this-secret-key",
        "please-change-me",
        "your-secret-key",
        "your_secret_key",
        "your-secret-key-here",
        "yoursecretkeyhere",
        "my-secret-key",
        "mysecretkey",
        "default",
        "default-secret",
        "default-secret-key",
        "insecure",
        "insecure-secret-key",
        "django-insecure",
        "weknorarag-api-key-secret-secret",
        "password",
        "passwordpassword",
        "test",
        "testsecret",
        "test-secret-key",
        "webui-secret-key",
        "openwebui",
        "open-webui",
        "parlance",
        "jwt-secret",
        "jwt_secret",
        "jwtsecret",
        "keyboard cat",
        "topsecret",
        "top-secret",
        "00000000000000000000000000000000",
        "0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "1234567890abcdef",
        "12345678901234567890123456789012",
        "abcdefghijklmnopqrstuvwxyz",
        "abcdefghijklmnopqrstuvwxyz123456",
        "deadbeefdeadbeefdeadbeefdeadbeef",
    }
)
"""Secrets that stand in examples and start scripts, in lower case: who knows the project knows them."""


class WeakSecret(ValueError):
    """A secret that somebody else may know or guess. The message is a sentence without it."""


def judged(secret: str, whose: str) -> bytes:
    """The bytes of a secret, or `WeakSecret` with what to do about it; `whose` names where it was found."""
    text = secret.strip()
    if text.lower() in KNOWN or text.lower().startswith("django-insecure") or len(set(text)) < 5:
        raise WeakSecret(f"{whose} is a secret that everybody knows. Remove it, or set a long random one.")
    if len(text) < FEWEST:
        raise WeakSecret(f"{whose} is shorter than {FEWEST} characters. Remove it, or set a long random one.")
    return text.encode()


def kept(folder: Path, entropy: Callable[[int], bytes]) -> bytes:
    """The secret of a data folder; made at the first start.

    It is written aside and then linked into place, so that of several processes one makes it and the others never read
    half of it. Raises `WeakSecret`, and `OSError` where the folder cannot be written or read.
    """
    path = folder / NAME
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make(path, entropy)
    return judged(path.read_text(), f"The file {NAME} in the data folder")


def _make(path: Path, entropy: Callable[[int], bytes]) -> None:
    aside = path.with_name(f"{NAME}.{entropy(8).hex()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(entropy(BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(aside, path)
        except FileExistsError:
            pass  # another process was first: its secret counts
    finally:
        aside.unlink()
