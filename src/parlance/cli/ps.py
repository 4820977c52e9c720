"""`parlance ps`: the models in memory, as `ollama ps` prints them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from parlance.cli import figures, output
from parlance.cli.client import connected
from parlance.cli.list import short
from parlance.cli.tables import table

HEAD = ("NAME", "ID", "SIZE", "PROCESSOR", "CONTEXT", "UNTIL")


@click.command("ps")
@click.argument("prefix", default="")
@output.json_option
def command(prefix: str, as_json: bool) -> None:
    """List the models in memory whose names begin with PREFIX, or all."""
    answer = connected().ask("GET", "/api/ps")
    models = [m for m in answer["models"] if m["name"].startswith(prefix)]
    if as_json:
        output.emit({"models": models})
    else:
        now = datetime.now(UTC)
        output.lines(table([HEAD, *(row(model, now) for model in models)]))


def row(model: dict[str, Any], now: datetime) -> tuple[str, ...]:
    """One model's line."""
    size, context = model.get("size") or 0, str(model.get("context_length") or 0)
    until = figures.moment(model.get("expires_at"))
    left = "Stopping..." if until is not None and until < now else figures.distance(until, now)
    return (
        model["name"],
        short(model),
        figures.size(size),
        processor(size, model.get("size_vram") or 0),
        context,
        left,
    )


def processor(size: int, in_vram: int) -> str:
    """Where the model's bytes lie, in percent."""
    if in_vram == 0:
        return "100% CPU"
    if in_vram == size:
        return "100% GPU"
    if in_vram > size or size == 0:
        return "Unknown"
    cpu = int((size - in_vram) / size * 100 + 0.5)
    return f"{cpu}%/{100 - cpu}% CPU/GPU"
