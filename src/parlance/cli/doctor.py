"""`parlance doctor`: checks this installation, says what to do, and proves what it can."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

from parlance.cli import output
from parlance.cli.checks import Finding, engines, extras, folder, installation, large_bases, port, python, running
from parlance.cli.exits import Exit, Failure
from parlance.cli.place import announced, settings
from parlance.settings.schema import Settings

MARKS = {"ok": "ok  ", "note": "note", "fail": "FAIL"}
WIDEST = 17
"""Columns for the name of a check; only long names of connections need more."""


@click.command("doctor")
@click.option("--config", help="Settings file (parlance.toml).")
@click.option("--quick", is_flag=True, help="Leave out the proofs.")
@output.json_option
def command(config: str | None, quick: bool, as_json: bool) -> None:
    """Check Python, settings, data folder, port, engines and extras. Exit code 1 when something must be mended.

    Then prove on this machine, with a private server and an engine that stands in: a stop and a departure let the
    engine go, an answer is read on byte for byte where it broke off, a crash loses nothing that is older than a
    second, and the server connects to nothing beyond this machine. That takes a few seconds.
    """
    failed = False
    found = []
    for finding in chain(findings(config), () if quick else proved()):
        failed = failed or finding.state == "fail"
        found.append(finding)
        if not as_json:
            output.lines(_told(finding))
    if as_json:
        output.emit([{**finding._asdict(), "figures": dict(finding.figures)} for finding in found])
    if failed:
        raise SystemExit(Exit.ERROR)


def _told(finding: Finding) -> Iterator[str]:
    yield f"{MARKS[finding.state]}  {finding.check + ': ':<{WIDEST}}{finding.detail}"
    if finding.advice:
        yield f"      {'':<{WIDEST}}{finding.advice}"


def proved() -> Iterator[Finding]:
    """The proofs, which need more of the library than the checks."""
    from parlance.cli.doctor_proofs import proofs

    yield from proofs()


def findings(config: str | None) -> Iterator[Finding]:
    """Each thing as soon as it was looked at. Without usable settings there is nothing more to look at."""
    yield python(tuple(sys.version_info[:3]))
    yield installation(sys.prefix)
    yield extras()
    try:
        loaded = settings(os.environ, Path.cwd(), config)
    except Failure as failure:
        for sentence in failure.message.splitlines():
            yield Finding("settings", "fail", sentence)
        return
    yield Finding("settings", "ok", str(loaded.file or "no file; the defaults and variables hold"))
    for warning in loaded.warnings:
        yield Finding("settings", "note", warning)
    yield large_bases(loaded.settings)
    yield from folder(loaded.settings)
    yield from _stored(loaded.settings)
    yield from _listening(loaded.settings)
    yield from engines(loaded.settings)


def _stored(settings: Settings) -> Iterator[Finding]:
    """Where files are and graphs go, which needs more of the library than the other checks."""
    if settings.storage.kind != "folder":
        from parlance.cli.doctor_storage import storage

        yield from storage(settings)
    if settings.knowledge.neo4j.url is not None:
        from parlance.cli.doctor_neo4j import neo4j

        yield from neo4j(settings)


def _listening(settings: Settings) -> Iterator[Finding]:
    """The running server of this data folder; where there is none, whether one could be started."""
    found = list(running(announced(settings.data.dir)))
    yield from found
    if all(finding.state != "ok" for finding in found):
        yield port(settings)
