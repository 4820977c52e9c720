"""How far a document is read: told to the pages that show it as it goes, and written down now and then.

A parser tells it from within its protocol, so `__call__` neither waits nor fails; a task beside it does the rest.
"""

from __future__ import annotations

import asyncio
from types import TracebackType

import msgspec

from parlance.core.jobs.held import Held, LeaseLost
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.ports.stores import Conflict
from parlance.values.errors import Fault
from parlance.values.knowledge import Base, Document

TOLD_SECONDS = 0.25
WRITTEN_SECONDS = 2.0
"""Between two writes: whoever opens the page meanwhile is two seconds behind, and the database has little to do."""


class Progress:
    """Of one document, while its body runs."""

    def __init__(self, room: KnowledgeRoom, held: Held, base: Base, document: Document) -> None:
        self._room = room
        self._held = held
        self._base = base
        self.document = document
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __call__(self, done: int, pages: int) -> None:
        """So many pages are finished, of so many."""
        self.document = msgspec.structs.replace(self.document, done=done, pages=pages)
        self._news.set()

    async def __aenter__(self) -> Progress:
        """Begin to tell."""
        self._task = asyncio.get_running_loop().create_task(self._tell())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """No more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _tell(self) -> None:
        written = self._room.clock.monotonic()
        while True:
            await self._news.wait()
            self._news.clear()
            self._room.tell(self._base, self.document)
            if self._room.clock.monotonic() - written >= WRITTEN_SECONDS:
                written = self._room.clock.monotonic()
                await self._write()
            await asyncio.sleep(TOLD_SECONDS)

    async def _write(self) -> None:
        fields = {"done": self.document.done, "pages": self.document.pages}
        documents = self._room.stores.documents(self.document.tenant)
        try:
            await self._held.commit((documents.change(self.document.id, fields, self._room.clock.now()),))
        except (Conflict, Fault, LeaseLost):
            return  # whoever reads the document meets the same where it matters
