"""What every answer is wrapped in. `/system/info`, signing in and following an answer have shapes of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from parlance.dialects.table import Reply
from parlance.dialects.weknora.wire import Paging
from parlance.values import json_door

T = TypeVar("T")


class Success(msgspec.Struct, Generic[T], frozen=True):
    """It went well."""

    success: bool
    data: T
    message: str | UnsetType = UNSET


class Listed(msgspec.Struct, Generic[T], frozen=True):
    """One page of a list, and of how many entries the list is."""

    success: bool
    data: tuple[T, ...]
    total: int
    page: int
    page_size: int


class Done(msgspec.Struct, frozen=True):
    """It went well, and there is nothing to show but a sentence."""

    success: bool
    message: str


def given(value: Any, status: int = 200, message: str | UnsetType = UNSET) -> Reply:
    """A value."""
    return Reply(json_door.encode(Success(True, value, message)), status=status)


def listed(entries: Sequence[Any], total: int, paging: Paging) -> Reply:
    """A page of a list."""
    return Reply(json_door.encode(Listed(True, tuple(entries), total, paging.page, paging.page_size)))


def done(message: str) -> Reply:
    """A sentence."""
    return Reply(json_door.encode(Done(True, message)))
