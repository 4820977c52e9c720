"""A whole server before a fake Ollama, for the official SDK."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parlance.testing.servers import Server, in_thread, loaded
from parlance.testing.upstreams import MockOllama
from parlance.testing.upstreams import in_thread as upstream_in_thread

KEY = "-".join(("pk", "ollama", "judge", "0123456789"))
READER = "-".join(("pk", "ollama", "reader", "0123456789"))


MODELS = ("mock", "mock-embed", "bad-internal-error", "bad-rate-limited", "bad-reset-midway", "bad-early-fin")


def keys() -> str:
    """Two keys: one that may change models, one that may only chat, with a small rate and few models."""
    first, second = (hashlib.sha256(key.encode()).hexdigest() for key in (KEY, READER))
    return f"""
[[keys]]
name = "writer"
hash = "sha256:{first}"
user = "ada"
scopes = ["chat", "models:write"]

[[keys]]
name = "reader"
hash = "sha256:{second}"
user = "bob"
models = ["mock*"]
requests_per_minute = 2
"""


@contextmanager
def served(folder: Path, toml: str = "", upstream: MockOllama | None = None) -> Iterator[tuple[Server, MockOllama]]:
    """The server on a free port, with the fake Ollama as its connection `box`."""
    with upstream_in_thread(upstream or MockOllama(models=MODELS)) as there:
        box = f'[[connections]]\nname = "box"\nkind = "ollama"\nbase_url = "{there.base_url}"\n'
        with in_thread(loaded(folder, toml=toml + box)) as server:
            yield server, there
