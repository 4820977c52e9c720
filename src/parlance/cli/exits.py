"""How a verb ends: its exit code, and the one sentence on standard error when it failed."""

from __future__ import annotations

from enum import IntEnum

import click


class Exit(IntEnum):
    """Exit codes of all verbs. Those above 63 are the ones of sysexits.h, which service managers know."""

    OK = 0
    ERROR = 1
    USAGE = 2
    MISSING = 3
    UNREACHABLE = 69
    FOLDER_TAKEN = 75
    NOT_PERMITTED = 77
    CONFIG = 78
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.ERROR: "it failed; the sentence on standard error says why",
    Exit.USAGE: "the command line is not understood",
    Exit.MISSING: "there is no such model, chat or base",
    Exit.UNREACHABLE: "no server answers; for `serve`, the database does not",
    Exit.FOLDER_TAKEN: "another server has the data folder, or it cannot be used",
    Exit.NOT_PERMITTED: "the server does not allow it to this caller",
    Exit.CONFIG: "the settings cannot be used, or the database is of another version",
    Exit.INTERRUPTED: "interrupted with Ctrl-C",
}


class Failure(click.ClickException):
    """A verb cannot do what was asked. `message` is a sentence that says what to do about it; `status` is the HTTP
    status that said so, if one did; `retry_after` the seconds after which the server wants to be asked again."""

    def __init__(
        self, message: str, code: Exit = Exit.ERROR, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.exit_code = code  # type: ignore[misc]  # click reads it off the instance
        self.status = status
        self.retry_after = retry_after


class ServerAway(Failure):
    """Nobody answers, or the answer broke off: another attempt may find the server there again."""
