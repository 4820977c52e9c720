"""`GET /` and `GET /api/version`: what clients look at to know that somebody is there."""

from __future__ import annotations

from parlance.dialects.ollama.shown import VersionShown
from parlance.dialects.table import TEXT_TYPE, Do, Reply, Request, Row
from parlance.values import json_door

RUNNING = b"Ollama is running"
VERSION = "0.12.11"
"""The release whose API this is; clients compare it with the one that brought a feature they want."""


async def running(request: Request, do: Do) -> Reply:
    """The words that every client of Ollama expects; browsers get a page from elsewhere."""
    return Reply(RUNNING, type=TEXT_TYPE)


def rows(deployment: str) -> tuple[Row, ...]:
    """Both rows."""
    shown = json_door.encode(VersionShown(VERSION, deployment))

    async def version(request: Request, do: Do) -> Reply:
        return Reply(shown)

    return (
        Row("GET", "/", "ollama.running", running, (), "Whether somebody is there", media="text/plain", open=True),
        Row(
            "GET",
            "/api/version",
            "ollama.version",
            version,
            (),
            "The release of Ollama whose API this is",
            gives=VersionShown,
        ),
    )
