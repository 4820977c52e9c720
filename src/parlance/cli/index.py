"""`parlance index`: a knowledge base is brought in step with a folder, once or as long as the verb runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from parlance.cli import bases, output
from parlance.cli.client import connected, printable
from parlance.cli.completion import bases as base_names
from parlance.cli.exits import Exit, Failure
from parlance.cli.figures import counted
from parlance.cli.folder import Look, identity, looked
from parlance.cli.folder_outcome import Told
from parlance.cli.folder_plan import Gone, Plan, Planner
from parlance.cli.index_sync import Sync
from parlance.cli.index_told import line, preview, summary
from parlance.cli.pages import PREFIX
from parlance.cli.patience import lasting
from parlance.cli.watching import Watch
from parlance.values.folder_places import is_folder_name

SHOWN = 20
"""Removals that a question names."""


@click.command("index")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--base", "named", metavar="NAME_OR_ID", required=True, shell_complete=base_names, help="Into which one.")
@click.option("--create", is_flag=True, help="Make the base if there is none of that name.")
@click.option("--watch", is_flag=True, help="Go on, and keep the base in step with the folder, until interrupted.")
@click.option("--prune", is_flag=True, help="Remove documents whose files are gone, without asking.")
@click.option("--prune-all", "sure", is_flag=True, help="Also where nothing known is left: another disk may be there.")
@click.option("--dry-run", "dry", is_flag=True, help="Only say what would be added, changed, renamed and removed.")
@click.option("--as", "called", metavar="NAME", help="What the base calls this folder; else made of its path.")
@click.option("--any-format", is_flag=True, help="Send what is usually not read, too, such as films and archives.")
@output.json_option
def command(
    folder: Path,
    named: str,
    create: bool,
    watch: bool,
    prune: bool,
    sure: bool,
    dry: bool,
    called: str | None,
    any_format: bool,
    as_json: bool,
) -> None:
    """Bring a knowledge base in step with DIR and the folders in it, and wait until all is read.

    With --watch it is kept in step instead, and nothing is waited for.

    Hidden files, links and what `.gitignore` and `.parlanceignore` name are left out. What the base has already, by its
    bytes, is not sent again; a renamed file is not read again. Only what this folder's own sync put there is ever
    renamed or removed, and removed only with --prune or after a yes. A folder that has nothing left of what the base
    knows of it keeps its documents but with --prune-all. The exit code is 0 only when no file failed.
    """
    _understood(called, watch and sure)
    client = connected()
    base = bases.sought(client, named)
    _judge(base, named, create)
    planner = Planner(folder, called or identity(folder), any_format, sure)
    if dry:
        there = bases.documents(client, base["id"]) if base else ()
        return preview(planner.planned(_look(folder), there), as_json)
    base = base or client.ask("POST", f"{PREFIX}/bases.create", {"name": named})
    assert base is not None
    sync = Sync(client, base["id"], planner, as_json)
    say = partial(click.echo, err=True)
    if watch:
        return Watch(lambda: looked(folder), sync.round, sync.further, time.sleep, say).run(prune)
    question = Question(as_json)
    once = partial(sync.once, allowed=lambda plan: prune or sure or question.agreed(plan))
    told = lasting(lambda: once(_look(folder)), say, progress=lambda: sync.progress)
    return _report(base["id"], told, as_json)


def _understood(called: str | None, endless: bool) -> None:
    """Raises Failure for a command line that makes no sense. `endless`: a yes to whatever will be missing."""
    if called is not None and not is_folder_name(called):
        raise Failure("A folder's name has up to 64 lower-case letters, digits, `.`, `_` and `-`.", Exit.USAGE)
    if endless:
        raise Failure("--prune-all is a yes to what is missing now: say it without --watch.", Exit.USAGE)


def _judge(base: dict[str, Any] | None, named: str, create: bool) -> None:
    """Raises Failure where nothing can be put into it."""
    if base is None and not create:
        said = f"There is no knowledge base {output.safe(named)!r}. Say --create to have it made."
        raise Failure(said, Exit.MISSING)
    if base is not None and not base["writable"]:
        raise Failure(f"You may read {output.safe(base['name'])!r}, but not add to it.", Exit.NOT_PERMITTED)


def _look(folder: Path) -> Look:
    try:
        return looked(folder)
    except OSError as error:
        raise Failure(f"{printable(str(folder))} cannot be looked at: {error.strerror}.") from None


class Question:
    """Whether somebody at a terminal says yes to removals; asked once of the same ones."""

    def __init__(self, as_json: bool) -> None:
        self._nobody = as_json or not (sys.stdin.isatty() and sys.stderr.isatty())
        self._answers: dict[frozenset[Gone], bool] = {}

    def agreed(self, plan: Plan) -> bool:
        """The answer; no where there is no terminal."""
        asked = frozenset(plan.removed)
        if not self._nobody and asked not in self._answers:
            self._answers[asked] = _asked(plan)
        return self._answers.get(asked, False)


def _asked(plan: Plan) -> bool:
    for gone in plan.removed[:SHOWN]:
        click.echo(line(Told(gone.name, "removed"), "remove"), err=True)
    more = len(plan.removed) - SHOWN
    click.echo(f"and {more} more" if more > 0 else "", err=True, nl=more > 0)
    going = counted(len(plan.removed), "document")
    return click.confirm(f"Remove {going} whose files are gone?", default=False, err=True)


def _report(base: str, told: Sequence[Told], as_json: bool) -> None:
    """What became of all. Raises Failure where something failed."""
    if as_json:
        output.emit({"base": base, "files": [each._asdict() for each in told]})
    else:
        output.lines(summary(told))
    failed = sum(each.outcome == "failed" for each in told)
    if failed:
        raise Failure(
            f"{failed} of {counted(len(told), 'file')} failed. Mend them as said and run the same command again; where "
            "the file was not at fault, `parlance do documents.retry document=ID` has it read once more, and "
            f"`parlance do bases.retry base={base}` all that failed."
        )
