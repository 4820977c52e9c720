"""Keeping an upload as a file of its sender."""

from __future__ import annotations

from parlance.core.authorize import must_keep
from parlance.core.files.cabinet import Cabinet
from parlance.core.files.operations import FileView, UploadFile
from parlance.core.files.sniff import sniff
from parlance.core.files.taking import HOLD_SECONDS, Bounds, Depot, Received, Receiving, Refusals, shown_size
from parlance.core.operation import Context, Result
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.files import File, Hold

__all__ = ["HOLD_SECONDS", "MOST_NAME", "judged_name", "keeping", "upload_file", "view"]

MOST_NAME = 255
"""Code points in a name: what a file system allows, and every database's column."""


def view(file: File) -> FileView:
    """A file as it is told."""
    return FileView(file.id, file.name, file.kind, file.media_type, file.size, file.sha256, file.created, file.declared)


def keeping(principal: Principal) -> str:
    """The user whose files are meant. Raises `Fault(forbidden)` for guests, who share a name and so cannot own any."""
    return must_keep(principal, "files").user


def judged_name(name: str) -> str:
    """What somebody called a file. Raises `Fault(invalid)` for what no column can hold."""
    if not 1 <= len(name) <= MOST_NAME or "\x00" in name:
        raise Fault(
            Kind.invalid, f"A file's name has between 1 and {MOST_NAME} characters.", field="name", code="bad_name"
        )
    return name


def _too_large(limit: int) -> Fault:
    most = shown_size(limit)
    return Fault(Kind.too_large, f"A file may have at most {most} here.", field="content", code="file_too_large")


def _no_room(needed: int, left: int) -> Fault:
    return Fault(
        Kind.over_budget,
        f"There is no room for this file: of the room for files {left} bytes are left, and it needs {needed}.",
        hint="Delete files that are not needed any more, or ask an administrator for more room.",
        code="no_room",
    )


REFUSALS = Refusals(_too_large, _no_room)
"""What is said of files that are too much."""


async def upload_file(cabinet: Cabinet, context: Context, op: UploadFile) -> Result[FileView]:
    """Handle `UploadFile`."""
    keeping(context.principal)
    judged_name(op.name)
    files, limits = cabinet.files(context.principal.tenant), cabinet.limits
    bounds = Bounds(limits.upload, limits.user, limits.tenant)
    depot = Depot(files, cabinet.blobs, cabinet.keeper, cabinet.clock, cabinet.ids, bounds, REFUSALS)

    async def settle(hold: Hold, received: Received) -> Result[FileView]:
        sniffed = sniff(received.head)
        file = File(
            id=cabinet.ids.new(),
            tenant=hold.tenant,
            user=hold.user,
            name=op.name,
            kind=sniffed.kind,
            media_type=sniffed.media_type,
            size=received.size,
            sha256=received.sha256,
            created=cabinet.clock.now(),
            blob=hold.blob,
            declared=op.declared[:MOST_NAME],
        )
        return Result(view(file), files.settle(hold, file))

    principal = context.principal
    return await Receiving(depot, principal.tenant, principal.user, op.content, op.size, settle).reserve()
