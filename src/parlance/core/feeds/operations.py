"""What can be wanted of a feed."""

from __future__ import annotations

from typing import ClassVar

from parlance.core.feeds.feed import Feed
from parlance.core.operation import Operation


class ReadFeed(Operation[Feed], frozen=True):
    """The caller's own feed: what changes in the sidebar, and which answers begin and end, as it happens."""

    wire_name: ClassVar[str] = "feeds.read"
