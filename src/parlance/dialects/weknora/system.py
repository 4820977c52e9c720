"""Whether the process lives, and what it is."""

from __future__ import annotations

import msgspec

from parlance.core.accounts.operations import ReadAccount
from parlance.core.server.operations import ReadHealth
from parlance.dialects.table import Do, Reply, Request, Row
from parlance.dialects.weknora.options import Options
from parlance.dialects.weknora.wire import BASE
from parlance.values import json_door


class Health(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class Build(msgspec.Struct, frozen=True):
    """What was built. There is no Go in it, and so no version of Go."""

    version: str
    commit_id: str
    build_time: str
    go_version: str


class Info(msgspec.Struct, frozen=True):
    """The one answer of this wire that is wrapped like this."""

    code: int
    msg: str
    data: Build


async def health(request: Request, do: Do) -> Reply:
    """200 as long as the process lives."""
    await do(ReadHealth())
    return Reply(json_door.encode(Health("ok")))


def rows(options: Options) -> tuple[Row, ...]:
    """The rows, telling this version."""
    told = json_door.encode(Info(0, "success", Build(options.version, "unknown", "unknown", "none")))

    async def info(request: Request, do: Do) -> Reply:
        await do(ReadAccount())
        return Reply(told)

    return (
        Row(
            "GET",
            "/health",
            "weknora.health",
            health,
            (ReadHealth,),
            "Whether the process lives",
            gives=Health,
            open=True,
        ),
        Row("GET", f"{BASE}/system/info", "weknora.system.info", info, (ReadAccount,), "What runs here", gives=Info),
    )
