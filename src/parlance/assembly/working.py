"""A process that does jobs beside servers, and listens nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from parlance.app import House
from parlance.settings.load import Loaded
from parlance.watch import Observer


async def work(
    loaded: Loaded,
    observer: Observer,
    *,
    on_ready: Callable[[House], None],
    stop: asyncio.Event,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Do jobs beside servers that share the database, and listen nowhere, until told to stop."""
    house = House(loaded, observer, None, environment)
    await house.build()
    house.start(first=False)
    try:
        on_ready(house)
        await stop.wait()
    finally:
        await house.close()
