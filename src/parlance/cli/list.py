"""`parlance list`: the models, as `ollama list` prints them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from parlance.cli import figures, output
from parlance.cli.client import connected
from parlance.cli.tables import table

HEAD = ("NAME", "ID", "SIZE", "MODIFIED")
ID_DIGITS = 12


@click.command("list")
@click.argument("prefix", default="")
@output.json_option
def command(prefix: str, as_json: bool) -> None:
    """List the models whose names begin with PREFIX, or all."""
    answer = connected().ask("GET", "/api/tags")
    models = [m for m in answer["models"] if m["name"].lower().startswith(prefix.lower())]
    if as_json:
        output.emit({"models": models})
    else:
        now = datetime.now(UTC)
        output.lines(table([HEAD, *(row(model, now) for model in models)]))


def row(model: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """One model's line; a model of another machine has no size here."""
    size = figures.size(model["size"]) if model.get("size") else "-"
    modified = figures.distance(figures.moment(model.get("modified_at")), now)
    return model["name"], short(model), size, modified


def short(model: dict[str, Any]) -> str:
    """The beginning of a model's digest, which Ollama calls its id."""
    return str(model.get("digest") or "").removeprefix("sha256:")[:ID_DIGITS] or "-"
