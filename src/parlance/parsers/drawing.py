"""Drawing as the server sees it: children that show pages, and what becomes of a file that breaks one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from parlance.parsers.pdf import Pdf
from parlance.parsers.pictures import Pictures
from parlance.parsers.quarantine import MIB, blamed
from parlance.ports.drawing import Drawn, Sheet, Wanted
from parlance.processes import pipe
from parlance.processes.child import ChildProcess, Later, Limits, python, trimmed
from parlance.processes.pool import Pool
from parlance.values.time import Clock

CHILD = "parlance.parsers.drawing_child"
NAME = "drawing process"
LIMITS = Limits(rest=60.0, answer=20.0, poll=0.1, memory=1024 * MIB, depth=1)
"""20 s a page, and 1 GB, which a WebP of 50 million pixels takes; an idle child ends after a minute."""
WIDTH = 2
"""Pages that are drawn at once: one that takes long holds nobody else up."""


def shown(has: Callable[[str], object] = find_spec) -> frozenset[str]:
    """The media types whose pages can be drawn with the packages that are there: those that are read in pages."""
    pages = Pdf.media_types if has("pypdfium2") else frozenset[str]()
    return pages | (Pictures.media_types if has("PIL") else frozenset[str]())


class DrawingPool:
    """Draws pages in child processes, `width` at a time; a call waits until a child is free. `environment` is the
    server's, of which a child sees a few harmless names. `children` are there to be looked at."""

    def __init__(
        self,
        clock: Clock,
        *,
        environment: Mapping[str, str],
        width: int = WIDTH,
        limits: Limits = LIMITS,
        later: Later | None = None,
    ) -> None:
        command, visible = python(CHILD, str(os.getpid())), trimmed(environment)
        hello = pipe.Call(1, "load", {})
        made = [ChildProcess(NAME, command, hello, visible, clock, limits, later) for _ in range(width)]
        self._pool = Pool(made, blamed)
        self.children = self._pool.children
        self.media_types = shown()

    async def look(self, content: Path, media_type: str, page: int, wanted: Sequence[Wanted]) -> Sheet:
        """The size of a page, and where words lie on it; see `ports.drawing`. Raises `Fault`."""
        told = msgspec.to_builtins(list(wanted))
        reply = await self._asked("look", content, media_type, page=page, wanted=told)
        return msgspec.msgpack.decode(reply.body, type=Sheet)

    async def draw(self, content: Path, media_type: str, page: int, width: int) -> Drawn:
        """A page as a picture; see `ports.drawing`. Raises `Fault`."""
        reply = await self._asked("draw", content, media_type, page=page, width=width)
        return Drawn(reply.answer.fields["media_type"], bytes(reply.body))

    async def close(self) -> None:
        """End all children. Returns when none is left."""
        await self._pool.close()

    async def _asked(self, verb: str, content: Path, media_type: str, **more: Any) -> pipe.Reply:
        fields = {"content": str(content), "media_type": media_type, **more}
        async with self._pool.child() as child:
            return await child.call(verb, fields)
