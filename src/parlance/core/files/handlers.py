"""What the operations on files do."""

from __future__ import annotations

from functools import partial

from parlance.core.authorize import administers
from parlance.core.cursors import page, place, within
from parlance.core.files.cabinet import Cabinet
from parlance.core.files.operations import (
    Content,
    DeleteFile,
    FilePage,
    FileUsage,
    FileView,
    ListFiles,
    ReadContent,
    ReadFile,
    ReadFileUsage,
    UploadFile,
)
from parlance.core.files.upload import keeping, upload_file, view
from parlance.core.operation import Context, Handles, Result
from parlance.ports.files import WHOLE_TENANT
from parlance.values.accounts import Principal
from parlance.values.files import File, Room


async def find_file(cabinet: Cabinet, principal: Principal, id: str) -> File | None:
    """Dispatch's way to a file; whether it may be seen is judged there."""
    return await cabinet.files(principal.tenant).file(id)


async def read_file(cabinet: Cabinet, context: Context, op: ReadFile) -> Result[FileView]:
    """Handle `ReadFile`."""
    return Result(view(context.subject))


async def list_files(cabinet: Cabinet, context: Context, op: ListFiles) -> Result[FilePage]:
    """Handle `ListFiles`."""
    user, limit = keeping(context.principal), within(op.limit)
    whose = ("files", user)
    before: tuple[str] | None = place(whose, op.cursor, str)
    found = await cabinet.files(context.principal.tenant).page(user, None if before is None else before[0], limit + 1)
    files, more = page(whose, found, limit, lambda file: (file.id,))
    return Result(FilePage(tuple(view(file) for file in files), more))


async def read_content(cabinet: Cabinet, context: Context, op: ReadContent) -> Result[Content]:
    """Handle `ReadContent`."""
    file: File = context.subject
    return Result(Content(file, partial(cabinet.blobs.read, file.blob)))


async def delete_file(cabinet: Cabinet, context: Context, op: DeleteFile) -> Result[None]:
    """Handle `DeleteFile`: the row first; a blob that stays behind is swept later."""
    file: File = context.subject
    changes = cabinet.files(file.tenant).delete(file)
    return Result(None, changes, (partial(cabinet.keeper.discard, file.blob),))


async def read_file_usage(cabinet: Cabinet, context: Context, op: ReadFileUsage) -> Result[FileUsage]:
    """Handle `ReadFileUsage`."""
    principal, limits = context.principal, cabinet.limits
    own = await _room(cabinet, principal.tenant, keeping(principal), limits.user)
    if not administers(principal):
        return Result(FileUsage(own))
    tenant = await _room(cabinet, principal.tenant, WHOLE_TENANT, limits.tenant)
    return Result(FileUsage(own, tenant, cabinet.blobs.free()))


async def _room(cabinet: Cabinet, tenant: str, user: str, limit: int | None) -> Room:
    room = await cabinet.files(tenant).room(user) or Room(0, 0, 0)
    return Room(room.used, room.reserved, room.files, limit)


AREA: Handles = {
    UploadFile: upload_file,
    ReadFile: read_file,
    ListFiles: list_files,
    ReadContent: read_content,
    DeleteFile: delete_file,
    ReadFileUsage: read_file_usage,
}
