"""How documents come in: a form with a file, which is taken as it comes, and an address."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from parlance.core.knowledge.bases_operations import ReadBase
from parlance.core.knowledge.document_operations import AddAddress, DocumentView, Noted, UploadDocument
from parlance.dialects.multipart import Form, Part
from parlance.dialects.table import Do, Reply, Request
from parlance.dialects.weknora.bases_shown import NOTES
from parlance.dialects.weknora.bodies import full, number_of
from parlance.dialects.weknora.envelope import given
from parlance.dialects.weknora.errors import BAD_REQUEST, VALIDATION, refused
from parlance.dialects.weknora.knowledge_shown import KnowledgeShown, knowledge_shown
from parlance.values import json_door
from parlance.values.errors import Fault, Kind
from parlance.values.texts import TURNING

MOST_NAME = 255
NO_FILE, BAD_METADATA, BAD_FLAG = "File upload failed", "Invalid metadata format", "Invalid enable_multimodel format"
_TRUTHS = {"1", "t", "T", "true", "TRUE", "True"}
_UNTRUTHS = {"0", "f", "F", "false", "FALSE", "False"}
"""What Go reads as a truth."""
_MORE = re.compile(rf"[/\\{TURNING}]")
"""What makes a path of a name, or shows it as one of another kind."""


class Duplicate(msgspec.Struct, frozen=True):
    """The document is there already."""

    success: bool
    message: str
    data: KnowledgeShown
    code: str


class Address(msgspec.Struct, frozen=True):
    """The body for an address."""

    url: Annotated[str, Meta(min_length=1)]
    enable_multimodel: bool | None = None


class _Fields:
    """What a form says beside its file, before it or after it."""

    def __init__(self) -> None:
        self.metadata: dict[str, str] = {}
        self.multimodal: bool | None = None

    def take(self, name: str, text: str) -> None:
        """One field. Raises `Fault(invalid)`."""
        if name == "metadata" and text:
            try:
                self.metadata = json_door.decode(text.encode(), dict[str, str])
            except Fault:
                raise Fault(Kind.invalid, BAD_METADATA, field=name, code="bad_metadata") from None
        if name == "enable_multimodel" and text:
            if text not in _TRUTHS | _UNTRUTHS:
                raise Fault(Kind.invalid, BAD_FLAG, field=name, code="bad_flag")
            self.multimodal = text in _TRUTHS

    def noted(self) -> Noted:
        """All of it."""
        foreign = None if self.multimodal is None else {NOTES: {"enable_multimodel": self.multimodal}}
        return Noted(self.metadata, foreign)


async def upload(request: Request, do: Do) -> Reply:
    """`POST /knowledge-bases/:id/knowledge/file`: 200 with the document, 409 with the one that is there already."""
    await do(ReadBase(request.params["base"]))  # whose it is, is said before what is wrong with the form
    try:
        form, fields = _form(request), _Fields()
        file = await _file(form, fields)
    except Fault as fault:
        if fault.code != "bad_form":
            raise
        return refused(400, BAD_REQUEST, NO_FILE, fault.sentence(), fault)
    name = file.filename or ""
    if not sound_name(name):
        return refused(400, VALIDATION, "Invalid file name", {"field": "file"})
    sent = _then(form, fields)
    size = _size(request, form)
    operation = UploadDocument(request.params["base"], name, sent, size, file.media_type, anew=True, noted=fields.noted)
    try:
        made = await do(operation)
    except Fault as fault:
        return full(fault)
    return await _shown(do, made, 200, f"File already exists: {made.name}", "duplicate_file")


async def add_address(request: Request, do: Do, body: Address) -> Reply:
    """`POST /knowledge-bases/:id/knowledge/url`: 201 with the document, 409 with the one that is there already."""
    flag = body.enable_multimodel
    foreign = None if flag is None else {NOTES: {"enable_multimodel": flag}}
    try:
        made = await do(AddAddress(request.params["base"], body.url, anew=True, foreign=foreign))
    except Fault as fault:
        return full(fault)
    return await _shown(do, made, 201, f"URL already exists: {made.place}", "duplicate_url")


async def _shown(do: Do, made: DocumentView, status: int, there: str, code: str) -> Reply:
    base = await do(ReadBase(made.base))
    shown = knowledge_shown(made, await number_of(do), base.embedder)
    if not made.duplicate:
        return given(shown, status)
    return Reply(json_door.encode(Duplicate(False, there, shown, code)), status=409)


def sound_name(name: str) -> bool:
    """Whether a name is only a name: no path, no control, nothing that turns the order of its letters."""
    if not 1 <= len(name) <= MOST_NAME or name in (".", "..") or not name.strip(" ."):
        return False
    return _MORE.search(name) is None and not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name)


def _form(request: Request) -> Form:
    if request.content is None:
        raise Fault(Kind.invalid, NO_FILE, code="bad_form")
    return Form(request.headers.get("content-type", ""), request.content)


async def _file(form: Form, fields: _Fields) -> Part:
    """The part with the file; the fields before it are read."""
    while (part := await form.part()) is not None:
        if part.name == "file" and part.filename is not None:
            return part
        if part.filename is None:
            fields.take(part.name, await form.text())
    raise Fault(Kind.invalid, "The form has no file.", field="file", code="bad_form")


async def _then(form: Form, fields: _Fields) -> AsyncIterator[bytes]:
    """The bytes of the file, and then the fields that follow it, so that they are known when the file is there."""
    async for piece in form.content():
        yield piece
    while (part := await form.part()) is not None:
        if part.filename is None:
            fields.take(part.name, await form.text())


def _size(request: Request, form: Form) -> int | None:
    """What the file may have at the most, by the length of the request; nothing where that is not said."""
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or len(length) > 15:
        return None
    return max(0, int(length) - form.taken + form.waiting - form.closing)
