"""What a Neo4j answers over its Query API (`POST /db/NAME/query/v2`, from 5.19 on), and what its refusals mean here.

It says 202 before it knows whether a statement goes well: what went wrong stands in the body, with any status. Of its
words only the code is repeated; the sentences beside it may quote what was written.

Source: the manual of Neo4j's Query API.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from parlance.values import json_door
from parlance.values.errors import Fault, Kind

_CODE = re.compile(r"Neo(?:\.[A-Za-z]{1,60}){3}")
_DENIED = ("Neo.ClientError.Security.",)
_NO_DATABASE = ("Neo.ClientError.Database.DatabaseNotFound", "Neo.TransientError.Database.DatabaseUnavailable")
_NONE = "an answer that is none"


class _Wrong(msgspec.Struct, frozen=True):
    code: str = ""


class _Data(msgspec.Struct, frozen=True):
    values: tuple[Any, ...] = ()


class _Said(msgspec.Struct, frozen=True):
    data: _Data | None = None
    errors: tuple[_Wrong, ...] = ()


def understood(status: int, body: bytes) -> Sequence[Any]:
    """The first column of the rows that a statement gave. Raises `Fault(busy)`."""
    said = _read(body)
    codes = [wrong.code if _CODE.fullmatch(wrong.code) else f"status {status}" for wrong in said.errors] if said else []
    if codes:
        raise _refusal(codes[0], status)
    if status not in (200, 202):
        raise _refusal(f"status {status}", status)
    if said is None or said.data is None:
        raise failed(_NONE)
    # The first servers with this API laid the values of a row out beside each other; ours are rows of one.
    return [row[0] if isinstance(row, list) and row else row for row in said.data.values]


def unreachable() -> Fault:
    """It does not answer, or not in time."""
    return _away("The Neo4j that graphs are projected to cannot be reached.", "neo4j_unreachable")


def failed(said: str) -> Fault:
    """It fails; `said` is its own code, or a status."""
    return _away(f"The Neo4j that graphs are projected to failed ({said}).", "neo4j_failed")


def _refusal(code: str, status: int) -> Fault:
    if code.startswith(_DENIED) or status in (401, 403):
        return _away(f"The Neo4j that graphs are projected to refuses our name or password ({code}).", "neo4j_denied")
    if code in _NO_DATABASE or status == 404:
        said = f"The Neo4j that graphs are projected to has no such database, or is older than 5.19 ({code})."
        return _away(said, "neo4j_no_database")
    return failed(code)


def _away(message: str, code: str) -> Fault:
    return Fault(Kind.busy, message, hint="What is to be written there waits.", code=code)


def _read(body: bytes) -> _Said | None:
    try:
        return json_door.decode(body, _Said)
    except Fault:
        return None
