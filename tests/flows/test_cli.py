"""Every verb against a real server with an Ollama behind it: what it prints, its JSON, its exit code, and its speed."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parlance.cli.main import VERBS
from parlance.testing.servers import Server, as_process, environment, in_thread, loaded
from parlance.testing.upstreams import MockOllama, Script
from parlance.testing.upstreams import in_thread as upstream

PATIENCE = 30.0
"""Seconds for a verb on a machine with other work."""
QUICK = 0.150 * 4
"""The promise for a verb, with room for a busy machine."""


@pytest.fixture(scope="module")
def ollama() -> Iterator[MockOllama]:
    """The engine behind the server."""
    with upstream(MockOllama(script=Script(text="Well met."))) as fake:
        yield fake


@pytest.fixture(scope="module")
def server(ollama: MockOllama, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server as people start it, with a second door."""
    toml = f'[[connections]]\nname = "work"\nkind = "ollama"\nbase_url = "{ollama.origin}"\n'
    with as_process(tmp_path_factory.mktemp("server"), "--door", "ollama=127.0.0.1:0", toml=toml) as running:
        yield running


@pytest.fixture
def slow(ollama: MockOllama) -> Iterator[MockOllama]:
    """The engine, talking for forty seconds."""
    usual, ollama.script = ollama.script, Script(per_token=0.02, tokens=2000)
    yield ollama
    ollama.script = usual


def verb(
    server: Server | Path, *words: str, stdin: str = "", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a verb in the home of the server's user; a path stands for a home without a server."""
    folder = server.folder if isinstance(server, Server) else server
    return subprocess.run(
        [sys.executable, "-m", "parlance", *words],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        cwd=folder,
        env=environment(folder, env),
    )


def printed(server: Server | Path, *words: str, stdin: str = "") -> str:
    """What a verb prints that must succeed."""
    done = verb(server, *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_list_prints_what_ollama_prints(server: Server) -> None:
    """Names, ids, sizes and ages in columns; the default model first; a prefix chooses."""
    head, first, *_ = printed(server, "list").splitlines()
    assert re.fullmatch(r"NAME +ID +SIZE +MODIFIED +", head)
    assert re.fullmatch(r"mock:latest +[0-9a-f]{12} +1\.0 MB +\d+ \w+ ago +", first)
    assert first.index("1.0") == head.index("SIZE")
    assert [line.split()[0] for line in printed(server, "ls", "mock-e").splitlines()] == ["NAME", "mock-embed:latest"]


def test_ps_and_stop_follow_a_model(server: Server) -> None:
    """It is there after a chat, and gone when it was stopped."""
    printed(server, "run", "mock", "hello")
    head, row = printed(server, "ps").splitlines()
    assert head.split() == ["NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL"]
    assert re.fullmatch(r"mock:latest +[0-9a-f]{12} +1\.0 MB +100% CPU +4096 +Forever +", row)
    assert printed(server, "stop", "mock") == ""
    assert len(printed(server, "ps").splitlines()) == 1


def test_show_prints_its_sections(server: Server) -> None:
    """Or one part as it is, or JSON."""
    assert printed(server, "show", "mock").startswith("  Model\n    architecture        mock    \n")
    assert "  Metadata\n" in printed(server, "show", "mock", "--verbose")
    assert printed(server, "show", "mock", "--template") == "{{ .Prompt }}"
    assert printed(server, "show", "mock", "--license") == "Apache-2.0\n"
    assert json.loads(printed(server, "show", "mock", "--json"))["details"]["family"] == "mock"
    assert verb(server, "show", "mock", "--license", "--system").returncode == 2


def test_pull_cp_and_rm_change_the_store(server: Server) -> None:
    """Each says what it did, progress on standard error."""
    pulled = verb(server, "pull", "small", "--insecure")
    assert (pulled.returncode, pulled.stdout) == (0, "")
    assert pulled.stderr.splitlines()[0] == "pulling manifest" and pulled.stderr.endswith("\nsuccess\n")
    assert printed(server, "cp", "small", "other") == "copied 'small' to 'other'\n"
    assert printed(server, "rm", "small", "other") == "deleted 'small'\ndeleted 'other'\n"
    again = verb(server, "rm", "small", "--json")
    assert (again.returncode, json.loads(again.stdout)) == (3, {"deleted": []})


def test_run_answers_once(server: Server, ollama: MockOllama) -> None:
    """With words of the command line and of another program; two empty lines end the answer."""
    assert printed(server, "run", "mock", "two", "words", "--system", "Brief", stdin="piped") == "Well met.\n\n"
    sent = ollama.calls_to("/api/chat")[-1].payload["messages"]
    assert [(m["role"], m["content"]) for m in sent] == [("system", "Brief"), ("user", "piped two words")]
    told = verb(server, "run", "mock", "hi", "--think", "--verbose", "--format", "json", "--keepalive", "5m")
    assert told.stdout.startswith("Thinking...\n")
    assert "eval count:" in told.stderr
    assert "Thinking" not in printed(server, "run", "mock", "hi", "--think=high", "--hidethinking")
    assert verb(server, "run", "mock", "hi", "--format", "yaml").returncode == 2


def test_run_fetches_what_is_not_there(server: Server) -> None:
    """And then answers; without a prompt it only loads."""
    done = verb(server, "run", "fresh", "hi", "--insecure")
    assert (done.returncode, done.stdout) == (0, "Well met.\n\n")
    assert done.stderr.endswith("success\n")
    assert printed(server, "run", "fresh") == ""
    assert "fresh" in printed(server, "ps")
    printed(server, "rm", "fresh")


def test_ask_and_chat_know_the_default_model(server: Server) -> None:
    """Ask prints the answer alone; a connection may be named."""
    assert printed(server, "ask", "who?") == "Well met.\n"
    assert printed(server, "ask", "--connection", "work", "--model", "mock-embed", "x", "--system", "s") != ""
    assert printed(server, "chat", "hi") == "Well met.\n\n"
    assert printed(server, "chat", "--model", "mock", stdin="hi") == "Well met.\n\n"
    assert verb(server, "ask").returncode == 2
    missing = verb(server, "ask", "--connection", "nowhere", "who?")
    assert missing.returncode == 3 and "nowhere" in missing.stderr


JSON = {
    "run": ("mock", "hi"),
    "chat": ("hi",),
    "ask": ("hi",),
    "list": (),
    "ps": (),
    "show": ("mock",),
    "pull": ("json-one",),
    "cp": ("mock", "json-two"),
    "rm": ("json-two",),
    "stop": ("mock",),
    "do": ("chats.send", "text=hi", "--wait"),
    "export": ("exported.json", "--force"),
    "import": (str(Path(__file__).parent.parent / "fixtures" / "chats.json"),),
    "index": (str(Path(__file__).parent.parent / "fixtures" / "papers"), "--base", "Papers", "--create"),
    "search": ("Papers", "tea"),
    "user": ("list",),
    "key": ("list",),
    "connect": ("env",),
    "connection": ("list",),
    "config": ("show",),
    "completion": ("zsh",),
    "doctor": ("--quick",),
}


@pytest.mark.parametrize("name", JSON)
def test_every_verb_speaks_json(server: Server, name: str) -> None:
    """One value on standard output, or for a download one on each line."""
    if name == "rm":  # it is run once more where it fails at first, and then there is nothing to remove
        printed(server, "cp", "mock", *JSON[name])
    out = printed(server, name, *JSON[name], "--json")
    values = [json.loads(line) for line in out.splitlines()] if name == "pull" else [json.loads(out)]
    assert values[-1]


def test_no_verb_is_left_out() -> None:
    """Serve, worker, mcp and evaluate have tests of their own, and so have those that back up and restore."""
    assert set(JSON) | {"serve", "worker", "mcp", "evaluate", "backup", "restore"} == set(VERBS)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "nowhere"), 3),
        (("stop", "nowhere"), 3),
        (("cp", "nowhere", "x"), 3),
        (("rm", "nowhere"), 3),
        (("pull", "missing-one"), 3),
        (("run", "missing-one", "hi"), 3),
        (("ask", "--model", "nowhere", "hi"), 3),
        (("run", "mock", "--json"), 2),
        (("cp", "mock"), 2),
    ],
)
def test_failures_have_their_exit_code(server: Server, words: tuple[str, ...], code: int) -> None:
    """And one sentence on standard error."""
    done = verb(server, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize("name", sorted(set(JSON) - {"config", "completion", "doctor"}))
def test_without_a_server_every_client_ends_with_69(tmp_path: Path, name: str) -> None:
    """The sentence says how to start one."""
    done = verb(tmp_path, name, *JSON[name], env={"PARLANCE_URL": "http://127.0.0.1:9"})
    assert (done.returncode, done.stdout) == (69, "")
    assert "parlance serve" in done.stderr


def test_a_verb_is_quick(server: Server) -> None:
    """From the shell to its last line, the best of three."""
    spent = []
    for _ in range(3):
        began = time.perf_counter()
        printed(server, "list")
        spent.append(time.perf_counter() - began)
    assert min(spent) < QUICK


def test_who_may_not_is_told(tmp_path: Path) -> None:
    """A wrong key, and one without the scope; the console token of this machine may all."""
    made = json.loads(verb(tmp_path, "config", "new-key", "--user", "ann", "--json").stdout)
    with in_thread(loaded(tmp_path, toml=made["toml"])) as server:
        place = {"PARLANCE_URL": server.url}
        wrong = verb(tmp_path, "list", env=place | {"PARLANCE_API_KEY": "sk-wrong"})
        assert wrong.returncode == 77 and "key" in wrong.stderr
        ann = place | {"PARLANCE_API_KEY": made["key"]}
        assert verb(tmp_path, "list", env=ann).returncode == 0
        forbidden = verb(tmp_path, "rm", "quote", env=ann)
        assert forbidden.returncode == 77 and "models:write" in forbidden.stderr
        assert verb(tmp_path, "list", env=place).returncode == 0
        nobody = verb(tmp_path, "list", env=place | {"PARLANCE_DATA_DIR": str(tmp_path / "other")})
        assert nobody.returncode == 77 and "PARLANCE_API_KEY" in nobody.stderr


def test_where_nothing_can_be_fetched_the_model_is_missing(tmp_path: Path) -> None:
    """A server with only the built-in engine answers from it, and knows no other name."""
    with in_thread(loaded(tmp_path)) as server:
        place = {"PARLANCE_URL": server.url}
        assert "This is no language model" in verb(tmp_path, "chat", "hi", env=place).stdout
        done = verb(tmp_path, "run", "nowhere", "hi", env=place)
        assert done.returncode == 3 and "nowhere" in done.stderr
        assert verb(tmp_path, "pull", "nowhere", env=place).returncode == 1


def test_settings_that_cannot_be_used_end_with_78(tmp_path: Path) -> None:
    """For the server, for its clients, and for the doctor a fault."""
    bad = {"PARLANCE_SERVER_PORT": "many"}
    assert verb(tmp_path, "serve", env=bad).returncode == 78
    assert verb(tmp_path, "list", env=bad).returncode == 78
    sick = verb(tmp_path, "doctor", env=bad)
    assert sick.returncode == 1 and "FAIL  settings:" in sick.stdout


def test_the_doctor_tells_line_by_line(server: Server) -> None:
    """What is well, and for the rest what to do."""
    told = printed(server, "doctor", "--quick", "--config", str(server.folder / "parlance.toml"))
    assert "ok    engine work:" in told and "ok    data folder:" in told
    assert re.search(rf"ok    server: +Parlance answers at {server.url}\n", told) and " port:" not in told


def test_serve_announces_itself(tmp_path: Path) -> None:
    """As JSON where that is asked for, and for other verbs by the address in the data folder, until it ends."""
    env = {"PARLANCE_DISCOVERY_OLLAMA": "false", "PARLANCE_LOG_LEVEL": "error"}
    command = [sys.executable, "-m", "parlance", "serve", "--json", "--port", "0", "--door", "openai=127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(tmp_path, env), cwd=tmp_path) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            assert set(told["addresses"]) == {"default", "openai"}
            assert Path(told["console_token"]).stat().st_mode & 0o077 == 0
            assert (tmp_path / "data" / "address").read_text().strip() == told["addresses"]["default"]
            assert verb(tmp_path, "list").returncode == 0
            port = told["addresses"]["default"].rpartition(":")[2]
            second = verb(tmp_path / "data", "serve", "--port", port)
            assert second.returncode == 1 and f"127.0.0.1:{port}" in second.stderr
            assert f"--port {int(port) + 1}" in second.stderr and f"make run PORT={int(port) + 1}" in second.stderr
        finally:
            process.terminate()
    assert process.returncode == 0
    assert not (tmp_path / "data" / "address").exists()


def test_a_second_server_on_a_data_folder_is_refused(server: Server) -> None:
    """With a sentence that names the first, which keeps its address; one without a folder is served beside it."""
    assert server.process is not None
    second = verb(server, "serve", "--port", "0")
    assert (second.returncode, second.stdout) == (75, "")
    assert f"(process {server.process.pid}, {server.url})" in second.stderr
    assert str(server.folder / "data") in second.stderr and "--data" in second.stderr
    assert printed(server, "list")
    with as_process(server.folder, "--ephemeral") as third:
        assert third.url != server.url
    assert printed(server, "list")


def test_serve_says_what_keeps_others_out(tmp_path: Path) -> None:
    """A wide door without a key is told at the start, with the sub-path at which it is found."""
    settings = {"PARLANCE_DISCOVERY_OLLAMA": "false", "PARLANCE_SERVER_BASE_PATH": "/ai"}
    command = [sys.executable, "-m", "parlance", "serve", "--host", "0.0.0.0", "--port", "0"]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, env=environment(tmp_path, settings), cwd=tmp_path
    ) as process:
        assert process.stderr is not None
        try:
            assert process.stderr.readline().strip().endswith(b"/ai")
            assert b"parlance config new-key --user NAME" in process.stderr.readline()
        finally:
            process.terminate()


@pytest.mark.parametrize(("key", "named"), [("absent.pem", "server.tls_key"), ("empty.pem", "server.tls_cert and")])
def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, key: str, named: str) -> None:
    """Nobody is sent looking for another port."""
    (tmp_path / "empty.pem").touch()
    told = verb(tmp_path, "serve", "--port", "0", "--tls-cert", "empty.pem", "--tls-key", key)
    assert told.returncode == 1 and named in told.stderr and "--port" not in told.stderr


def test_a_door_that_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    """With the exit code of configuration errors."""
    done = verb(tmp_path, "serve", "--door", "nonsense=127.0.0.1:0", "--port", "0")
    assert done.returncode == 78 and "nonsense" in done.stderr


def test_ctrl_c_ends_a_verb_and_its_answer(server: Server, slow: MockOllama) -> None:
    """The exit code is the shell's, nothing is traced, and the model stops."""
    command = [sys.executable, "-m", "parlance", "run", "mock", "hi"]
    env = environment(server.folder)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stderr.read().decode()
    assert process.returncode == 130
    deadline = time.monotonic() + 10
    while slow.active and time.monotonic() < deadline:
        time.sleep(0.01)
    assert slow.active == 0


TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "parlance", *sys.argv[1:]])
"""
"""Makes a terminal the one that Ctrl-C comes from, then becomes the verb. Forking a process with threads is unsafe."""


class Terminal:
    """A verb on a terminal of its own, as a person sees it."""

    def __init__(self, server: Server, *words: str, **env: str) -> None:
        self.output = ""
        self._descriptor, inner = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *words],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=server.folder,
            env=environment(server.folder, {"TERM": "xterm", "COLUMNS": "40", "LINES": "24", **env}),
            start_new_session=True,
        )
        os.close(inner)

    def until(self, text: str, times: int = 1) -> str:
        """Read until the text was written so often."""
        deadline = time.monotonic() + PATIENCE
        while self.output.count(text) < times:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._descriptor], [], [], left)[0], self.output
            self.output += os.read(self._descriptor, 65536).decode()
        return self.output

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._descriptor, text.encode())

    def ended(self) -> int:
        """The exit code."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if select.select([self._descriptor], [], [], 0.05)[0]:
                try:
                    self.output += os.read(self._descriptor, 65536).decode()
                except OSError:  # Linux says so when the other side is gone
                    break
        os.close(self._descriptor)
        return self._process.wait(PATIENCE)


def test_a_person_talks_in_turns(server: Server, slow: MockOllama) -> None:
    """Prompt, answer, Ctrl-C in the middle of one, `/bye`."""
    terminal = Terminal(server, "run", "mock")
    terminal.until(">>> ")
    terminal.type("hi\r")
    terminal.until("tok3")
    terminal.type("\x03")
    terminal.until(">>> ", 2)
    terminal.type("/set think\r")
    terminal.until(">>> ", 3)
    terminal.type("/bye\r")
    assert terminal.ended() == 0


def test_colours_are_for_terminals_that_want_them(server: Server) -> None:
    """Thoughts are grey, and plain with NO_COLOR."""
    for env, escape in (({}, "\x1b[90mThinking..."), ({"NO_COLOR": "1"}, "\nThinking...")):
        terminal = Terminal(server, "run", "mock", **env)
        terminal.until(">>> ")
        terminal.type("/set think\r")
        terminal.until(">>> ", 2)
        terminal.type("hi\r")
        assert escape in terminal.until("done thinking.").replace("\r\n", "\n")
        terminal.until(">>> ", 3)
        terminal.type("\x04")
        assert terminal.ended() == 0


def test_downloads_are_bars_on_a_terminal(server: Server) -> None:
    """Drawn on one line."""
    terminal = Terminal(server, "pull", "barred")
    assert terminal.ended() == 0
    assert "█▏" in terminal.output and "\r\x1b[K" in terminal.output
