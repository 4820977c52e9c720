"""Who asks: from what a request says about its sender to a caller of the core."""

from __future__ import annotations

import msgspec

from parlance.dialects.table import Dialect, Request, Row
from parlance.transports.http.gateway import CONSOLE_COOKIE, Caller, Facts, Gateway
from parlance.transports.http.headers import bearer, cookie
from parlance.transports.http.origins import Standing
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind

_LONGEST_AGENT = 255


async def arrived(
    gateway: Gateway, row: Row, dialect: Dialect, facts: Facts, request_id: str, standing: Standing
) -> Caller:
    """The caller of a row that is not open to all. Raises `Fault` (unauthenticated or forbidden).

    A row for anyone needs no principal, but must not be called by a page of another origin (unless it is open as
    well): that could sign somebody in as somebody else without their knowing.
    """
    if row.anyone and not row.open and not standing.own and standing.cors is None:
        raise Fault(Kind.forbidden, "Pages of another origin may not sign anybody in.", code="foreign_origin")
    if dialect.site:  # it knows its callers by itself
        return gateway.caller(None, request_id, facts)
    try:
        principal = await known(gateway, facts)
    except Fault as fault:
        # While nobody is known at all, a door that strangers reach says that first.
        if not row.anyone or fault.kind is not Kind.unauthenticated or fault.code == "no_keys":
            raise
        return gateway.caller(None, request_id, facts)
    return gateway.caller(principal, request_id, facts)


async def known(gateway: Gateway, facts: Facts) -> Principal:
    """Who asks, by the second key where the first stands for nobody. Raises `Fault` as the gateway does."""
    try:
        principal = gateway.identify(facts)
        return principal if isinstance(principal, Principal) else await principal
    except Fault as fault:
        if facts.second is None or fault.kind is not Kind.unauthenticated:
            raise
    return await known(gateway, msgspec.structs.replace(facts, token=facts.second, second=None))


def facts_of(dialect: Dialect, door: str, request: Request, standing: Standing, anyone: bool = False) -> Facts:
    """What a request says of its sender. Cookies count only where no page of another origin is behind it."""
    headers = request.headers
    cookies = headers.get("cookie") if standing.own else None
    return Facts(
        token=bearer(headers) if dialect.credentials is None else dialect.credentials(request),
        console=None if cookies is None else cookie(cookies, CONSOLE_COOKIE),
        dialect=dialect.name,
        door=door,
        local=standing.local,
        peer=standing.peer,
        session=None if cookies is None else cookie(cookies, dialect.cookie),
        agent=headers.get("user-agent", "")[:_LONGEST_AGENT],
        anyone=anyone,
        vouched=standing.vouched,
        second=None if dialect.fallback is None else dialect.fallback(request),
    )
