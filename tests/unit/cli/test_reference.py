"""The page about the command line is what the verbs say of themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from parlance.cli.exits import MEANINGS, Exit
from parlance.cli.main import VERBS, main
from parlance.cli.reference import reference

ROOT = Path(__file__).resolve().parents[3]


def test_the_reference_is_current() -> None:
    """docs/reference/cli.md is what `python -m parlance.cli.reference` writes."""
    assert (ROOT / "docs/reference/cli.md").read_text("utf-8") == reference()


def test_every_exit_code_is_told() -> None:
    """Each with its meaning."""
    assert set(MEANINGS) == set(Exit)


JSON_ALONE = ("mcp",)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    """Its help has a sentence, every option has one, and `--json` is there, unless it says nothing but JSON."""
    command = main.get_command(click.Context(main), verb)
    assert command is not None and command.name == verb
    inner = list(command.commands.values()) if isinstance(command, click.Group) else [command]
    for each in inner:
        options = [option for option in each.params if isinstance(option, click.Option)]
        assert each.help and each.help.strip().partition("\n")[0].strip().endswith((".", ","))
        assert all(option.help for option in options)
        assert "as_json" in [option.name for option in options] or verb in JSON_ALONE


def test_the_list_of_verbs_imports_none() -> None:
    """`parlance --help` starts no faster than its slowest import."""
    script = "import sys, parlance.cli.main as m; m.main(['--help'], standalone_mode=False); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert re.search(r"^  doctor +Check", done.stdout, re.M)
    assert "http.client" not in done.stdout.split() and "msgspec" not in done.stdout.split()


def test_clients_of_a_server_import_nothing_of_it() -> None:
    """Neither its transport nor its core nor its engines."""
    script = (
        "import sys, parlance.cli.run, parlance.cli.turns, parlance.cli.list, parlance.cli.pull; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    heavy = (
        "uvicorn",
        "asyncio",
        "parlance.core",
        "parlance.transports",
        "parlance.engines",
        "parlance.app",
    )
    assert not [name for name in done.stdout.split() if name.startswith(heavy)]


def test_an_unknown_verb_is_a_usage_error() -> None:
    """With the exit code of one."""
    assert CliRunner().invoke(main, ["dance"]).exit_code == Exit.USAGE
    assert CliRunner().invoke(main, ["--help"]).exit_code == Exit.OK
