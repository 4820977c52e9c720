"""A data folder of the chatbot app comes in and goes out again: what that app wrote opens here, and what was written
here opens there, by the very calls that it makes."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from cryptography.fernet import Fernet

from parlance.testing.servers import Server, as_process
from tests.dialects.chatbot.served import CONFIG, DOOR, Browser, announced
from tests.flows.test_cli import printed, verb

SALT = bytes(range(100, 116))


def fernet(password: str, salt: bytes) -> Fernet:
    """The key as that app makes it."""
    return Fernet(base64.b64encode(hashlib.pbkdf2_hmac("sha256", password.encode(), salt, 100_000, 32)))


def write_app_folder(folder: Path) -> None:
    """Two people: one with an encrypted and an open set, one of the old form who never signed in."""
    hashes = {name: bcrypt.hashpw(b"pass-word", bcrypt.gensalt(4)).decode() for name in ("ada", "bob")}
    users: dict[str, Any] = {"ada": {"password": hashes["ada"], "tier": "premium"}, "bob": hashes["bob"]}
    users |= {"../evil": {"password": "x"}, "nobody": {}}
    own = folder / "user_sets" / "ada"
    own.mkdir(parents=True)
    (folder / "salts").mkdir()
    (folder / "users.json").write_text(json.dumps(users))
    (folder / "salts" / "ada_salt").write_bytes(SALT)
    sealed = fernet("pass-word", SALT)
    sets = {"default": {"created": 1700000000.25, "encrypted": True}, "old": {"created": 5.0, "encrypted": False}}
    (own / "sets.json").write_text(json.dumps(sets))
    (own / "default_memory.txt").write_bytes(sealed.encrypt("Mémory".encode()))
    (own / "default_history.json").write_bytes(sealed.encrypt(b'[["q", "a"]]'))
    (own / "old_history.json").write_text('[["one", "1"], ["two", "2"]]')
    (own / "unlisted_prompt.txt").write_bytes(sealed.encrypt(b"Rhyme."))


def served(folder: Path) -> Any:
    """The app, for verbs of the command line beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".config.yml").write_text(CONFIG)
    return as_process(folder, toml=DOOR)


@pytest.mark.slow
def test_what_the_app_wrote_opens_here_and_what_we_wrote_opens_there(tmp_path: Path) -> None:
    """People with hashes, tiers and salts; sets with all that is in them; what is odd is told and left out."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    write_app_folder(theirs)
    with served(tmp_path / "server") as server:
        told = json.loads(printed(server, "import", "chatbot", str(theirs), "--json"))
        assert (told["imported"], told["skipped"]) == (2, 0)
        assert {each["name"] for each in told["refused"]} == {"../evil", "nobody"}
        assert printed(server, "import", "chatbot", str(theirs)).startswith("0 new, 2 were there already")
        server_call(announced(server), _uses_what_came)
        assert "2 people" in printed(server, "export", "chatbot", str(ours))
        again = verb(server, "export", "chatbot", str(ours))
        assert again.returncode == 1 and "--force" in again.stderr
        printed(server, "export", "chatbot", str(ours), "--force")
    _is_readable_by_the_app(ours, theirs)


async def _uses_what_came(server: Server) -> None:
    """Signs in with the app's passwords, reads, and says something more."""
    browser = Browser(server)
    await browser.sign_in("ada", "pass-word")
    assert await browser.done("/load_set") == {
        "memory": "Mémory",
        "system_prompt": "You are a helpful AI assistant. Provide clear and concise answers to user queries.",
        "history": [["q", "a"]],
        "encrypted": True,
    }
    assert await browser.history("old") == [["one", "1"], ["two", "2"]]
    assert (await browser.done("/load_set", {"set_name": "unlisted"}))["system_prompt"] == "Rhyme."
    found = json.loads((await browser.raw("GET /get_sets"))[2])
    assert found["default"] == {"created": 1700000000.25, "encrypted": True} and found["old"]["encrypted"] is False
    assert await browser.say("more", model_name="gold") == "rich"
    bob = Browser(server)
    await bob.sign_in("bob", "pass-word")
    await bob.done("/update_memory", {"memory": "Bob's"})
    await bob.sign_in("bob", "pass-word")
    assert (await bob.done("/load_set"))["memory"] == "Bob's", "the salt that the first sign-in made stays"


def _is_readable_by_the_app(folder: Path, before: Path) -> None:
    """The contract's assertions about files (§11.7), by that app's own calls."""
    users = json.loads((folder / "users.json").read_text())
    assert users.keys() == {"ada", "bob"} and users["ada"]["tier"] == "premium" and users["bob"]["tier"] == "free"
    assert all(bcrypt.checkpw(b"pass-word", each["password"].encode()) for each in users.values())
    assert (folder / "salts" / "ada_salt").read_bytes() == SALT
    assert len((folder / "salts" / "bob_salt").read_bytes()) == 16
    own, sealed = folder / "user_sets" / "ada", fernet("pass-word", SALT)
    assert json.loads(sealed.decrypt((own / "default_history.json").read_bytes())) == [["q", "a"], ["more", "rich"]]
    assert sealed.decrypt((own / "default_memory.txt").read_bytes()).decode() == "Mémory"
    assert (own / "old_history.json").read_bytes() == (before / "user_sets/ada/old_history.json").read_bytes()
    sets = json.loads((own / "sets.json").read_text())
    assert sets.keys() == {"default", "old", "unlisted"} and sets["default"]["encrypted"] is True
    assert sets["default"]["created"] > 1700000000.25 and sets["old"] == {"created": 5.0, "encrypted": False}
    bob = fernet("pass-word", (folder / "salts" / "bob_salt").read_bytes())
    assert bob.decrypt((folder / "user_sets/bob/default_memory.txt").read_bytes()) == b"Bob's"
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*") if path.is_file())


def server_call(server: Server, work: Any) -> None:
    """Run what is asynchronous against a server that lives in another thread."""
    import asyncio

    asyncio.run(work(server))


@pytest.mark.slow
def test_what_is_no_such_folder_is_said_in_a_sentence(tmp_path: Path) -> None:
    """And a word that is not `chatbot` before a folder is a mistake of usage."""
    with served(tmp_path / "server") as server:
        empty = tmp_path / "empty"
        empty.mkdir()
        for text in (None, "[]", "{"):
            if text is not None:
                (empty / "users.json").write_text(text)
            refused = verb(server, "import", "chatbot", str(empty))
            assert refused.returncode == 1 and "users.json" in refused.stderr
        assert verb(server, "import", "other", str(empty)).returncode == 2
        assert verb(server, "export", "other", str(empty)).returncode == 2


@pytest.mark.slow
def test_moving_is_whole_for_each_person_and_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    """An import that met what it could not take, or broke off, is done again: who is there stays, the others come. An
    export over an earlier one leaves nothing of sets that are gone; one that breaks off leaves no list of people."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    write_app_folder(theirs)
    bad = theirs / "user_sets" / "bob"
    bad.mkdir()
    (bad / "one_memory.txt").write_text("taken whole or not at all")
    (bad / "no-set.name_prompt.txt").write_text("x")
    with served(tmp_path / "server") as server:
        told = json.loads(printed(server, "import", "chatbot", str(theirs), "--json"))
        assert (told["imported"], {each["name"] for each in told["refused"]}) == (1, {"bob", "../evil", "nobody"})
        assert json.loads(printed(server, "export", "chatbot", str(ours), "--json"))["people"] == 1
        (bad / "no-set.name_prompt.txt").unlink()
        told = json.loads(printed(server, "import", "chatbot", str(theirs), "--json"))
        assert (told["imported"], told["skipped"]) == (1, 1)
        (ours / "user_sets" / "ada" / "gone_memory.txt").write_text("of a set that was deleted since")
        printed(server, "export", "chatbot", str(ours), "--force")
        assert not (ours / "user_sets" / "ada" / "gone_memory.txt").exists()
        blocked = tmp_path / "blocked"
        (blocked / "user_sets" / "bob" / "sets.json" / "in the way").mkdir(parents=True)
        failed = verb(server, "export", "chatbot", str(blocked))
        assert failed.returncode == 1 and "sets.json" in failed.stderr and not (blocked / "users.json").exists()
        assert not list(blocked.rglob(".new-*")), "what was half written is gone"
    with served(tmp_path / "second") as other:
        told = json.loads(printed(other, "import", "chatbot", str(ours), "--json"))
        assert (told["imported"], told["refused"]) == (2, [])
        printed(other, "export", "chatbot", str(tmp_path / "again"))
    assert contents(tmp_path / "again") == contents(ours), "there and back nothing is another byte"


def contents(folder: Path) -> dict[str, bytes]:
    """All files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_somebody_with_as_much_as_may_be_kept_comes_and_goes(tmp_path: Path) -> None:
    """More than the door's usual bound on a body: sixty mebibytes in eight sets."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    write_app_folder(theirs)
    own = theirs / "user_sets" / "bob"
    own.mkdir()
    for at in range(8):
        (own / f"s{at}_history.json").write_bytes(b'[["' + b"%d" % at * 7_800_000 + b'", "a"]]')
    with served(tmp_path / "server") as server:
        told = json.loads(printed(server, "import", "chatbot", str(theirs), "--json"))
        assert told["imported"] == 2
        printed(server, "export", "chatbot", str(ours))
    for at in range(8):
        name = f"user_sets/bob/s{at}_history.json"
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()


def test_a_provider_of_the_apps_file_is_asked_by_name(tmp_path: Path) -> None:
    """As the app's own harness did: `ask --provider`, with the name as a connection has it."""
    from parlance.testing.upstreams import MockOpenAI, Script, in_thread

    with in_thread(MockOpenAI(models=("gpt",), script=Script(text="It does."))) as upstream:
        folder = tmp_path / "server"
        folder.mkdir()
        rest = f"type: openai, model_name: gpt, api_key: sk-1, base_url: '{upstream.base_url}'"
        (folder / ".config.yml").write_text(f"llms: [{{provider_name: the fast one, {rest}}}]")
        with as_process(folder, toml=DOOR) as server:
            assert "It does." in printed(server, "ask", "--provider", "the-fast-one", "Does it answer?")
            failed = verb(server, "ask", "--provider", "nobody", "Does it answer?")
            assert failed.returncode != 0 and "nobody" in failed.stderr
        assert upstream.calls_to("/v1/chat/completions")[-1].payload["model"] == "gpt"
