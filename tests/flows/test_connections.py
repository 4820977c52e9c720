"""Connections that an operator adds while the server runs, over HTTP and by the verbs."""

from __future__ import annotations

import asyncio
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from parlance.cli.exits import Exit
from parlance.cli.main import main
from parlance.testing.servers import Server, as_process, environment
from parlance.testing.upstreams import MockOpenAI, in_thread
from parlance.testing.upstreams.behaviours import Behaviour
from tests.flows.callers import Answer, Caller, call_with, connection_toml, events, until
from tests.flows.test_backup_verbs import verb

KEY = "what-opens-the-lab-and-nobody-may-see-wxyz"


@pytest.fixture
def upstream() -> Iterator[MockOpenAI]:
    """An engine that nobody told the server of."""
    with in_thread(MockOpenAI(models=("mock", "mock-embed"))) as running:
        yield running


class Operator(Caller):
    """Whoever has the console token."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.port, server.console_token)

    async def told(self, operation: str, /, **fields: Any) -> Answer:
        """What comes of an operation."""
        return await self.ask(f"POST /parlance/v1/{operation}", fields)

    async def done(self, operation: str, /, **fields: Any) -> Any:
        """The same where it must go well."""
        answer = await self.told(operation, **fields)
        assert answer.status < 300, answer.body
        return answer.json if answer.body else None

    async def read(self, operation: str) -> Any:
        """What only reads."""
        answer = await self.ask(f"GET /parlance/v1/{operation}")
        assert answer.status == 200, answer.body
        return answer.json

    async def listed(self) -> dict[str, Any]:
        """Every connection by name."""
        return {one["name"]: one for one in (await self.read("connections.list"))["connections"]}

    async def models(self) -> list[str]:
        """The models that are offered."""
        return [card["id"] for card in await self.read("models.list")]


def everything(folder: Path) -> bytes:
    """All bytes below a folder: database, log, backups."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.slow
async def test_a_connection_is_tested_added_used_changed_and_removed(tmp_path: Path, upstream: MockOpenAI) -> None:
    """Without a restart; it is still there after one. Nothing of its key is anywhere to be read."""
    with as_process(tmp_path, "--log-level", "debug") as server:
        operator = Operator(server)
        wanted = {"base_url": upstream.base_url, "api_key": KEY}
        tried = await operator.done("connections.test", **wanted)
        assert tried["ok"] and tried["model_count"] == 2 and tried["milliseconds"] >= 0
        assert "mock" not in await operator.models()
        made = await operator.done("connections.create", name="lab", prefix="lab/", **wanted)
        assert await operator.models() == ["lab/mock", "quote", "lab/mock-embed", "all-minilm-l6-v2"]
        assert (await operator.chat("Hello", "lab/mock")).status == 200
        sent = upstream.calls_to("/chat/completions")[-1]
        assert sent.headers["authorization"] == f"Bearer {KEY}"
        embedded = await operator.ask("POST /v1/embeddings", {"model": "lab/mock-embed", "input": "Hello"})
        assert embedded.status == 200
        changed = await operator.done("connections.update", connection=made["id"], prefix="")
        assert (changed["key_ending"], changed["owner"]) == ("wxyz", "database")
        assert (await operator.chat("Hello again", "mock")).status == 200
        assert (await operator.chat("Hello", "lab/mock")).status == 404
    with as_process(tmp_path, "--log-level", "debug") as server:
        operator = Operator(server)
        told = await operator.listed()
        assert told["lab"]["standing"] == "used" and told["lab"]["id"] == made["id"]
        assert (await operator.chat("And once more", "mock")).status == 200
        assert upstream.calls_to("/chat/completions")[-1].headers["authorization"] == f"Bearer {KEY}"
        await operator.done("backups.make")
        said = json.dumps([told, made, changed, tried, await operator.read("audit.list")])
        await operator.done("connections.delete", connection=made["id"])
        assert (await operator.chat("Hello", "mock")).status == 404
        assert "lab" not in await operator.listed()
    assert "connection_deleted" not in said and "connection_made" in said and KEY[:-4] not in said
    assert KEY.encode() not in everything(tmp_path)
    [backup] = (tmp_path / "data" / "backups").glob("*.tar*")
    with tarfile.open(backup) as kept:
        content = b"".join(file.read() for each in kept if (file := kept.extractfile(each)) is not None)
    assert b"lab" in content and KEY.encode() not in content


async def test_answers_under_way_end_as_they_began(tmp_path: Path) -> None:
    """Whatever becomes of their connection: a change of it, and its end."""
    with in_thread(MockOpenAI(models=("mock",))) as upstream, as_process(tmp_path) as server:
        operator = Operator(server)
        made = await operator.done("connections.create", name="lab", base_url=upstream.base_url, max_concurrent=2)
        slow = "mock-p40-n20"
        await operator.done("connections.update", connection=made["id"], models=[slow, "mock"])
        answer = asyncio.create_task(operator.chat("What is slow", slow, stream=True))
        await until(lambda: call_with(upstream, "What is slow") is not None)
        await operator.done("connections.update", connection=made["id"], retries=0)
        assert (await operator.listed())["lab"]["serving"] == 1, "the line went over to the changed connection"
        await operator.done("connections.delete", connection=made["id"])
        assert not answer.done()
        assert (await operator.chat("Too late", slow)).status == 404
        whole = await answer
        assert len(whole.text.split()) == 20 and events(whole.body)[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.slow
async def test_what_the_file_owns_is_shown_and_wins(tmp_path: Path, upstream: MockOpenAI) -> None:
    """Its names are taken; one that it takes later hides what was added, until that has another name."""
    toml = connection_toml(upstream.base_url, "house", "mock", api_key=KEY)
    with as_process(tmp_path, toml=toml) as server:
        operator = Operator(server)
        house = (await operator.listed())["house"]
        assert (house["owner"], house["has_key"], house["key_ending"]) == ("file", True, "")
        assert house["origin"].startswith(str(tmp_path / "parlance.toml") + ":")
        for operation in ("connections.update", "connections.delete"):
            refused = await operator.told(operation, connection=house["id"])
            assert (refused.status, refused.json["code"]) == (409, "owned_by_file")
        refused = await operator.told("connections.create", name="house", base_url=upstream.base_url)
        assert (refused.status, refused.json["code"], refused.json["field"]) == (409, "name_taken", "name")
        assert (await operator.done("connections.test", connection=house["id"]))["model_count"] == 2
        made = await operator.done("connections.create", name="lab", base_url=upstream.base_url, prefix="lab/")
    toml += connection_toml(upstream.base_url, "lab", "mock", prefix="file/")
    with as_process(tmp_path, toml=toml) as server:
        operator = Operator(server)
        both = [one for one in (await operator.read("connections.list"))["connections"] if one["name"] == "lab"]
        assert [(one["owner"], one["standing"]) for one in both] == [("file", "used"), ("database", "hidden")]
        assert "lab/mock" not in await operator.models()
        await operator.done("connections.update", connection=made["id"], name="mine")
        assert {"lab/mock", "file/mock", "mock"} <= set(await operator.models())
    assert KEY[:-4] not in json.dumps([house, both])


WRONG: list[tuple[Behaviour, str, str]] = [
    (Behaviour.REFUSED, "upstream", "unreachable"),
    (Behaviour.UNAUTHORIZED, "upstream", "upstream_auth"),
    (Behaviour.INTERNAL_ERROR, "upstream", "engine_failed"),
    (Behaviour.HTML, "upstream", "not_json"),
    (Behaviour.REDIRECT, "upstream", "redirected"),
    (Behaviour.NOT_HTTP, "upstream", "bad_answer"),
]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that tests share which leave nothing behind."""
    with as_process(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.mark.parametrize(("behaviour", "kind", "code"), WRONG)
async def test_a_test_tells_what_is_wrong_and_nothing_more(
    bare: Server, behaviour: Behaviour, kind: str, code: str
) -> None:
    """In a kind, a code and a sentence; the key is in none of it, though the engine may say it back."""
    with in_thread(MockOpenAI(behaviour=behaviour)) as upstream:
        tried = await Operator(bare).done("connections.test", base_url=upstream.base_url, api_key=KEY)
    assert not tried["ok"] and (tried["error"]["kind"], tried["error"]["code"]) == (kind, code)
    assert tried["error"]["message"] and KEY not in json.dumps(tried) and KEY not in bare.log


async def test_what_went_wrong_is_listed_with_its_time(tmp_path: Path) -> None:
    """And how the circuit stands; a test does not disturb it."""
    with in_thread(MockOpenAI(behaviour=Behaviour.REFUSED)) as upstream, as_process(tmp_path) as server:
        operator = Operator(server)
        made = await operator.done(
            "connections.create", name="lab", base_url=upstream.base_url, models=["mock"], retries=0
        )
        for _ in range(5):
            assert (await operator.chat("Hello", "mock")).status == 502
        lab = (await operator.listed())["lab"]
        assert lab["circuit"] == "open" and lab["last_error"]["code"] == "unreachable"
        assert lab["last_error"]["at"] > made["created"] and lab["model_names"] == ["mock"]
        assert not (await operator.done("connections.test", connection=made["id"]))["ok"]
        changed = await operator.done("connections.update", connection=made["id"], retries=1)
        assert changed["circuit"] == "closed", "what was changed is given another chance"


async def test_nobody_but_operators_has_to_do_with_them(tmp_path: Path, upstream: MockOpenAI) -> None:
    """Who only sits at the machine has not either; an admin has the people of a tenant, not the server."""
    with as_process(tmp_path) as server:
        operator, local = Operator(server), Caller(server.port)
        made = await operator.done("connections.create", name="lab", base_url=upstream.base_url)
        for path in ("create", "update", "delete", "test"):
            body = {"create": {"name": "x"}, "delete": {"connection": made["id"]}}.get(path, {"connection": made["id"]})
            assert (await local.ask(f"POST /parlance/v1/connections.{path}", body)).status in (400, 403)
        assert (await local.ask("GET /parlance/v1/connections.list")).status == 403
        assert (await local.ask("POST /parlance/v1/connections.delete", {"connection": made["id"]})).status == 403


async def test_private_addresses_can_be_ruled_out(tmp_path: Path, upstream: MockOpenAI) -> None:
    """For what is added; the file may still name its own."""
    toml = "[admin_connections]\nprivate_addresses = false\n" + connection_toml(upstream.base_url, "house", "mock")
    with as_process(tmp_path, toml=toml) as server:
        operator = Operator(server)
        for operation, more in (("connections.create", {"name": "lab"}), ("connections.test", {})):
            refused = await operator.told(operation, base_url=upstream.base_url, **more)
            assert (refused.status, refused.json["code"], refused.json["field"]) == (400, "private_address", "base_url")
        assert (await operator.chat("Hello", "mock")).status == 200


@pytest.mark.slow
async def test_a_lost_secret_is_said_and_a_new_key_mends_it(tmp_path: Path, upstream: MockOpenAI) -> None:
    """The server does not start with another secret; told to, it has the connection without a key that opens."""
    with as_process(tmp_path) as server:
        operator = Operator(server)
        made = await operator.done("connections.create", name="lab", base_url=upstream.base_url, api_key=KEY)
    (tmp_path / "data" / "secret.key").unlink()
    with pytest.raises(ChildProcessError, match="another secret key"), as_process(tmp_path):
        pass
    with as_process(tmp_path, toml="[accounts]\naccept_new_secret = true\n") as server:
        operator = Operator(server)
        lab = (await operator.listed())["lab"]
        assert (lab["standing"], lab["last_error"]["code"]) == ("locked", "cannot_unseal")
        assert "mock" not in await operator.models()
        tried = await operator.done("connections.test", connection=made["id"])
        assert not tried["ok"] and tried["error"]["code"] == "cannot_unseal"
        await operator.done("connections.update", connection=made["id"], api_key=KEY)
        assert "mock" in await operator.models() and (await operator.listed())["lab"]["standing"] == "used"


# -- the verbs --------------------------------------------------------------------------------------------------------


class Typist:
    """Types verbs as the user of a server's folder does, and keeps what they printed."""

    def __init__(self, server: Server, **variables: str) -> None:
        self._environment = environment(server.folder, variables)
        self.said = ""

    def __call__(self, *words: str, input: str = "") -> Result:
        """`parlance connection …`."""
        done = CliRunner().invoke(main, ("connection", *words), input=input, env=self._environment)
        self.said += done.stdout + done.stderr
        return done


def test_the_verbs_do_the_same(tmp_path: Path, upstream: MockOpenAI) -> None:
    """Add, list, test, remove; a key is read from a variable or from standard input, and never printed."""
    toml = connection_toml(upstream.base_url, "house", "mock")
    with as_process(tmp_path, toml=toml) as server:
        typed = Typist(server, LAB_KEY=KEY)
        tested = typed("test", "--url", upstream.base_url, "--key-env", "LAB_KEY")
        assert tested.exit_code == 0 and tested.stdout.startswith("it answers: 2 models in ")
        words = ("--url", upstream.base_url, "--key-stdin", "--prefix", "lab/", "--test")
        added = typed("add", "lab", *words, input=KEY + "\n")
        assert added.exit_code == 0 and added.stdout.startswith("added lab ("), added.stderr
        head, *rows = typed("list").stdout.splitlines()
        assert head.split() == ["NAME", "KIND", "OWNER", "STATE", "MODELS", "KEY", "ADDRESS"]
        assert [row.split()[0] for row in rows] == ["house", "lab", "onnx", "quote"]
        assert "admins" in rows[1] and "…wxyz" in rows[1] and "settings (" in rows[0]
        assert typed("test", "lab").stdout.startswith("it answers: 2 models")
        listed = json.loads(typed("list", "--json").stdout)
        assert [kind["name"] for kind in listed["kinds"]] == ["openai", "ollama"]
        assert "aborted" in typed("remove", "lab", input="n\n").stderr.lower()
        assert typed("remove", "lab", "--yes").stdout == "removed lab\n"
        assert KEY not in typed.said


async def test_the_verbs_end_with_codes_that_scripts_understand(bare: Server) -> None:
    """And with the server's own sentence."""
    typed = Typist(bare)
    with in_thread(MockOpenAI(behaviour=Behaviour.UNAUTHORIZED)) as upstream:
        url = ("--url", upstream.base_url)
        for words, code, sentence in (
            (("test", *url), Exit.ERROR, "refused the key"),
            (("test", *url, "--json"), Exit.ERROR, ""),
            (("add", "lab", *url, "--test"), Exit.ERROR, "refused the key"),
            (("add", "lab", "--kind", "quote"), Exit.ERROR, "No engine of the kind"),
            (("add", "two words", *url), Exit.ERROR, "name"),
            (("test", "lab"), Exit.MISSING, "no connection called 'lab'"),
            (("remove", "lab", "--yes"), Exit.MISSING, "no connection called"),
            (("remove", "quote", "--yes"), Exit.ERROR, "Nobody added"),
            (("test",), Exit.USAGE, "--kind and --url"),
            (("add", "lab", "--key-stdin"), Exit.USAGE, "standard input is empty"),
            (("add", "lab", "--key-stdin", "--key-env", "X"), Exit.USAGE, "not both"),
            (("add", "lab", "--key-env", "NOT_SET_ANYWHERE"), Exit.USAGE, "NOT_SET_ANYWHERE is empty"),
        ):
            done = typed(*words, input="")
            assert (done.exit_code, sentence in done.stderr) == (code, True), (words, done.stdout, done.stderr)
    assert not [one for one in (await Operator(bare).listed()).values() if one["owner"] == "database"]
    made = json.loads(typed("add", "off", "--url", "http://127.0.0.1:9/v1", "--json").stdout)
    assert json.loads(typed("remove", "off", "--yes", "--json").stdout) == {"connection": made["id"]}


@pytest.mark.slow
def test_a_backup_brings_connections_back_with_their_keys(tmp_path: Path, upstream: MockOpenAI) -> None:
    """Where the secret comes with it: sealed under a passphrase."""
    (tmp_path / "phrase").write_text("correct horse battery\n")
    with as_process(tmp_path) as server:
        asyncio.run(_added(server, upstream))
        done = verb(tmp_path, "backup", "--passphrase-file", "phrase", "--json")
        name = json.loads(done.stdout)["name"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "phrase").write_text("correct horse battery\n")
    found = verb(other, "restore", str(tmp_path / "data" / "backups" / name), "--passphrase-file", "phrase")
    assert found.returncode == 0, found.stderr
    with as_process(other) as server:
        assert asyncio.run(_asked(server)) == 200
    assert upstream.calls_to("/chat/completions")[-1].headers["authorization"] == f"Bearer {KEY}"


async def _added(server: Server, upstream: MockOpenAI) -> None:
    await Operator(server).done("connections.create", name="lab", base_url=upstream.base_url, api_key=KEY)


async def _asked(server: Server) -> int:
    return (await Operator(server).chat("Hello", "mock")).status


async def test_what_no_connection_can_be_is_refused(upstream: MockOpenAI, tmp_path: Path) -> None:
    """The server's own address, also where it was found at the start only; fields that there are not; and a prefix with
    characters that nobody sees, or that turn around what stands behind them."""
    with as_process(tmp_path, toml='[[doors]]\nname = "second"\naddress = "127.0.0.1:0"\n') as server:
        operator = Operator(server)
        for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0"):
            for operation in ("connections.create", "connections.test"):
                own = await operator.told(operation, name="self", base_url=f"http://{host}:{server.port}/v1")
                assert (own.status, own.json["code"], own.json["field"]) == (400, "own_address", "base_url")
        odd = await operator.told("connections.create", name="lab", base_url=upstream.base_url, api_kye=KEY)
        assert odd.status == 422 and odd.json["detail"] == "The body does not fit: there is no field api_kye in it."
        other = await operator.told("connections.test", **{"base_url": upstream.base_url, "<b>Timeout": 1})
        assert (other.status, other.json["detail"]) == (422, "The body does not fit: it has an unknown field.")
        for sign in "\u202e\u2066\u200b\u200f\u2028\ufeff\x7f\x85\x00\U000e0041":
            turned = await operator.told(
                "connections.create", name="lab", base_url=upstream.base_url, prefix=f"a{sign}/"
            )
            assert turned.status in (400, 422), hex(ord(sign))
        made = await operator.done("connections.create", name="lab", base_url=upstream.base_url, prefix="büro-北京 1/")
        changed = await operator.told("connections.update", connection=made["id"], prefixes="")
        assert changed.status == 422 and "büro-北京 1/mock" in await operator.models()
