"""From settings to what WeKnora's clients need beside all that others need too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from parlance.assembly.accounts import secret_keys
from parlance.assembly.connecting import Connecting
from parlance.assembly.connections import EngineRoom
from parlance.core.dispatch import Loader
from parlance.core.models.connections import Connection
from parlance.core.models.operations import ChangeModel
from parlance.core.runs.run import Run
from parlance.core.weknora.handlers import loaders
from parlance.core.weknora.moving.room import MovingRoom
from parlance.core.weknora.pulls import Pulls
from parlance.core.weknora.room import WeknoraRoom
from parlance.core.weknora.shelf import TenantShelf
from parlance.discovery import PROBE, ollama_url
from parlance.outbound.calls import Call, Origin
from parlance.outbound.client import Client
from parlance.outbound.public import PublicOnly, must_be_public
from parlance.outbound.urls import parse
from parlance.ports.observing import Log
from parlance.settings.connection import Connection as Configured
from parlance.settings.schema import Settings
from parlance.settings.secret import Secret
from parlance.stores.sql.weknora import SqlWeknora
from parlance.values import json_door
from parlance.values.accounts import Principal
from parlance.values.errors import Fault, Kind
from parlance.values.weknora import ModelPlan
from parlance.vault.aes_gcm import derived
from parlance.vault.tenant_keys import KNOWN_TO_ALL, AesTenantKeys

if TYPE_CHECKING:
    from parlance.app import House

PURPOSE = "weknora tenant keys"


class WeknoraKeeping:
    """All of it in the process of a house whose accounts and knowledge are there."""

    def __init__(self, house: House) -> None:
        settings, knowledge = house.settings, house.knowledge.room
        log = house.observer.log("parlance.core.weknora")
        store, models, sealer = SqlWeknora(house.database), house.road.models, house.staff.room.sealer
        self._shop = TenantShop(settings, house.engine_room, house.connecting)
        shelf = models.beside = TenantShelf(store, sealer, self._shop, models)

        async def begin(principal: Principal, pull: ChangeModel) -> Run:
            return await house.dispatch(principal, "house", pull)

        self.room = WeknoraRoom(
            accounts=house.staff.room,
            store=store,
            models=models,
            shelf=shelf,
            pulls=Pulls(begin, house.clock),
            ollama=partial(_ollama, settings, house.client),
            keys=AesTenantKeys(aes_key(settings, log), os.urandom),
            rooms=knowledge.stores.rooms,
            quota=knowledge.limits.tenant,
        )
        self.moving = MovingRoom(self.room, knowledge, house.library.room)

    async def stop(self) -> None:
        """Hang up."""
        await self._shop.close()

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How what its operations name is found."""
        return loaders(self.room)


class TenantShop:
    """The `TenantWorkshop`: a tenant names public addresses, and those that the operator has listed."""

    def __init__(self, settings: Settings, engines: EngineRoom, connecting: Connecting) -> None:
        listed = (parse(url) for url in settings.weknora.private_origins)
        self._allowed = frozenset(place.origin for place in listed if place is not None)
        self._engines = engines
        self._connecting = connecting
        self._public: Client | None = None

    def judge(self, base_url: str) -> None:
        """Refuse an address that is none, that is our own, or that is private and not listed."""
        place = parse(base_url)
        if place is None or self._connecting.is_own(base_url):
            raise _odd_address()
        if place.origin not in self._allowed:
            try:
                must_be_public(place.origin)
            except Fault:
                raise _odd_address() from None

    def place(self, base_url: str) -> str:
        """Scheme, host and port."""
        found = parse(base_url)
        return "" if found is None else f"{found.origin.scheme}://{found.origin.authority}"

    def make(self, name: str, plan: ModelPlan, key: str | None, mark: str) -> Connection:
        """One connection with one model."""
        self.judge(plan.base_url)
        configured = Configured(
            name=name,
            kind="openai",
            base_url=plan.base_url,
            models=(plan.name,),
            api_key=None if key is None else Secret(key),
        )
        return self._engines.connection(configured, mark=mark, client=self._client(plan.base_url))

    def retire(self, connection: Connection) -> None:
        """Let go of one when its last answer is done."""
        self._engines.retire(connection)

    async def discard(self, connection: Connection) -> None:
        """Let go of one that nobody uses."""
        await self._engines.discard(connection)

    async def close(self) -> None:
        """Hang up."""
        if self._public is not None:
            await self._public.close()

    def _client(self, base_url: str) -> Client | None:
        """A client that dials no private address; for what the operator listed, everybody's."""
        place = parse(base_url)
        if place is not None and place.origin in self._allowed:
            return None
        self._public = self._public or Client(resolve=PublicOnly())
        return self._public


async def _ollama(settings: Settings, client: Client) -> tuple[str, str]:
    """The Ollama of the settings, else the one that is looked for at the start."""
    named = (each.url for each in settings.connections if each.kind == "ollama" and each.url is not None)
    url = next(named, None) or ollama_url(settings)
    origin, path = Origin.split(url)
    call = Call(origin, target=f"{path.rstrip('/')}/api/version", deadlines=PROBE, max_body=4096)
    reply = await client.fetch(call)
    found = json_door.decode_plain(reply.body, dict[str, Any]) if reply.status == 200 else None
    if found is None:
        raise Fault(Kind.upstream, "What answers there is no Ollama.", code="no_ollama")
    return url, str(found.get("version", ""))


def _odd_address() -> Fault:
    return Fault(
        Kind.invalid,
        "A model's base_url must be a public http or https address.",
        hint="The operator can list others in weknora.private_origins.",
        field="parameters.base_url",
        code="bad_address",
    )


def aes_key(settings: Settings, log: Log) -> bytes:
    """What new keys of tenants are made with: the configured key, unless everybody knows it; else one of our own. Which
    one an old key was made with is not asked: it is known by being kept."""
    chosen = settings.weknora.tenant_aes_key
    if chosen is not None and chosen.reveal() != KNOWN_TO_ALL:
        return chosen.reveal().encode()
    if chosen is not None:
        log.warning(
            "TENANT_AES_KEY is the sample key that everybody knows",
            hint="Keys that were brought along stay good; new ones are made with this server's own secret.",
        )
    return derived(secret_keys(settings)[0], PURPOSE)
