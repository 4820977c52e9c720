"""Which function handles which operation: the whole product in one list.

Each area has a room: a value with all that its handlers need. `HANDLED` names every operation of every area.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from parlance.core.accounts import handlers as accounts
from parlance.core.accounts.federation import handlers as federation
from parlance.core.accounts.federation.room import FederationRoom
from parlance.core.accounts.room import AccountRoom
from parlance.core.admission import handlers as admission
from parlance.core.admission.operations import ClearCaches, ReadAdmission
from parlance.core.backups import handlers as backups
from parlance.core.budgets import handlers as budgets
from parlance.core.budgets.handlers import BudgetRoom
from parlance.core.chat import handlers as chats
from parlance.core.chat.keeping import send_or_keep
from parlance.core.chat.operations import SendMessage
from parlance.core.chat.road import Road
from parlance.core.chat.room import ChatRoom
from parlance.core.chat.send import send_message
from parlance.core.chatbot import moving as chatbot
from parlance.core.feeds import handlers as feeds
from parlance.core.files import handlers as files
from parlance.core.files.cabinet import Cabinet
from parlance.core.knowledge import handlers as knowledge
from parlance.core.knowledge.room import KnowledgeRoom
from parlance.core.ledger import handlers as ledgers
from parlance.core.ledger.handlers import LedgerRoom
from parlance.core.library import handlers as library
from parlance.core.library.room import LibraryRoom
from parlance.core.models import connecting, transcribing
from parlance.core.models import handlers as models
from parlance.core.models import operations as model
from parlance.core.models.connecting import ConnectionRoom
from parlance.core.operation import Handler, Handles, Operation
from parlance.core.runs import handlers as runs
from parlance.core.runs.operations import ListRuns, ReadLine, ReadRun, StopRun
from parlance.core.server import handlers as servers
from parlance.core.server import operations as server
from parlance.core.weknora import handlers as weknora
from parlance.core.weknora.moving import handlers as moving
from parlance.core.weknora.moving.room import MovingRoom
from parlance.core.weknora.room import WeknoraRoom
from parlance.ports.backups import Backups

ROAD: Handles = {
    SendMessage: send_message,
    ReadRun: runs.read_run,
    StopRun: runs.stop_run,
    ListRuns: runs.list_runs,
    ReadLine: admission.read_line,
    ReadAdmission: admission.read_admission,
    ClearCaches: admission.clear_caches,
    server.ReadHealth: servers.read_health,
    server.ReadReady: servers.read_ready,
    server.ReadMetrics: servers.read_metrics,
    server.ReadFace: servers.read_face,
    server.ListSettings: servers.list_settings,
    server.OpenConsole: servers.open_console,
    model.ListModels: models.list_models,
    model.ShowModel: models.show_model,
    model.ListLoaded: models.list_loaded,
    model.LoadModel: models.load_model,
    model.Embed: models.embed,
    model.Rerank: models.rerank,
    model.Transcribe: transcribing.transcribe,
    model.ChangeModel: models.change_model,
    model.CopyModel: models.copy_model,
    model.DeleteModel: models.delete_model,
    model.FindBlob: models.find_blob,
    model.PutBlob: models.put_blob,
}

CHATS: Handles = {**chats.AREA, **feeds.AREA}


def whole(*areas: Handles) -> Handles:
    """All areas in one. That two of them name one operation is a mistake, and no import of this module hides it."""
    found: dict[type[Operation[Any]], Any] = {}
    for area in areas:
        if twice := found.keys() & area.keys():
            raise AssertionError(f"{twice} are handled by two areas")
        found.update(area)
    return found


HANDLED = whole(
    ROAD,
    CHATS,
    accounts.AREA,
    federation.AREA,
    files.AREA,
    backups.AREA,
    budgets.AREA,
    ledgers.AREA,
    library.AREA,
    chatbot.AREA,
    connecting.AREA,
    knowledge.AREA,
    weknora.AREA,
    moving.AREA,
)


class Rooms(msgspec.Struct, frozen=True):
    """Every area's room. An area without one is not served (in tests of another)."""

    road: Road
    chats: ChatRoom | None = None
    accounts: AccountRoom | None = None
    federation: FederationRoom | None = None
    files: Cabinet | None = None
    backups: Backups | None = None
    budgets: BudgetRoom | None = None
    ledgers: LedgerRoom | None = None
    library: LibraryRoom | None = None
    chatbot: chatbot.MovingRoom | None = None
    connections: ConnectionRoom | None = None
    knowledge: KnowledgeRoom | None = None
    weknora: WeknoraRoom | None = None
    moving: MovingRoom | None = None
    more: Mapping[type[Operation[Any]], Handler] = {}
    """What is handled besides, where somebody wants it: a front-end that nobody opened costs a start nothing."""


def handlers(rooms: Rooms) -> dict[type[Operation[Any]], Handler]:
    """The handlers with all they need. Where chats are kept, what is said may become one."""
    return {
        **_of(ROAD, rooms.road),
        **_of(CHATS, rooms.chats),
        **_of(accounts.AREA, rooms.accounts),
        **_of(federation.AREA, rooms.federation),
        **_of(files.AREA, rooms.files),
        **_of(backups.AREA, rooms.backups),
        **_of(budgets.AREA, rooms.budgets),
        **_of(ledgers.AREA, rooms.ledgers),
        **_of(library.AREA, rooms.library),
        **_of(chatbot.AREA, rooms.chatbot),
        **_of(connecting.AREA, rooms.connections),
        **_of(knowledge.AREA, rooms.knowledge),
        **_of(weknora.AREA, rooms.weknora),
        **_of(moving.AREA, rooms.moving),
        **rooms.more,
        **_of({SendMessage: send_or_keep}, rooms.chats),
    }


def _of(area: Handles, room: Any) -> dict[type[Operation[Any]], Handler]:
    return {} if room is None else {kind: partial(handle, room) for kind, handle in area.items()}
