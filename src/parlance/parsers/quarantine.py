"""Parsing as the server sees it: children that read files, and what becomes of a file that breaks one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from parlance.parsers.problems import problem
from parlance.ports.parsing import Progress
from parlance.processes import pipe
from parlance.processes.child import LARGE, ChildProcess, Later, Limits, python, trimmed
from parlance.processes.life import DIED, LATE
from parlance.processes.pool import Pool
from parlance.values.errors import Fault
from parlance.values.knowledge import Parsed
from parlance.values.time import Clock

CHILD = "parlance.parsers.child"
NAME = "parsing process"
MIB = 1024 * 1024
LIMITS = Limits(rest=60.0, answer=60.0, whole=1800.0, poll=0.1, memory=512 * MIB, depth=1)
"""60 s without a finished page, 30 minutes a document, 512 MB; an idle child ends after a minute."""
WIDE = 1024 * MIB
"""Bytes for a process that has come to OCR, whose models stay in it until it ends."""
LONGEST_NAME = 4096
_CODES = {DIED: "parser_crashed", pipe.FAILED: "parser_crashed", LATE: "parser_too_slow", LARGE: "parser_too_large"}


class Quarantine:
    """Parses in child processes, `width` files at a time; a file waits until a child is free.

    `parsers` are the targets of entry points (`module:name`), ours first. `environment` is the server's, of which a
    child sees a few harmless names. `children` are there to be looked at.
    """

    def __init__(
        self,
        parsers: Sequence[str],
        clock: Clock,
        *,
        environment: Mapping[str, str],
        width: int = 1,
        limits: Limits = LIMITS,
        wide: int = WIDE,
        later: Later | None = None,
    ) -> None:
        hello = pipe.Call(1, "load", {"parsers": list(parsers)})
        command, visible = python(CHILD, str(os.getpid())), trimmed(environment)
        self._limits, self._wide = limits, wide
        made = [ChildProcess(NAME, command, hello, visible, clock, limits, later) for _ in range(max(1, width))]
        self._pool = Pool(made, blamed)
        self.children = self._pool.children
        self._widened: set[int | None] = set()

    @property
    def resident(self) -> int:
        """Bytes that the children have in memory now."""
        return self._pool.resident

    async def parse(
        self, content: Path, name: str, media_type: str, *, progress: Progress, pictures: bool = False
    ) -> Parsed:
        """What is in a file; see `ports.parsing`. Raises `Fault`."""
        fields: dict[str, Any] = {"content": str(content), "name": name[-LONGEST_NAME:]}
        fields |= {"media_type": media_type[:200], "pictures": pictures}
        async with self._pool.child() as child:
            return await self._read(child, fields, progress)

    async def close(self) -> None:
        """End all children. Returns when none is left."""
        await self._pool.close()

    async def _read(self, child: ChildProcess, fields: dict[str, Any], progress: Progress) -> Parsed:
        is_wide = child.pid is not None and child.pid in self._widened
        child.allow(self._wide if is_wide else self._limits.memory)

        def told(said: dict[str, Any]) -> None:
            if "wide" not in said:
                progress(said["done"], said["pages"])
            elif child.pid is not None:
                self._widened = {one.pid for one in self.children if one.pid in self._widened} | {child.pid}
                child.allow(self._wide)

        reply = await child.call("parse", fields, told=told)
        return msgspec.msgpack.decode(reply.body, type=Parsed)


def blamed(fault: Fault) -> Fault:
    """A process that ended over a file, or failed on it, is that file's fault; all else is told as it is."""
    return problem(_CODES[fault.code]) if fault.code in _CODES else fault
