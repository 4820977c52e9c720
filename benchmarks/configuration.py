"""The configuration that is measured: authentication, admission, run log, metrics and logging are all on.

`tests/flows/test_bench_configuration.py` holds it to that. The bounds are wide, so that nothing is refused, but
they are set: requests and tokens of each user are counted, and every call passes the engine's line and circuit.
"""

from __future__ import annotations

import hashlib

KEY = "-".join(("bench", "key", "of", "one", "run"))
"""What the load generator shows; worth nothing outside the run."""

SETTINGS = """\
[server]
host = "127.0.0.1"
port = {port}

[data]
dir = "{data}"

[[keys]]
name = "bench"
hash = "sha256:{key_hash}"
user = "bench"
tenant = "default"
scopes = ["chat", "observe"]

[[connections]]
name = "mock"
kind = "openai"
base_url = "http://127.0.0.1:{upstream}/v1"

[discovery]
ollama = false
openai_env = false
config_toml = false

[cache]
enabled = true

[queue]
max_concurrent = 9000
max_queue_size = 9000

[rates]
window_seconds = 60.0

[rates.user]
requests = 100000000
tokens = 100000000000

[log]
format = "json"
level = "info"

[metrics]
enabled = true
"""


def settings(*, port: int, upstream: int, data: str) -> str:
    """The text of `parlance.toml` for a run."""
    key_hash = hashlib.sha256(KEY.encode()).hexdigest()
    return SETTINGS.format(port=port, upstream=upstream, data=data, key_hash=key_hash)
