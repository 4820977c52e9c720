"""`parlance index`: a knowledge base is brought in step with a folder, once or as long as the verb runs."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

import click

from parlance.cli import bases, figures, output
from parlance.cli.client import Client, connected, printable
from parlance.cli.completion import bases as base_names
from parlance.cli.delivery import Delivery
from parlance.cli.exits import Exit, Failure
from parlance.cli.folder import Look, identity, looked
from parlance.cli.folder_plan import UNREAD, Outcome, Plan, Planner, Told, still_gone
from parlance.cli.pages import PREFIX
from parlance.cli.progress import Progress
from parlance.cli.watching import Watch
from parlance.values.folder_places import is_folder_name

SHOWN = 20
"""Removals that a question names."""
LOUD = ("failed", "skipped", "kept", "renamed", "removed", "changed")
"""What a summary names file by file."""
GOOD = ("added", "unchanged", "renamed")
"""The base has the file's bytes, and they were read."""
NOT_ASKED = "its file is gone; --prune removes it"


@click.command("index")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--base", "named", metavar="NAME_OR_ID", required=True, shell_complete=base_names, help="Into which one.")
@click.option("--create", is_flag=True, help="Make the base if there is none of that name.")
@click.option("--watch", is_flag=True, help="Go on, and keep the base in step with the folder, until interrupted.")
@click.option("--prune", is_flag=True, help="Remove documents whose files are gone, without asking.")
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
    dry: bool,
    called: str | None,
    any_format: bool,
    as_json: bool,
) -> None:
    """Bring a knowledge base in step with DIR and the folders in it, and wait until all is read.

    Hidden files, links and what `.gitignore` and `.parlanceignore` name are left out. What the base has already, by its
    bytes, is not sent again; a renamed file is not read again. Only what this folder's own sync put there is ever
    renamed or removed, and removed only with --prune or after a yes. The exit code is 0 only when no file failed.
    """
    if called is not None and not is_folder_name(called):
        raise Failure("A folder's name has up to 64 lower-case letters, digits, `.`, `_` and `-`.", Exit.USAGE)
    client = connected()
    base = bases.sought(client, named)
    _judge(base, named, create)
    planner = Planner(folder, called or identity(folder), any_format)
    if dry:
        there = bases.documents(client, base["id"]) if base else ()
        return _preview(planner.planned(_look(folder), there), as_json)
    base = base or client.ask("POST", f"{PREFIX}/bases.create", {"name": named})
    assert base is not None
    sync = Sync(client, base["id"], planner, as_json)
    if watch:
        return Watch(lambda: looked(folder), sync.round, time.sleep, partial(click.echo, err=True)).run(prune)
    told = sync.once(_look(folder), lambda plan: prune or _agreed(plan, as_json))
    return _report(base["id"], told, as_json)


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


class Sync:
    """Rounds of one folder and one base."""

    def __init__(self, client: Client, base: str, planner: Planner, as_json: bool) -> None:
        self._client, self._base, self._planner, self._as_json = client, base, planner, as_json

    def once(self, look: Look, allowed: Callable[[Plan], bool], restless: frozenset[str] = frozenset()) -> list[Told]:
        """Do what is to be done; gives what became of all. `allowed` says of a plan whether its removals may be done.
        Raises Failure."""
        plan = self._planner.planned(look, bases.documents(self._client, self._base), restless)
        click.echo(_summed(plan), err=True)
        told = [*plan.told, *self._delivered(plan, look, allowed(plan) if plan.removed else False)]
        renamed = {each.name for each in told if each.outcome == "renamed"}
        return sorted(each for each in told if each.outcome != "unchanged" or each.name not in renamed)

    def round(self, look: Look, prune: bool, restless: frozenset[str]) -> bool:
        """One of many: what changed is told; gives whether all that was to be sent has been. Raises Failure."""
        told = self.once(look, lambda _: prune, restless)
        if self._as_json:
            output.emit_line({"base": self._base, "files": [each._asdict() for each in told]})
        else:
            output.lines(summary(told))
        return not any(each.outcome == "failed" and not each.document for each in told)

    def _delivered(self, plan: Plan, look: Look, prune: bool) -> list[Told]:
        """Rename, send, wait, and then remove. Interrupted, it says what goes on without it."""
        shown = Screen()
        delivery = Delivery(self._client, self._base, self._planner.name, shown)
        stays = still_gone(self._planner, look)
        try:
            delivery.move(plan.moved)
            delivery.send(plan.new)
            again = delivery.retry(plan.again)
            delivery.follow([*delivery.sent, *plan.waiting, *again])
            good = {each.name for each in (*plan.told, *delivery.told) if each.outcome in GOOD}
            for name, versions in plan.outdated.items():
                if name in good:
                    delivery.remove(versions, stays, tell=False)
            if prune:
                delivery.remove(plan.removed, stays)
        except KeyboardInterrupt:
            shown.close()
            click.echo(interrupted(plan, delivery), err=True)
            raise
        finally:
            shown.close()
        kept = () if prune else (Told(each.name, "kept", NOT_ASKED, each.document) for each in plan.removed)
        return [*(_as_changed(each, plan) for each in delivery.told), *kept]


def _as_changed(told: Told, plan: Plan) -> Told:
    """What took another version's place was not added, but changed; where it failed, the other is still there."""
    if told.name not in plan.changed:
        return told
    if told.outcome == "failed":
        return told._replace(reason=f"{told.reason} The version before it stays.")
    return told._replace(outcome="changed") if told.outcome == "added" else told


def _agreed(plan: Plan, as_json: bool) -> bool:
    """Whether somebody at a terminal says yes to the removals."""
    if as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    for gone in plan.removed[:SHOWN]:
        click.echo(line(Told(gone.name, "removed")), err=True)
    more = len(plan.removed) - SHOWN
    click.echo(f"and {more} more" if more > 0 else "", err=True, nl=more > 0)
    return click.confirm(f"Remove {len(plan.removed)} documents whose files are gone?", default=False, err=True)


def _summed(plan: Plan) -> str:
    """What is to be done, in a line."""
    count = Counter(each.outcome for each in plan.told)
    size = figures.size(sum(file.size for file in plan.new))
    new = len(plan.new) - len(plan.changed)
    same = count["unchanged"] + len(plan.waiting) - len(plan.moved)
    return (
        f"{new} new and {len(plan.changed)} changed ({size}), {len(plan.moved)} renamed, {len(plan.removed)} gone, "
        f"{same} unchanged, {count['skipped']} skipped, {count['failed']} failed"
        + (f", {len(plan.again)} tried again" if plan.again else "")
    )


def _preview(plan: Plan, as_json: bool) -> None:
    """What would be done, and why the rest would not."""
    settled = [*plan.told, *(Told(each.name, "unchanged", "it is still being read") for each in plan.waiting)]
    if as_json:
        new = [{"name": file.name, "size": file.size, "changed": file.name in plan.changed} for file in plan.new]
        renamed = [{"from": gone.name, "to": file.name, "document": gone.document} for gone, file in plan.moved]
        removed = [{"name": gone.name, "document": gone.document} for gone in plan.removed]
        told = [each._asdict() for each in sorted(settled)]
        planned = {"new": new, "renamed": renamed, "removed": removed, "told": told}
        return output.emit({**planned, "again": [each.name for each in plan.again]})
    for file in plan.new:
        word = "change" if file.name in plan.changed else "add"
        click.echo(f"{word:<10}{printable(file.name)} ({figures.size(file.size)})")
    for again in plan.again:
        click.echo(f"{'retry':<10}{printable(again.name)}")
    for gone, file in plan.moved:
        click.echo(f"{'rename':<10}{printable(gone.name)} to {printable(file.name)}")
    for gone in plan.removed:
        click.echo(f"{'remove':<10}{printable(gone.name)}")
    output.lines(line(each) for each in sorted(settled) if each.outcome != "unchanged" or each.reason)
    click.echo(_summed(plan), err=True)


def interrupted(plan: Plan, delivery: Delivery) -> str:
    """What the server has, and what it has not."""
    names = {each.name for each in delivery.told}
    reading = sum(each.name not in names for each in (*delivery.sent, *plan.waiting, *plan.again))
    away = len(plan.new) - len(delivery.sent) - sum(not each.document for each in delivery.told)
    return (
        f"Stopped. {away} files were not sent; {reading} that the server has it goes on reading. The same command "
        "again sends only what is not there."
    )


class Screen:
    """Bars on a terminal; elsewhere a line for each step and each file. All on standard error."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._progress = Progress(sys.stderr.write, time.monotonic_ns, self._terminal, output.columns())

    def moved(self, doing: str, done: int, total: int) -> None:
        """So many bytes of all are done."""
        self._progress.step({"status": doing, "completed": done, "total": total})
        sys.stderr.flush()

    def settled(self, told: Told) -> None:
        """A file has come to its end: worth a line where no bar tells of it."""
        if not self._terminal:
            click.echo(line(told._replace(reason="")), err=True)

    def close(self) -> None:
        """Let the next line begin below the bar."""
        self._progress.close()


def _report(base: str, told: Sequence[Told], as_json: bool) -> None:
    """What became of all. Raises Failure where something failed."""
    if as_json:
        output.emit({"base": base, "files": [each._asdict() for each in told]})
    else:
        output.lines(summary(told))
    failed = sum(each.outcome == "failed" for each in told)
    if failed:
        raise Failure(
            f"{failed} of {len(told)} files failed. Mend them as said and run the same command again; where the file "
            "was not at fault, `parlance do documents.retry document=ID` has it read once more, and "
            f"`parlance do bases.retry base={base}` all that failed."
        )


def summary(told: Iterable[Told]) -> Iterator[str]:
    """The counts, then whatever there is to say of single files."""
    every = list(told)
    count = Counter(each.outcome for each in every)
    yield ", ".join(f"{count[kind]} {kind}" for kind in get_args(Outcome))
    yield from (line(each) for each in every if each.outcome in LOUD or each.reason.startswith(UNREAD))


def line(told: Told) -> str:
    """One file's line. A name from the file system commands no terminal."""
    document = f" (document {told.document})" if told.document and told.outcome == "failed" else ""
    reason = f": {printable(told.reason)}" if told.reason else ""
    return f"{told.outcome:<10}{printable(told.name)}{document}{reason}"
