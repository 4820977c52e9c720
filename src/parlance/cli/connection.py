"""`parlance connection`: the connections of the running server to its engines."""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from parlance.cli import output
from parlance.cli.client import Client, connected
from parlance.cli.exits import Exit, Failure
from parlance.cli.figures import counted
from parlance.cli.pages import PREFIX
from parlance.cli.tables import table

HEAD = ("NAME", "KIND", "OWNER", "STATE", "MODELS", "KEY", "ADDRESS")
OWNERS = {"file": "settings", "database": "admins", "found": "found", "built_in": "built in"}
STANDINGS = {"off": "off", "hidden": "hidden by the settings", "locked": "key cannot be opened", "unfit": "no engine"}
CIRCUITS = {"closed": "used", "open": "left alone", "half_open": "being tried"}

_kind = click.option("--kind", help="`openai`, `ollama` or an engine that a plug-in brought; else openai.")
_url = click.option("--url", "base_url", help="Address of its API; else the kind's usual one.")
_key_stdin = click.option("--key-stdin", is_flag=True, help="Read its key from standard input.")
_key_env = click.option("--key-env", metavar="VARIABLE", help="Take its key from this variable of yours.")


@click.group("connection")
def command() -> None:
    """Look after the connections of the running server to its engines.

    Those in parlance.toml are shown, and changed there. Only operators may do this; on the server's own machine
    everybody who can read its data folder is one.
    """


@command.command("list")
@output.json_option
def listed(as_json: bool) -> None:
    """List connections: whose they are, how they fare, and what went wrong last."""
    found = connected().ask("GET", f"{PREFIX}/connections.list")
    if as_json:
        output.emit(found)
        return
    output.lines(table([HEAD, *(row(one) for one in found["connections"])]))
    for one in found["connections"]:
        if one.get("last_error"):
            output.lines([f"{one['name']}: {sentence(one['last_error'])}"])


@command.command("add")
@click.argument("name")
@_kind
@_url
@_key_stdin
@_key_env
@click.option("--prefix", help="Put before its models' names, such as `work/`.")
@click.option("--model", "models", multiple=True, help="A model to offer; without any it is asked which there are.")
@click.option("--max-concurrent", type=click.IntRange(min=1), help="Most calls at once; else as the settings say.")
@click.option("--test", "tests", is_flag=True, help="Ask it for its models first, and add it only if it answers.")
@output.json_option
def add(name: str, key_stdin: bool, key_env: str | None, tests: bool, as_json: bool, **wishes: Any) -> None:
    """Add the connection NAME. It is used at once."""
    said = {"name": name, **described(wishes, key_stdin, key_env)}
    client = connected()
    if tests:
        must_answer(client.ask("POST", f"{PREFIX}/connections.test", said))
    made = client.ask("POST", f"{PREFIX}/connections.create", said)
    if as_json:
        output.emit(made)
    else:
        output.lines([f"added {made['name']} ({made['id']})"])


@command.command("test")
@click.argument("name", required=False)
@_kind
@_url
@_key_stdin
@_key_env
@output.json_option
def test(name: str | None, key_stdin: bool, key_env: str | None, as_json: bool, **wishes: Any) -> None:
    """Ask an engine for its models.

    That of the connection NAME, as it is or with what is given besides; without a name one that is not added yet.
    """
    said = described(wishes, key_stdin, key_env)
    if name is None and not said:
        raise click.UsageError("Name a connection, or say with --kind and --url what to ask.")
    client = connected()
    if name is not None:
        said["connection"] = named(client, name)["id"]
    result = client.ask("POST", f"{PREFIX}/connections.test", said)
    if as_json:
        output.emit(result)
        if not result["ok"]:
            raise SystemExit(Exit.ERROR)
        return
    must_answer(result)
    count = result.get("model_count", 0)
    output.lines([f"it answers: {counted(count, 'model')} in {result['milliseconds']} ms"])


@command.command("remove")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output.json_option
def remove(name: str, yes: bool, as_json: bool) -> None:
    """Remove the connection NAME with its key. Answers that are under way end as they began."""
    client = connected()
    found = named(client, name)
    if not yes:
        click.confirm(f"Remove the connection {output.safe(found['name'])} and its key?", abort=True, err=True)
    client.ask("POST", f"{PREFIX}/connections.delete", {"connection": found["id"]})
    if as_json:
        output.emit({"connection": found["id"]})
    else:
        output.lines([f"removed {found['name']}"])


def described(wishes: dict[str, Any], key_stdin: bool, key_env: str | None) -> dict[str, Any]:
    """What was said of a connection. A key is never an argument: every user of a machine can read those. Raises
    Failure."""
    if key_stdin and key_env:
        raise click.UsageError("Either --key-stdin or --key-env, not both.")
    said = {field: value for field, value in wishes.items() if value not in (None, ())}
    if key_stdin:
        said["api_key"] = sys.stdin.readline().strip()
    elif key_env:
        said["api_key"] = os.environ.get(key_env, "").strip()
    if said.get("api_key") == "":
        where = "standard input" if key_stdin else f"the variable {key_env}"
        raise Failure(f"There is no key: {where} is empty.", Exit.USAGE)
    return said


def named(client: Client, name: str) -> dict[str, Any]:
    """The connection of this name or id. Raises Failure."""
    every = client.ask("GET", f"{PREFIX}/connections.list")["connections"]
    found: dict[str, Any] | None = next((one for one in every if name in (one["name"], one["id"])), None)
    if found is None:
        raise Failure(f"There is no connection called {output.safe(name)!r}.", Exit.MISSING)
    return found


def must_answer(result: dict[str, Any]) -> None:
    """Raises Failure with what went wrong, where it did."""
    if not result["ok"]:
        raise Failure(sentence(result["error"]))


def sentence(error: dict[str, Any]) -> str:
    """What went wrong, and what to do."""
    return " ".join(text for text in (error["message"], error.get("hint")) if text)


def row(one: dict[str, Any]) -> tuple[str, ...]:
    """One connection's line."""
    state = STANDINGS.get(one["standing"]) or CIRCUITS[one["circuit"]]
    key = "-" if not one["has_key"] else f"…{one['key_ending']}" if one["key_ending"] else "set"
    owner = OWNERS[one["owner"]] + (f" ({one['origin']})" if one["origin"] else "")
    return one["name"], one["kind"], owner, state, str(one["model_count"]), key, one["base_url"] or "-"
