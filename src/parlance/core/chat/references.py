"""What somebody names in a message instead of giving it: files by an id, pictures by an address.

An engine is asked with the operator's key, in the operator's network. So an id is one of the caller's own files here,
whose content is put in its place, and never one that the upstream knows; an address is one that anybody may fetch.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import msgspec

from parlance.core.authorize import absent
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.messages import File, Image, Item, Message, Opaque, Part, PlainItems, ToolResult

MOST_ADDRESSES = 64
"""Different addresses in one ask: each may cost a look-up."""
_IDS, _ADDRESSES = frozenset({"file_id"}), frozenset({"file_url", "image_url", "url"})

OwnFile = Callable[[str, str, str], Awaitable[tuple[Part, ...] | None]]
"""A user's file (tenant, user, id) as parts; `None`: there is none."""
MayPoint = Callable[[str], Awaitable[None]]
"""Raises `Fault` for an address that no engine is sent to."""


async def _no_file(tenant: str, user: str, id: str) -> tuple[Part, ...] | None:
    return None


async def _anywhere(url: str) -> None:
    return None


class References:
    """How what is named is found and judged; put together at start, for files come after the road."""

    def __init__(self, own: OwnFile = _no_file, may_point: MayPoint = _anywhere) -> None:
        self.own = own
        self.may_point = may_point

    async def resolved(self, principal: Principal, items: tuple[Item, ...]) -> tuple[Item, ...]:
        """The items with nothing in them but what an engine may have. Raises `Fault`: missing for a file that is not
        the caller's, what reading it raises, and invalid for an address or an empty file."""
        if type(items) is PlainItems:  # nearly every ask has nothing but words, and must not pay for the others
            return items
        for item in items:
            kind = type(item)
            if kind is Opaque or (kind in (Message, ToolResult) and type(item.content) is not str):  # type: ignore[union-attr]
                return await self._resolved(principal, items)
        return items

    async def _resolved(self, principal: Principal, items: Sequence[Item]) -> tuple[Item, ...]:
        addresses: set[str] = set()
        found = [await self._item(principal, item, addresses) for item in items]
        if len(addresses) > MOST_ADDRESSES:
            raise Fault(
                Kind.invalid, f"One ask may name {MOST_ADDRESSES} addresses at most.", code="too_many_addresses"
            )
        for address in sorted(addresses):
            await self.may_point(address)
        return tuple(found)

    async def _item(self, principal: Principal, item: Item, addresses: set[str]) -> Item:
        if isinstance(item, Opaque):
            for key, value in _named(item.value):
                if key in _IDS:
                    raise absent("file")
                if not _is_inline(value):
                    addresses.add(value)
            return item
        if not isinstance(item, Message | ToolResult) or isinstance(item.content, str):
            return item
        parts: list[Part] = []
        for part in item.content:
            if isinstance(part, Image) and part.data is None and part.url is not None and not _is_inline(part.url):
                addresses.add(part.url)
            parts += await self._file(principal, part) if isinstance(part, File) else (part,)
        same = len(parts) == len(item.content) and all(map(_is, parts, item.content))
        return item if same else msgspec.structs.replace(item, content=tuple(parts))

    async def _file(self, principal: Principal, part: File) -> tuple[Part, ...]:
        if part.data is not None:  # an id beside the content would be the upstream's
            return (part if part.id is None else msgspec.structs.replace(part, id=None),)
        if part.id is None:
            raise Fault(Kind.invalid, "A file in a message has neither content nor an id.", code="empty_file")
        found = None if principal.guest else await self.own(principal.tenant, principal.user, part.id)
        if found is None:
            raise absent("file")
        return found


def _is(one: Part, other: Part) -> bool:
    return one is other


def _is_inline(url: str) -> bool:
    return url[:5].lower() == "data:"


def _named(value: Any) -> Iterator[tuple[str, str]]:
    """Every text under a key that names something, however deep."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from ((k, v) for k, v in one.items() if isinstance(v, str) and (k in _IDS or k in _ADDRESSES))
            waiting += [each for each in one.values() if isinstance(each, dict | list)]
        elif isinstance(one, list):
            waiting += one
