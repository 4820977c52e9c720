"""`parlance search`: the passages of a knowledge base that answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from parlance.cli import bases, output
from parlance.cli.client import connected, printable
from parlance.cli.completion import bases as base_names
from parlance.cli.pages import PREFIX
from parlance.cli.remarks import REMARKS


@click.command("search")
@click.argument("base", shell_complete=base_names)
@click.argument("words", nargs=-1, required=True)
@click.option("--most", type=click.IntRange(1, 100), default=5, show_default=True, help="How many passages.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Leave out what scores less.")
@output.json_option
def command(base: str, words: tuple[str, ...], most: int, threshold: float | None, as_json: bool) -> None:
    """Find the passages of BASE, a name or an id, that answer WORDS, the best first."""
    client = connected()
    given = {"base": bases.found(client, base)["id"], "query": " ".join(words), "most": most}
    if threshold is not None:
        given.update(threshold=threshold, loosen=False)
    found = client.ask("POST", f"{PREFIX}/bases.retrieve", given)
    if as_json:
        output.emit(found)
        return
    output.lines(passages(found["passages"]))
    if not found["passages"]:
        click.echo("Nothing was found.", err=True)
    for remark in found.get("remarks", ()):
        why = f" ({printable(problem)})" if remark == "embedder_failed" and (problem := found.get("problem")) else ""
        click.echo(f"{REMARKS.get(remark) or printable(remark)}{why}", err=True)


def passages(found: list[dict[str, Any]]) -> Iterator[str]:
    """Each passage under a line that says its score, its document and where it stands in that."""
    for number, passage in enumerate(found):
        if number:
            yield ""
        yield f"{passage['score']:.2f}  {printable(passage['name'])}, {place(passage['chunk'])}"
        yield from (f"      {text}" for text in passage["chunk"]["content"].splitlines() if text.strip())


def place(chunk: dict[str, Any]) -> str:
    """Where a passage stands: the page where there are pages, else its number, and what it stands under."""
    page = chunk["span"].get("page")
    where = f"passage {chunk['place'] + 1}" if page is None else f"page {page}"
    context = printable(chunk.get("context") or "")
    return f"{where}, {context}" if context else where
