"""What can be wanted of the search in saved chats."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from parlance.core.operation import Operation
from parlance.values.chats import Hit

PAGE = 20
MOST_PAGE = 100
"""Hits of one page: each is read for the text around it."""


class HitPage(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was found, newest first, and the cursor of the next page; none is the last one."""

    hits: tuple[Hit, ...]
    cursor: str | None = None


class SearchChats(Operation[HitPage], frozen=True):
    """Find words in the titles and turns of the caller's own chats, newest first.

    All words must stand in one turn or title; what is in quotes stands together. The last word may be one that is only
    begun. Filters among the words: `folder:name`, `tag:name`, `pinned:yes`, `archived:yes` (or `all`), with quotes
    around a name of several words; without words they give the chats themselves. `cursor` is the one that the page
    before gave.
    """

    wire_name: ClassVar[str] = "chats.search"

    query: str
    limit: int = PAGE
    cursor: str = ""
