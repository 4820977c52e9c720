"""Writes the reference of the command line from the verbs themselves: `python -m parlance.cli.reference`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from parlance.cli.exits import MEANINGS
from parlance.cli.main import ALIASES, VERBS, main

HEAD = """# Command line

<!-- Written by `python -m parlance.cli.reference`; a test fails when this page is behind the code. -->

`parlance VERB` or `python -m parlance VERB`. All verbs but `serve`, `config` and `doctor` ask a running server, and
print what `ollama` prints where it has the same verb. Results go to standard output, progress and errors to standard
error. Colours and bars appear on a terminal only, and no colours where `NO_COLOR` is set.

## Which server, and as whom

| variable | meaning |
|---|---|
| `PARLANCE_URL` | Address of the server, such as `http://127.0.0.1:8080`; `host`, `:port` and `host:port` will do. |
| `PARLANCE_API_KEY` | Key to show it. |
| `SSL_CERT_FILE` | PEM file with the authority of its certificate, where the system does not know it. |

Without `PARLANCE_URL` it is the server that uses this user's data folder (it writes its address there), else the one at
`server.host` and `server.port` of the [settings](settings.md). Without `PARLANCE_API_KEY` a server on this machine is
shown the console token of the data folder, which may do everything; no other server ever is.
"""


def reference() -> str:
    """The whole page, in Markdown."""
    parts = [HEAD, *_exits()]
    with click.Context(main, info_name="parlance") as context:
        for name in VERBS:
            command = main.get_command(context, name)
            assert command is not None
            parts += _verb(command, context)
    return "\n".join(parts) + "\n"


def _exits() -> Iterator[str]:
    yield "## Exit codes\n\n| code | meaning |\n|---|---|"
    for code, meaning in MEANINGS.items():
        yield f"| {code.value} | {meaning[0].upper()}{meaning[1:]}. |"
    yield ""


def _verb(command: click.Command, parent: click.Context) -> Iterator[str]:
    """A verb, and those below it."""
    with click.Context(command, parent=parent, info_name=command.name) as context:
        yield f"## `{context.command_path}`\n"
        yield _prose(command.help or "")
        aliases = [f"`{alias}`" for alias, name in ALIASES.items() if name == command.name]
        if aliases:
            yield f"Also {', '.join(aliases)}.\n"
        usage = " ".join(command.collect_usage_pieces(context))
        yield f"```\n{context.command_path} {usage}\n```\n"
        given = [param for param in command.params if isinstance(param, click.Option)]
        options = [row for option in given if (row := option.get_help_record(context)) is not None]
        if options:
            yield "| option | meaning |\n|---|---|"
            yield from (f"| `{_cell(option)}` | {_cell(about)} |" for option, about in options)
            yield ""
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                yield from _verb(inner, context)


def _prose(text: str) -> str:
    """Paragraphs on lines of their own."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n")) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(reference())
