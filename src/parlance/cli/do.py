"""`parlance do`: any operation of the native API, by its name."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import click

from parlance.cli import bases, output
from parlance.cli.client import Client, connected
from parlance.cli.completion import operations
from parlance.cli.exits import Exit, Failure
from parlance.cli.pages import PREFIX

ONLY_READS = 405
"""The status by which a server says that an operation changes nothing, and is asked for in another way."""
REFUSED = (400, 422)
"""By which a server says that a field does not fit."""
EVENT_STREAM = "text/event-stream"


@click.command("do")
@click.argument("operation", shell_complete=operations)
@click.argument("fields", nargs=-1, metavar="[FIELD=TEXT|FIELD:=JSON]...")
@click.option("--wait", is_flag=True, help="Wait until the answers that it asked for have ended, and print them.")
@output.json_option
def command(operation: str, fields: tuple[str, ...], wait: bool, as_json: bool) -> None:
    """Do any OPERATION of the native API, and print what it gives as JSON.

    `title=Tea` is a text, `pinned:=true` or `models:='["quote"]'` is JSON. A `base` may be named as well as given by
    its id. All operations and their fields are in docs/reference/operations.md.
    """
    client, body = connected(), given(fields)
    try:
        value = resolved(client, operation, body)
    except Failure as failure:
        raise advised(failure, body) from None
    if not wait:
        output.emit(value)
        return
    runs = [ended(client, run) for run in begun(value)]
    if as_json:
        output.emit({"value": value, "runs": runs})
    else:
        output.lines(said(run) for run in runs)
    judge(runs)


def given(fields: Sequence[str]) -> dict[str, Any]:
    """The fields that were typed. Raises UsageError."""
    found = {}
    for text in fields:
        name, sign, value = text.partition("=")
        if not sign or not name.rstrip(":"):
            raise click.UsageError(f"{text!r} is no field: write FIELD=TEXT or FIELD:=JSON.")
        try:
            found[name.removesuffix(":")] = json.loads(value) if name.endswith(":") else value
        except ValueError:
            raise click.UsageError(f"What stands after {name}= is no JSON.") from None
    return found


def resolved(client: Client, operation: str, body: dict[str, Any]) -> Any:
    """What an operation gives. Where there is no base of an id, it may be the name of one. Raises Failure."""
    try:
        return done(client, operation, body)
    except Failure as failure:
        named = body.get("base")
        if failure.exit_code != Exit.MISSING or not isinstance(named, str):
            raise
        base = bases.sought(client, named)
        if base is None:
            listed = "`parlance do bases.list` shows the bases with their ids."
            raise Failure(f"{failure.message} {listed}", Exit.MISSING, failure.status) from None
        if base["id"] == named:
            raise
    return done(client, operation, {**body, "base": base["id"]})


def advised(failure: Failure, body: dict[str, Any]) -> Failure:
    """The same, with what to type where JSON was given as a text."""
    meant = [name for name, value in body.items() if isinstance(value, str) and is_json(value)]
    if failure.status not in REFUSED or not meant:
        return failure
    hint = f"What stands behind = is a text; JSON stands behind := as in {meant[0]}:='{body[meant[0]]}'."
    return Failure(f"{failure.message} {hint}", Exit(failure.exit_code), failure.status, failure.retry_after)


def is_json(text: str) -> bool:
    """Whether a text is JSON that is no text: an object, a list, a number, true, false or null."""
    try:
        return not isinstance(json.loads(text), str)
    except ValueError:
        return False


def done(client: Client, operation: str, body: dict[str, Any]) -> Any:
    """What an operation gives; null for nothing. Raises Failure."""
    path = f"{PREFIX}/{quote(operation, safe='')}"
    try:
        return client.ask("POST", path, body)
    except Failure as failure:
        if failure.status != ONLY_READS:
            raise
    query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    return client.ask("GET", f"{path}?{urlencode(query)}" if query else path)


def begun(value: Any) -> list[str]:
    """The runs that an operation has begun."""
    if not isinstance(value, dict):
        return []
    answers = value.get("answers") or [value]
    return [answer["run"] for answer in answers if answer.get("run")]


def ended(client: Client, run: str) -> dict[str, Any]:
    """A run, once it has ended. Raises Failure."""
    asked = urlencode({"run": run})
    client.save(f"{PREFIX}/runs.read?{asked}", io.BytesIO(), accept=EVENT_STREAM)
    snapshot: dict[str, Any] = client.ask("GET", f"{PREFIX}/runs.read?{asked}")
    return snapshot


def judge(runs: Sequence[dict[str, Any]]) -> None:
    """Raises Failure where an answer did not end well."""
    broken = next((run for run in runs if run["state"] in ("failed", "interrupted")), None)
    if broken is not None:
        raise Failure((broken.get("error") or {}).get("message") or f"The answer was {broken['state']}.")


def said(run: dict[str, Any]) -> str:
    """What a run answered, as text."""
    items = [item for choice in run.get("choices", ()) for item in choice.get("items", ())]
    return "".join(text(item.get("content", "")) for item in items if item.get("type") == "message")


def text(content: Any) -> str:
    """The text of a message's content, which may have parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content if isinstance(part, dict))
