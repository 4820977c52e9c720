"""What verbs write: JSON or text on standard output, everything passing on standard error."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
CLEAR_LINE = "\r\x1b[K"
GREY, PLAIN = "\x1b[90m", "\x1b[0m"


def emit(value: object) -> None:
    """A value as indented JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def emit_line(value: object) -> None:
    """A value as JSON on one line, at once."""
    click.echo(json.dumps(value, ensure_ascii=False))
    sys.stdout.flush()


def lines(texts: Iterable[str]) -> None:
    """Lines of text."""
    for text in texts:
        click.echo(safe(text))


def safe(text: str) -> str:
    """Text without what would command the terminal: models and servers write it, not we."""
    return text.translate(_COMMANDS)


_COMMANDS = {code: None for code in (*range(32), 127, *range(128, 160)) if chr(code) not in "\n\t"}


def coloured() -> bool:
    """Whether standard output takes colours: a terminal, and nobody set NO_COLOR (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """The width of the terminal."""
    return shutil.get_terminal_size().columns
