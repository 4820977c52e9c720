"""Transcripts: what a model hears in a document that is a file of sound (decision 0033).

Other than a caption, a transcript is all that there is of its document: where it cannot be had, the document waits and
at last fails, with the reason. It costs money as captions do, and is kept as they are: as chunks that nobody finds,
until the document is cut, so that whoever takes the job over does not ask again.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePath

import msgspec

from parlance.core.jobs.held import Held
from parlance.core.knowledge.bounds import storable
from parlance.core.knowledge.hearing.laying import SPEECH, WORDS, laid_out
from parlance.core.knowledge.room import Hearing, KnowledgeRoom
from parlance.core.knowledge.seeing.captions import BEHIND
from parlance.ports.jobs import MODELS
from parlance.ports.parsing import Progress
from parlance.values.accounts import Principal
from parlance.values.asks import Transcript
from parlance.values.errors import Fault, Kind
from parlance.values.knowledge import Base, Chunk, Document, Parsed, Span
from parlance.values.remarks import RemarkCode, remark
from parlance.values.sounds import HEAD, MOST_SOUND, SUFFIXES, no_transcriber, sound_of, sound_too_large

PIECE = 16_000
"""Code points of a transcript that are kept in one chunk: what the column of every database holds."""
MOST_PIECES = 100
"""What is longer is not kept, and asked for again after a crash."""


class Listening:
    """One document while a model listens to it."""

    def __init__(self, room: KnowledgeRoom, held: Held, base: Base, document: Document) -> None:
        self._room, self._held, self._base, self._document = room, held, base, document
        self._who = Principal(document.tenant, document.user)

    async def heard(self, path: Path, known: Mapping[str, Chunk], progress: Progress) -> Parsed | None:
        """What is said in a document whose bytes are at `path`; none where it is no sound. `known` is what was kept of
        an attempt that was broken off. Raises `Fault`: `no_transcriber`, `no_sound_wanted`, `sound_too_large`, or what
        the model's engine says; and `Elsewhere`, where the model is not to be asked in this lane."""
        if sound_of(await asyncio.to_thread(_bytes, path, HEAD)) is None:
            return None
        if self._document.size > MOST_SOUND:
            raise sound_too_large()
        hearing = _hearing(self._room, self._base)
        model = await hearing.named(self._who, self._base.options.transcriber or self._room.transcriber)
        progress(0, 1)
        said = await self._said(hearing, model, path, known)
        progress(1, 1)
        return self._named(laid_out(said, model))

    async def _said(self, hearing: Hearing, model: str, path: Path, known: Mapping[str, Chunk]) -> Transcript:
        """The transcript, kept from now on."""
        mark = _mark(self._document, model)
        said = _kept(known, mark)
        if said is None:
            self._held.must_be_in(MODELS)
            content = await asyncio.to_thread(_bytes, path, MOST_SOUND)
            said = _sounded(await hearing.hear(self._who, model, content))
        await _keep(self._room, self._held, self._document, mark, said)
        return said

    def _named(self, parsed: Parsed) -> Parsed:
        """With a remark where its name says that it is something else."""
        suffix = PurePath(self._document.name).suffix.lower()
        if suffix in SUFFIXES or not suffix:
            return parsed
        misnamed = remark(RemarkCode.MISNAMED, suffix=suffix)
        return msgspec.structs.replace(parsed, remarks=(misnamed, *parsed.remarks))


def is_speech(parsed: Parsed) -> bool:
    """Whether its words were heard."""
    return parsed.metadata.get(WORDS) == SPEECH


def _hearing(room: KnowledgeRoom, base: Base) -> Hearing:
    if base.options.transcriber == "":
        raise Fault(
            Kind.unsupported,
            "This base has no sound written down.",
            hint="Name a model in its `options.transcriber`, or leave that out for the usual one, and try again.",
            code="no_sound_wanted",
        )
    if room.hearing is None:
        raise no_transcriber()
    return room.hearing


def _bytes(path: Path, most: int) -> bytes:
    with path.open("rb") as file:
        return file.read(most)


def _mark(document: Document, model: str) -> str:
    """What tells a transcript from others: the sound, and who heard it."""
    return hashlib.sha256(f"{document.sha256} {model}".encode()).hexdigest()


def _kept(known: Mapping[str, Chunk], mark: str) -> Transcript | None:
    """What was kept of a model's transcript, if all of it was."""
    count = next((context.rpartition("/")[2] for context in known if context.startswith(mark)), "0")
    pieces = [known.get(_name(mark, at, int(count))) for at in range(int(count))]
    there = [piece.content for piece in pieces if piece is not None]
    return msgspec.json.decode("".join(there), type=Transcript) if there and len(there) == len(pieces) else None


def _name(mark: str, at: int, count: int) -> str:
    return f"{mark} {at}/{count}"


async def _keep(room: KnowledgeRoom, held: Held, document: Document, mark: str, said: Transcript) -> None:
    """Write it down."""
    told = msgspec.json.encode(said).decode()
    pieces = [told[start : start + PIECE] for start in range(0, len(told), PIECE)]
    if len(pieces) > MOST_PIECES:
        return
    of = (document.tenant, document.base, document.id)
    chunks = [
        Chunk(room.ids.new(), *of, BEHIND + at, words, Span(0, 0), context=_name(mark, at, len(pieces)), enabled=False)
        for at, words in enumerate(pieces)
    ]
    unseen = [msgspec.structs.replace(chunk, searched=False) for chunk in chunks]
    await held.commit(room.stores.chunks(document.tenant).insert(unseen, cut=document.cut))


def _sounded(said: Transcript) -> Transcript:
    """With nothing in it that a database cannot hold, and without what only the engine's own clients want."""
    segments = said.segments
    if segments is not None:
        segments = tuple(msgspec.structs.replace(each, text=storable(each.text), foreign=None) for each in segments)
    return msgspec.structs.replace(said, text=storable(said.text), language=storable(said.language), segments=segments)
