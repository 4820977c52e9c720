"""What pages are shown from: the text of a document and its file, which whoever turns pages wants again at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from parlance.core.knowledge.lingering import Later, Lingering
from parlance.values.knowledge import Parsed

TEXTS, FILES = 32 * 1024 * 1024, 1024 * 1024 * 1024
"""Bytes of what was read and of files that stay when nobody uses them: the longest text that may be read fits, with
three times as much memory; files take room only where blobs are not files of this host."""
SECONDS = 20.0
"""As long as somebody looks at a page before the next."""
AT_ONCE = 2
"""Texts that are being taken apart, of all users together."""


class PageSources:
    """By the blobs that they are made of, which are written once."""

    def __init__(self, later: Later | None = None) -> None:
        self.texts: Lingering[Parsed | None] = Lingering(TEXTS, SECONDS, later)
        self.files: Lingering[Path] = Lingering(FILES, SECONDS, later)
        self.reading = asyncio.Semaphore(AT_ONCE)

    async def close(self) -> None:
        """Remove the files that nobody uses."""
        await self.texts.close()
        await self.files.close()
