"""`parlance connect`: writes or prints the settings by which a client finds this server."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from parlance.cli import output
from parlance.cli.client import Client, asks, connected
from parlance.cli.completion import models
from parlance.cli.connect_clients import RECIPES, USUAL_CONTEXT, Facts, Home, Model, Recipe
from parlance.cli.connect_text import Strange
from parlance.cli.exits import Exit, Failure
from parlance.cli.key import every
from parlance.cli.place import KEY_VARIABLE, Place

YOURS = "YOUR-KEY"
PRIVATE = 0o600
MOST_MODELS = 50
"""Models that a client is told of: a longer list in a menu helps nobody."""


class Key(NamedTuple):
    """A key for the client: none where none is needed, and `id` where it was made now."""

    text: str | None
    id: str | None = None


@click.command("connect")
@click.argument("name", metavar="CLIENT", type=click.Choice(list(RECIPES)))
@click.option("--model", help="Model to take; the server's default one when not given.", shell_complete=models)
@click.option("--write", is_flag=True, help="Change the client's settings file; what it was is copied beside it.")
@click.option("--file", type=click.Path(dir_okay=False, path_type=Path), help="Settings file, where it is another one.")
@click.option("--new-key", is_flag=True, help="Make a key also when only printing.")
@click.option("--keep-chats", is_flag=True, help="Let the key keep what is said with it as chats of yours.")
@output.json_option
def command(
    name: str, model: str | None, write: bool, file: Path | None, new_key: bool, keep_chats: bool, as_json: bool
) -> None:
    """Print the settings by which CLIENT finds this server, or write them.

    With --write, or --new-key, a key is made for it where the server asks for one: it may chat, and acts for you. One
    that --write finds in the file, made for this client and good still, stays. Without, YOUR-KEY stands in its place.
    """
    recipe, client = RECIPES[name], connected()
    if write and recipe.place is None:
        raise Failure(f"{recipe.title} keeps its settings where no other program can write. Say it without --write.")
    facts = told(client, model)
    place = file or (recipe.place(home(sys.platform, os.environ, Path.home())) if recipe.place else None)
    text = _read(place) if write and place else ""
    _changed(recipe, text, facts._replace(key=YOURS), place)  # before a key is made for nothing
    key = (
        kept_key(client, name, keep_chats, text) or key_for(client, name, keep_chats, os.environ.get(KEY_VARIABLE))
        if write or new_key
        else Key(YOURS if asks(client) else None)
    )
    facts = facts._replace(key=key.text)
    config = _changed(recipe, text, facts, place)
    backup = _write(client, key, place, config) if write and place else None
    _tell(recipe, facts, key, {"client": name, "file": place, "backup": backup, "config": config}, write, as_json)


def told(client: Client, model: str | None) -> Facts:
    """What the server has, and where it is. Raises Failure where it has no such model."""
    cards = client.ask("GET", "/parlance/v1/models.list")
    chats = [card for card in cards if "chat" in card.get("capabilities", ["chat"])]
    if model is not None:
        chats.sort(key=lambda card: card["id"] != model)  # what is asked for comes first
    if not chats or (model is not None and chats[0]["id"] != model):
        raise Failure("There is no such model. `parlance list` shows those there are.", Exit.MISSING)
    embedders = tuple(card["id"] for card in cards if "embed" in card.get("capabilities", ()))
    return Facts(f"{client.place.url}/v1", None, tuple(_model(card) for card in chats[:MOST_MODELS]), embedders)


def _model(card: dict[str, Any]) -> Model:
    can = card.get("capabilities", ())
    return Model(card["id"], card.get("context") or USUAL_CONTEXT, "tools" in can, "vision" in can)


def kept_key(client: Client, name: str, keep_chats: bool, text: str) -> Key | None:
    """The key in a client's file, where it was made for that client with the same wishes and is good still."""
    try:
        keys = [key for key in every(client, "") if key["name"] == name and key["prefix"] in text]
    except Failure:  # whoever has but a key may not list any
        return None
    for key in keys:
        if key.get("keep_chats", False) == keep_chats:
            for found in re.findall(re.escape(key["prefix"]) + r"[\w-]+", text):
                if _opens(client, found):
                    return Key(found)
    return None


def _opens(client: Client, key: str) -> bool:
    try:
        Client(Place(client.place.url, key)).ask("GET", "/v1/models")
    except Failure as failure:
        if failure.exit_code != Exit.NOT_PERMITTED:
            raise
        return False
    return True


def key_for(client: Client, name: str, keep_chats: bool, own: str | None) -> Key:
    """A new key for a client, if one is needed: the first one would end the time in which none is.

    Whoever has but a key of their `own` cannot make others, and gives that one. Raises Failure.
    """
    if not asks(client):
        if keep_chats:
            raise Failure(f"A key keeps chats, and {client.place.url} asks for none. Set keep_chats on its door.")
        return Key(None)
    wish = {"name": name, "scopes": ["chat"], "keep_chats": keep_chats}
    try:
        made = client.ask("POST", "/parlance/v1/keys.create", wish)
    except Failure as failure:
        if failure.exit_code != Exit.NOT_PERMITTED or own is None or keep_chats:
            raise
        return Key(own)
    return Key(made["key"], made["about"]["id"])


def home(platform: str, env: Mapping[str, str], folder: Path) -> Home:
    """A user's folders, by the rules of the system."""
    if platform == "win32":
        return Home(folder, Path(env.get("APPDATA") or folder / "AppData" / "Roaming"))
    return Home(folder, Path(env.get("XDG_CONFIG_HOME") or folder / ".config"))


def _changed(recipe: Recipe, text: str, facts: Facts, place: Path | None) -> str:
    try:
        return recipe.change(text, facts)
    except Strange as strange:
        raise Failure(f"{place} is left as it is: it {strange}.") from None


def _read(place: Path) -> str:
    try:
        return place.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"Cannot read {place}: {error}.") from None


def _write(client: Client, key: Key, place: Path, config: str) -> Path | None:
    """Replace the file whole, and give its copy. A key for a file that could not be written is taken back."""
    try:
        return replaced(place, config)
    except OSError as error:
        if key.id is not None:
            client.ask("POST", "/parlance/v1/keys.revoke", {"key": key.id})
        raise Failure(f"Cannot write {place}: {error.strerror}.") from None


def replaced(place: Path, content: str) -> Path | None:
    """Write a file, which may be a link, and keep a copy of what it was beside it. A new one is its owner's alone."""
    place = place.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    copy = None
    if place.exists():
        copy = next(p for n in range(1000) if not (p := place.with_name(f"{place.name}.before{n or ''}")).exists())
        shutil.copy2(place, copy)
    handle, fresh = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
        if copy is not None:
            shutil.copymode(copy, fresh)
        os.replace(fresh, place)
    except BaseException:
        os.unlink(fresh)
        raise
    return copy


def _tell(recipe: Recipe, facts: Facts, key: Key, about: dict[str, Any], written: bool, as_json: bool) -> None:
    steps = list(recipe.steps(facts))
    if as_json:
        texts = {name: value if value is None else str(value) for name, value in about.items()}
        output.emit({**texts, "written": written, "key": key.id, "steps": steps})
        return
    if written:
        output.lines([f"wrote {about['file']}", *([f"what it was: {about['backup']}"] if about["backup"] else [])])
    elif about["config"]:
        click.echo(f"For {about['file']}, or with --write:\n", err=True)
        output.lines([about["config"]])
    output.lines(steps)
