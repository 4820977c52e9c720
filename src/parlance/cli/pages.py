"""All that the server lists page by page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from parlance.cli.client import Client

PREFIX = "/parlance/v1"
PAGE = 100


def every(client: Client, operation: str, what: str, **fields: str) -> Iterator[dict[str, Any]]:
    """What an operation lists, which its answer has as `what`; `fields` say which. Raises Failure."""
    cursor = ""
    while True:
        query = urlencode({**fields, "cursor": cursor, "limit": PAGE})
        page = client.ask("GET", f"{PREFIX}/{operation}?{query}")
        yield from page[what]
        cursor = page.get("cursor") or ""
        if not cursor:
            return
