"""The ASGI application of one door: from a request to its row, to an answer, to bytes."""

from __future__ import annotations

import asyncio

from parlance.transports.http.bodies import Left, Message, Receive, Send
from parlance.transports.http.cors import Cors
from parlance.transports.http.door import Door
from parlance.transports.http.exchange import Exchange
from parlance.transports.http.familiar import Familiars
from parlance.transports.http.gateway import Gateway, Watcher
from parlance.transports.http.heartbeats import Wheel
from parlance.transports.http.line import LINE, Line, Unwatched
from parlance.transports.http.origins import Origins
from parlance.transports.http.router import Router
from parlance.transports.http.vouching import Vouchers
from parlance.values.ids import Ids


class App:
    """One door's application. `draining` makes every row that is not open answer `busy`."""

    def __init__(self, door: Door, gateway: Gateway, watcher: Watcher, wheel: Wheel, ids: Ids) -> None:
        self.door = door
        self.draining = False
        self.wheel = wheel
        self.ids = ids
        self.watcher = watcher
        self.gateway = gateway
        self.origins = Origins(door)
        self.vouchers = None if door.vouching is None else Vouchers(door.vouching)
        self.router = Router(door.dialects, base=door.base_path, clashes=door.clashes, aside=door.aside)
        self.cors = Cors(door, self.router)
        self.familiars = Familiars()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request. Returns quietly when the client leaves."""
        if scope["type"] != "http":
            raise ValueError(f"A door speaks HTTP, not {scope['type']}.")
        line: Line = scope.pop(LINE, None) or Unwatched()
        task = asyncio.current_task()
        line.task = task
        exchange = Exchange(self, scope, receive, send, line)
        try:
            await exchange.run()
        except asyncio.CancelledError as left:
            if line.lost and task is not None:
                task.uncancel()
            elif not isinstance(left, Left):
                raise
        except Exception as error:
            exchange.give_up(error)
        finally:
            line.task = None
            exchange.close()
