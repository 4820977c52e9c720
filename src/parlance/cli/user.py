"""`parlance user`: the people of the running server. WHO is an address, a name or an id."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any, get_args
from urllib.parse import urlencode

import click

from parlance.cli import figures, output
from parlance.cli.client import ENDED, Client, asks, connected
from parlance.cli.exits import Exit, Failure
from parlance.cli.pages import PREFIX, every
from parlance.cli.tables import table
from parlance.values.accounts import Role
from parlance.values.texts import folded
from parlance.values.time import SECOND

HEAD = ("ID", "NAME", "ADDRESS", "ROLE", "STATE", "SEEN")
_ROLES = click.Choice(get_args(Role))
_hours = click.option("--hours", type=click.IntRange(1, 168), default=24, show_default=True, help="How long it holds.")


@click.group("user")
def command() -> None:
    """Look after the people of the running server.

    WHO is somebody's address, name or id. Only admins may do this; on the server's own machine everybody who can read
    its data folder is one.
    """


@command.command("list")
@click.argument("sought", default="")
@click.option("--role", type=_ROLES, help="Only those who have it.")
@output.json_option
def listed(sought: str, role: str | None, as_json: bool) -> None:
    """List users by name, all or those with SOUGHT in their name or address."""
    users = list(every(connected(), "users.list", "users", sought=sought, role=role or ""))
    if as_json:
        output.emit({"users": users})
    else:
        output.lines(table([HEAD, *(row(user, datetime.now(UTC)) for user in users)]))


@command.command("add")
@click.argument("name")
@click.option("--email", help="Address to sign in with; without one it is the name.")
@click.option("--role", type=_ROLES, help="What they are; else user.")
@click.option("--operator", is_flag=True, help="They may operate the whole server.")
@click.option("--password-stdin", is_flag=True, help="Read a first password from standard input, and make no link.")
@_hours
@output.json_option
def add(name: str, password_stdin: bool, operator: bool, hours: int, as_json: bool, **wishes: Any) -> None:
    """Make an account for NAME, and print a link with which they set their password, once.

    The first account or key ends use without one on this machine.
    """
    client = connected()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    given = {"name": name, "password": password, "operates": operator, **wishes}
    said = {field: value for field, value in given.items() if value not in (None, False)}
    free = not asks(client)
    user = client.ask("POST", f"{PREFIX}/users.create", said)
    link = None if password_stdin else made_link(client, user, hours)
    if as_json:
        output.emit({"user": user, **({} if link is None else {"link": link})})
    elif link is None:
        output.lines([f"added {user['name']} ({user['id']})"])
    else:
        show(link)
    if free and not as_json:
        click.echo(ENDED, err=True)


@command.command("reset-password")
@click.argument("who")
@_hours
@output.json_option
def reset_password(who: str, hours: int, as_json: bool) -> None:
    """Print a link with which WHO sets another password, once. It ends their sessions when it is used."""
    client = connected()
    link = made_link(client, found(client, who), hours)
    if as_json:
        output.emit(link)
    else:
        show(link)


@command.command("role")
@click.argument("who")
@click.argument("role", type=_ROLES)
@output.json_option
def role(who: str, role: str, as_json: bool) -> None:
    """Give WHO another role."""
    changed(who, as_json, f"is {role} now", role=role)


@command.command("disable")
@click.argument("who")
@output.json_option
def disable(who: str, as_json: bool) -> None:
    """Shut WHO out: sessions end, keys stop working, nothing is deleted."""
    changed(who, as_json, "is shut out", disabled=True)


@command.command("enable")
@click.argument("who")
@output.json_option
def enable(who: str, as_json: bool) -> None:
    """Let WHO in again."""
    changed(who, as_json, "may come in", disabled=False)


@command.command("sign-out")
@click.argument("who")
@output.json_option
def sign_out(who: str, as_json: bool) -> None:
    """End all sessions of WHO. Keys stay."""
    client = connected()
    done(client, "users.sign_out", "signed out", found(client, who), as_json)


@command.command("remove-second-factor")
@click.argument("who")
@output.json_option
def remove_second_factor(who: str, as_json: bool) -> None:
    """Let WHO sign in with the password alone: for who has lost the app and the recovery codes."""
    client = connected()
    done(client, "users.remove_second_factor", "took the second factor of", found(client, who), as_json)


@command.command("rm")
@click.argument("who")
@click.option("--yes", is_flag=True, help="Do not ask.")
@output.json_option
def rm(who: str, yes: bool, as_json: bool) -> None:
    """Delete WHO with all that is theirs, for good.

    That is chats, files, keys, and the bases that are theirs alone, with their documents. Bases that are
    shared with the tenant stay. A base that is to be kept is shared before, by WHO: in the page, or with `parlance do
    bases.change base=BASE access=tenant`.
    """
    client = connected()
    user = found(client, who)
    if not yes:
        goes = "with all chats and files, and the bases that are theirs alone with all documents"
        click.confirm(f"Delete {output.safe(user['name'])} {goes}, for good?", abort=True, err=True)
    done(client, "users.delete", "deleted", user, as_json)


def done(client: Client, operation: str, word: str, user: dict[str, Any], as_json: bool) -> None:
    """Do it to somebody, and say so. Raises Failure."""
    client.ask("POST", f"{PREFIX}/{operation}", {"user": user["id"]})
    if as_json:
        output.emit({"user": user["id"]})
    else:
        output.lines([f"{word} {user['name']} ({user['id']})"])


def changed(who: str, as_json: bool, became: str, **fields: Any) -> None:
    """Change somebody, and say so. Raises Failure."""
    client = connected()
    user = client.ask("POST", f"{PREFIX}/users.change", {"user": found(client, who)["id"], **fields})
    if as_json:
        output.emit(user)
    else:
        output.lines([f"{user['name']} {became}"])


def made_link(client: Client, user: dict[str, Any], hours: int) -> dict[str, Any]:
    """A new link for somebody, with a `url` in any case. Raises Failure."""
    link = client.ask("POST", f"{PREFIX}/users.password_link", {"user": user["id"], "hours": hours})
    return {**link, "url": link.get("url") or client.place.url + link["path"]}


def show(link: dict[str, Any]) -> None:
    """The link alone on standard output, what it is beside it."""
    click.echo(link["url"])
    ends = datetime.fromtimestamp(link["expires"] / SECOND, UTC)
    words = f"This link sets the password, once, until {ends:%Y-%m-%d %H:%M} UTC; it is not shown again."
    click.echo(words, err=True)


def found(client: Client, who: str) -> dict[str, Any]:
    """Who is meant: what somebody signs in with comes first, then a name that only one has, then an id. Raises
    Failure."""
    sought = folded(who.strip())
    near = list(every(client, "users.list", "users", sought=who.strip(), role="")) if sought else []
    signs_in = [user for user in near if folded(user.get("email") or user["name"]) == sought]
    named = signs_in or [user for user in near if folded(user["name"]) == sought]
    if len(named) > 1:
        ids = ", ".join(user["id"] for user in named)
        raise Failure(f"{len(named)} users are called {output.safe(who)!r}. Say which by an id: {ids}.")
    if named:
        return named[0]
    try:
        user: dict[str, Any] = client.ask("GET", f"{PREFIX}/users.read?{urlencode({'user': who})}")
    except Failure as failure:
        if failure.exit_code != Exit.MISSING:
            raise
        raise Failure(f"There is no user {output.safe(who)!r}.", Exit.MISSING, failure.status) from None
    return user


def row(user: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """One user's line."""
    seen = user.get("last_seen")
    at = None if seen is None else datetime.fromtimestamp(seen / SECOND, UTC)
    role = f"{user['role']}, operator" if user.get("operates") else user["role"]
    state = "disabled" if user.get("disabled") else "second factor" if user.get("has_totp") else "-"
    return user["id"], user["name"], user.get("email") or "-", role, state, figures.distance(at, now)
