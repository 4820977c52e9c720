"""How the callers of one door come in."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from parlance.core.accounts.identity import Approach
from parlance.core.dispatch import Caller
from parlance.settings import schema
from parlance.settings.addresses import is_loopback, split_address
from parlance.transports.http.gateway import Facts
from parlance.values.accounts import NOBODY, NOWHERE, Circumstances, Principal

if TYPE_CHECKING:
    from parlance.app import House


class DoorGateway:
    """How one door's callers come in: its word on guests and sharing goes into who they are."""

    def __init__(self, house: House, door: schema.Door) -> None:
        self._house = house
        self._door = door
        self._guest = house.settings.chatqueue.anonymous
        host, _ = split_address(door.address or "", house.settings.server.host)
        self._wide = not is_loopback(host)

    def identify(self, facts: Facts) -> Principal | Awaitable[Principal]:
        """Who asks."""
        guest = self._door.anonymous or (self._guest if facts.dialect == "chatqueue" else None)
        door, wide = self._door, self._wide
        approach = Approach(
            *(facts.token, facts.console, facts.local, guest, door.share_answers, wide, facts.session, facts.anyone),
            door.keep_chats,
        )
        if facts.vouched is not None:
            return self._house.federation.vouched(facts, approach)
        return self._house.identity.identify(approach)

    def caller(self, principal: Principal | None, request_id: str, facts: Facts | None = None) -> Caller:
        """`do` for one request."""
        came = NOWHERE if facts is None else Circumstances(facts.peer, facts.agent, facts.local)
        return Caller(self._house.dispatch, principal or NOBODY, request_id, came, self._house.staff.presence)
