"""A file as parts of a message: a picture as such, a text as its words under its name.

Whoever calls this has authorised the file: `chats.send` names its files, so that dispatch does.
"""

from __future__ import annotations

import re

from parlance.core.files.cabinet import Cabinet
from parlance.values.errors import Fault, Kind
from parlance.values.files import File
from parlance.values.messages import File as Inline
from parlance.values.messages import Image, Part, Source, Text

_FENCE = re.compile("`{3,}")


def check(cabinet: Cabinet, file: File) -> None:
    """Raise `Fault(unsupported)` for a file that no model can be given, `Fault(too_large)` for one that is too long."""
    if file.kind == "other":
        raise Fault(
            Kind.unsupported,
            "Of files, a model can be given pictures (PNG, JPEG, GIF, WebP) and texts in UTF-8.",
            hint="Send the words of a document as text, or a picture of it.",
            field="files",
            code="file_not_readable",
        )
    limit = cabinet.limits.image if file.kind == "image" else cabinet.limits.text
    if file.size > limit:
        raise Fault(
            Kind.too_large,
            f"A model is given at most {limit} bytes of one {'picture' if file.kind == 'image' else 'text file'}.",
            field="files",
            code="file_too_large_for_model",
        )


async def judge(cabinet: Cabinet, files: tuple[File, ...]) -> None:
    """`check` each of several, and look at its last byte: nobody asks a model about a file whose content is not there,
    as where it lies in another host's folder. Raises what `check` raises, and `Fault(missing, code="content_lost")`."""
    for file in files:
        check(cabinet, file)
    for file in files:
        try:
            async for _ in cabinet.blobs.read(file.blob, max(0, file.size - 1), file.size):
                break
        except Fault as fault:
            fault.field = fault.field or "files"
            raise


async def parts_of(cabinet: Cabinet, file: File) -> tuple[Part, ...]:
    """The parts. Raises what `check` raises, and `Fault(missing, code="content_lost")`."""
    check(cabinet, file)
    data = b"".join([piece async for piece in cabinet.blobs.read(file.blob, 0, file.size)])
    source = Source("file", file.id, file.name)
    if file.kind == "image":
        return (Image(data, file.media_type, source=source),)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Fault(
            Kind.unsupported,
            "This file begins like a text in UTF-8, but is none.",
            field="files",
            code="file_not_readable",
        ) from None
    return (Text(_under_its_name(file.name, text), source=source),)


async def own(cabinet: Cabinet, tenant: str, user: str, id: str) -> tuple[Part, ...] | None:
    """A user's file as parts, any other kind of file than pictures and texts as it is; `None`: they have none with this
    id. Raises what `parts_of` raises."""
    file = await cabinet.files(tenant).file(id)
    if file is None or file.user != user:
        return None
    if file.kind != "other":
        return await parts_of(cabinet, file)
    if file.size > cabinet.limits.image:
        raise Fault(
            Kind.too_large,
            f"A model is given at most {cabinet.limits.image} bytes of one file.",
            field="files",
            code="file_too_large_for_model",
        )
    data = b"".join([piece async for piece in cabinet.blobs.read(file.blob, 0, file.size)])
    return (Inline(data, file.name, file.media_type),)


async def attach(cabinet: Cabinet, tenant: str, user: str, ids: tuple[str, ...]) -> tuple[Part, ...]:
    """The parts of a user's files; in place of one that is gone, or that no model can be given any more, stands a line
    that says so: a chat goes on without it."""
    files = cabinet.files(tenant)
    parts: list[Part] = []
    for id in ids:
        file = await files.file(id)
        if file is None or file.user != user:
            parts.append(Text("[A file that was here has been deleted.]", source=Source("file", id)))
            continue
        try:
            parts += await parts_of(cabinet, file)
        except Fault as fault:
            if fault.kind not in (Kind.missing, Kind.unsupported, Kind.too_large):
                raise
            parts.append(Text(f"[The file {_line(file.name)} cannot be read.]", source=Source("file", id, file.name)))
    return tuple(parts)


def _under_its_name(name: str, text: str) -> str:
    """A fence longer than any in the text, so that a file cannot pass for what stands around it."""
    fence = "`" * max([3, *(len(run) + 1 for run in _FENCE.findall(text))])
    return f"\n\nFile {_line(name)}:\n{fence}\n{text}\n{fence}\n"


def _line(name: str) -> str:
    """A name as one line."""
    return " ".join(name.split())
