"""`parlance key`: keys of the running server, made, listed and ended."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

import click

from parlance.cli import figures, output, pages
from parlance.cli.client import ENDED, Client, asks, connected
from parlance.cli.completion import models as known_models
from parlance.cli.tables import table
from parlance.values.accounts import Scope
from parlance.values.time import SECOND

HEAD = ("ID", "NAME", "BEGINS", "USER", "SCOPES", "MODELS", "USED", "EXPIRES")
DAY = 86_400 * SECOND


@click.group("key")
def command() -> None:
    """Make, list and end keys of the running server.

    Keys in parlance.toml are not among them: see `parlance config new-key`.
    """


@command.command("new")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(get_args(Scope)), help="What it may do; else chat.")
@click.option("--model", "models", multiple=True, shell_complete=known_models, help="Pattern of models it may use.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="Days after which it ends; else never.")
@click.option("--keep-chats", is_flag=True, help="Keep what is said with it as chats.")
@click.option("--requests-per-minute", type=click.IntRange(min=1), help="Most requests in a minute.")
@click.option("--tokens-per-minute", type=click.IntRange(min=1), help="Most tokens in a minute.")
@click.option("--user", help="Id of the user it acts for, where the console token is shown; else yourself.")
@output.json_option
def new(name: str, days: float | None, as_json: bool, **wishes: Any) -> None:
    """Make the key NAME and print it, once: of it only a hash is kept.

    The first key or account ends use without one: from then on every program needs a key, on this machine too.
    """
    expires = None if days is None else time.time_ns() // 1000 + int(days * DAY)
    given = {"name": name, "expires": expires, **wishes}
    said = {field: value for field, value in given.items() if value not in (None, (), False)}
    client = connected()
    free = not asks(client)
    made = client.ask("POST", "/parlance/v1/keys.create", said)
    if as_json:
        output.emit(made)
        return
    click.echo(made["key"])
    click.echo("This is the key; it is not shown again.", err=True)
    if free:
        click.echo(ENDED, err=True)


@command.command("list")
@click.option("--user", default="", help="Id of a user, or * for everybody, for admins; else yourself.")
@output.json_option
def listed(user: str, as_json: bool) -> None:
    """List keys, newest first."""
    keys = list(every(connected(), user))
    if as_json:
        output.emit({"keys": keys})
    else:
        output.lines(table([HEAD, *(row(key, datetime.now(UTC)) for key in keys)]))


@command.command("revoke")
@click.argument("keys", nargs=-1, required=True, metavar="ID...")
@output.json_option
def revoke(keys: tuple[str, ...], as_json: bool) -> None:
    """End keys for good, one after the other, until one is not there."""
    client, ended = connected(), list[str]()
    try:
        for key in keys:
            client.ask("POST", "/parlance/v1/keys.revoke", {"key": key})
            ended.append(key)
            if not as_json:
                output.lines([f"revoked {key}"])
    finally:
        if as_json:
            output.emit({"revoked": ended})


def every(client: Client, user: str) -> Iterator[dict[str, Any]]:
    """All keys. Raises Failure."""
    return pages.every(client, "keys.list", "keys", user=user)


def row(key: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """One key's line."""
    expires = key.get("expires")
    used = figures.distance(_moment(key.get("last_used")), now)
    ends = "-" if expires is None else figures.distance(_moment(expires), now)
    words = (",".join(key.get("scopes", ("chat",))), ",".join(key.get("models", ("*",))))
    return key["id"], key["name"], key["prefix"], key["user"], *words, used, ends


def _moment(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at / SECOND, UTC)
