"""The native dialect whole: the rows of the operations, and the server's own routes."""

from __future__ import annotations

from parlance.core.handlers import HANDLED
from parlance.dialects.native import documents, files, moving, passwords, server, shares, sign_in, transfer
from parlance.dialects.native.errors import PROBLEM_MEDIA, Problem, fault_reply
from parlance.dialects.native.operations import PREFIX, rows
from parlance.dialects.table import Dialect

NATIVE = Dialect(
    name="native",
    title="Parlance",
    rows=(
        *server.ROWS,
        *files.ROWS,
        *documents.ROWS,
        *moving.ROWS,
        *shares.ROWS,
        *passwords.ROWS,
        *sign_in.ROWS,
        *transfer.ROWS,
        *rows(HANDLED),
    ),
    fault=fault_reply,
    subtrees=(PREFIX,),
    about="Everything that Parlance can do, one route for each operation, and runs that can be resumed.",
    error=Problem,
    error_media=PROBLEM_MEDIA,
)
