"""The files of a WeKnora installation, and what is left of a document whose file is gone: the text of its chunks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from parlance.cli.exits import Failure
from parlance.cli.folder import opened
from parlance.ports.weknora_original import OriginalChunk, OriginalDocument

PIECE = 256 * 1024
LINKED = "its file is behind a link, and only what lies in the folder itself is taken"
NO_FOLDER = "no folder of files was given"
PICTURES = ("image_ocr", "image_caption")
"""Kinds of chunks that say what is in a picture."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class Kept(NamedTuple):
    """A document's file where it is there; else why not."""

    path: Path | None
    size: int
    reason: str = ""


class Files:
    """The folder that `LOCAL_STORAGE_BASE_DIR` names there: `<tenant>/<document>/<file>`. What lay in MinIO or COS is
    found, too, where somebody has copied it to the same places."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def of(self, document: OriginalDocument) -> Kept:
        """The file of a document."""
        if self._folder is None:
            return Kept(None, 0, NO_FOLDER)
        pieces = document.path.replace("\\", "/").rstrip("/").split("/")[-3:]
        if not _is_place(pieces, document.tenant):
            return Kept(None, 0, "its row names no file")
        path = self._folder
        for piece in pieces:
            path = path / piece
            if path.is_symlink():
                return Kept(None, 0, LINKED)
        try:
            with opened(path) as file:
                size = file.seek(0, 2)
        except OSError as error:
            said = "its file is gone" if isinstance(error, FileNotFoundError) else f"its file: {error.strerror}"
            return Kept(None, 0, said)
        if not size or (document.size and document.size != size):
            return Kept(None, 0, f"its file has {size} bytes in place of {document.size}")
        return Kept(path, size)


def _is_place(pieces: list[str], tenant: int) -> bool:
    if len(pieces) != 3 or pieces[0] != str(tenant) or _ID.fullmatch(pieces[1]) is None:
        return False
    return pieces[2] not in ("", ".", "..") and "\0" not in pieces[2]


def content(path: Path, size: int) -> Iterator[bytes]:
    """As many bytes as were found. Raises Failure."""
    try:
        with opened(path) as file:
            while size and (piece := file.read(min(PIECE, size))):
                size -= len(piece)
                yield piece
    except OSError as error:
        raise Failure(f"its file: {error.strerror}") from None
    if size:
        raise Failure("its file became shorter while it was sent")


def whole(chunks: Iterable[OriginalChunk]) -> str:
    """The text that chunks were cut from, as far as they tell: what two of them share stands in it once, and behind it
    what is in pictures."""
    found = list(chunks)
    pieces: list[str] = []
    at = 0
    for each in sorted((each for each in found if each.kind == "text"), key=lambda each: (each.start, each.place)):
        said, start, stop = each.content, each.start, each.stop
        if stop - start != len(said):  # its place is not that of its words: nothing is known of what it shares
            pieces.append(("\n\n" if pieces else "") + said)
        elif stop > at:
            pieces.append(("\n" if pieces and start > at else "") + said[max(0, at - start) :])
        at = max(at, stop)
    seen = [each.content for each in found if each.kind in PICTURES]
    return "\n\n".join(["".join(pieces), *seen]).strip()
