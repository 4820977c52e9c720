"""What a disk's refusal means to a caller."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from parlance.values.errors import Fault, Kind

RETRY_SECONDS = 5.0
"""When to try again: the disk is asked anew each time, so it heals the moment there is room."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})
_NO_FILES = frozenset({errno.EMFILE, errno.ENFILE})


@contextmanager
def told() -> Iterator[None]:
    """Turn an OSError into the fault that says what is wrong, without a path."""
    try:
        yield
    except FileNotFoundError:
        raise lost() from None
    except OSError as error:
        raise refused(error) from error


def lost() -> Fault:
    """What a reader hears when the row is there and the bytes are not."""
    return Fault(Kind.missing, "The content of this file is not there any more.", code="content_lost")


def refused(error: OSError) -> Fault:
    """What somebody hears who wanted to write, or to open one file more."""
    if error.errno in _FULL:
        return _busy("The server's disk is full.", "disk_full")
    if error.errno in _READ_ONLY:
        return _busy("The server's disk cannot be written to.", "disk_read_only")
    if error.errno in _NO_FILES:
        return _busy("The server has too many files open.", "too_many_open_files")
    return _busy("The server's disk failed.", "disk_failed")


def _busy(message: str, code: str) -> Fault:
    return Fault(Kind.busy, message, hint="Its operator has to look after it.", retry_after=RETRY_SECONDS, code=code)


def damaged() -> Fault:
    """What a reader hears when the bytes are not those that were written."""
    return Fault(Kind.missing, "The content of this file is damaged.", code="content_lost")


def storage_unreachable() -> Fault:
    """The object store does not answer, or not in time."""
    return _busy("The server's storage cannot be reached.", "storage_unreachable")


def storage_denied(said: str) -> Fault:
    """The object store refuses our key; `said` is its own word for why."""
    return _busy(f"The server's storage refuses its key ({said}).", "storage_denied")


def no_bucket() -> Fault:
    """The bucket is not there."""
    return _busy("The server's storage has no such bucket.", "storage_no_bucket")


def storage_full() -> Fault:
    """The object store takes no more."""
    return _busy("The server's storage is full.", "disk_full")


def storage_failed(said: str) -> Fault:
    """The object store fails; `said` is its own word for why, or a status."""
    return _busy(f"The server's storage failed ({said}).", "storage_failed")
