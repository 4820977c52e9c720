"""From settings and database to connections: those of the settings, those that admins add, those that are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from parlance.assembly.connections import FALLBACKS, EngineRoom
from parlance.core.accounts.room import AccountRoom
from parlance.core.dispatch import Loader
from parlance.core.models.connecting import CHANGED, ConnectionRoom
from parlance.core.models.connections import Connection, Models
from parlance.core.models.roster import Fixed, Roster
from parlance.core.rounds import Rounds
from parlance.discovery import is_own
from parlance.outbound.calls import Origin
from parlance.outbound.client import Client
from parlance.outbound.public import PublicOnly, must_be_public
from parlance.plugins import BUILT_IN, ENGINES, others
from parlance.ports.signals import Signals
from parlance.ports.stores import Database
from parlance.settings.connection import USUAL_URLS
from parlance.settings.connection import Connection as Configured
from parlance.settings.load import Loaded
from parlance.settings.secret import Secret
from parlance.settings.view import USERINFO
from parlance.stores.sql.connections import SqlConnections
from parlance.values.connections import ConnectionKind, ConnectionPlan, Owner
from parlance.values.errors import Fault, Kind
from parlance.watch import Observer

ROUND_SECONDS = 0.5
"""Between two looks at the version: a change that no signal told of counts within a second."""
Own = Sequence[tuple[str, int]]
_PLUGIN_FAILS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a plug-in's engine may raise when it is made: it must not keep the others from being read."""


class Shop:
    """The `Workshop` of the roster: engines for plans that people write down in a browser."""

    def __init__(self, loaded: Loaded, engines: EngineRoom, observer: Observer, own: Own) -> None:
        self._engines = engines
        self._observer = observer
        self._own = list(own)
        self._private = loaded.settings.admin_connections.private_addresses
        self._public: Client | None = None
        self._kinds: tuple[ConnectionKind, ...] = ()

    def listens_at(self, addresses: Own) -> None:
        """This server answers there as well: none of these is an engine."""
        self._own += addresses

    def kinds(self) -> tuple[ConnectionKind, ...]:
        """Ours first; plug-ins are looked for once, for that takes milliseconds."""
        if not self._kinds:
            names = (name for name in (*BUILT_IN[ENGINES], *others(ENGINES)) if name not in FALLBACKS)
            self._kinds = tuple(ConnectionKind(name, USUAL_URLS.get(name)) for name in names)
        return self._kinds

    def place(self, plan: ConnectionPlan) -> str:
        """Scheme, host and port; of a plug-in that has an address of its own, its name."""
        url = plan.base_url or USUAL_URLS.get(plan.kind)
        if url is None:
            return plan.kind
        origin = _origin(url)
        return f"{origin.scheme}://{origin.authority}"

    def make(
        self, plan: ConnectionPlan, key: str | None, mark: str = "", before: Connection | None = None
    ) -> Connection:
        """One connection. Raises `Fault(invalid)`, or `Fault(unsupported)` where its plug-in fails."""
        configured = written(plan, key)
        if configured.url is not None:
            self._judge(configured.url)
        try:
            return self._engines.connection(configured, mark=mark, before=before, client=self._client())
        except Fault as fault:
            raise _named(fault) from None
        except _PLUGIN_FAILS as error:
            self._observer.defect(error)
            raise Fault(
                Kind.unsupported,
                f"The plug-in of the kind '{plan.kind}' could not make an engine of this.",
                hint="The server's log says why.",
                code="engine_unfit",
            ) from None

    async def discard(self, connection: Connection) -> None:
        """Let go of one that nobody uses."""
        await self._engines.discard(connection)

    def retire(self, connection: Connection) -> None:
        """Let go of one when its last answer is done."""
        self._engines.retire(connection)

    async def tidy(self) -> None:
        """Let go of those whose last answer is done."""
        await self._engines.tidy()

    def learn(self, keys: Sequence[str]) -> None:
        """Take these out of whatever is written or told."""
        self._observer.learn(keys)

    async def close(self) -> None:
        """Hang up."""
        if self._public is not None:
            await self._public.close()

    def is_own(self, url: str) -> bool:
        """Whether a URL leads to this server itself."""
        return is_own(url, self._own)

    def _judge(self, url: str) -> None:
        origin = _origin(url)
        if self.is_own(url):
            raise Fault(
                Kind.invalid,
                "This is the address of this server itself.",
                hint="Name the engine that is to answer.",
                field="base_url",
                code="own_address",
            )
        if not self._private:
            must_be_public(origin)

    def _client(self) -> Client | None:
        """Where private addresses are not allowed, a client that dials none; else everybody's."""
        if self._private:
            return None
        self._public = self._public or Client(resolve=PublicOnly())
        return self._public


class Connecting:
    """All connections of one process."""

    def __init__(self, loaded: Loaded, engines: EngineRoom, observer: Observer, own: Own) -> None:
        self._loaded = loaded
        self._engines = engines
        self._shop = Shop(loaded, engines, observer, own)
        log = observer.log("parlance.core.models")
        self._made_rounds = partial(Rounds, every=ROUND_SECONDS, trouble="connections not read", log=log)
        self._defect = observer.defect
        self._fixed: tuple[Fixed, ...] = ()

    def listens_at(self, addresses: Own) -> None:
        """Host and port of doors that answer by now: one of port 0 has its true one only then."""
        self._shop.listens_at(addresses)

    def is_own(self, url: str) -> bool:
        """Whether a URL leads to this server itself."""
        return self._shop.is_own(url)

    def engines(self, chatbots: Iterable[Configured], found: Iterable[Configured]) -> list[Connection]:
        """Those that nobody changes while the server runs: of the settings, found at start, and always there."""
        origin, configured = self._loaded.origin, self._loaded.settings.connections
        fixed = [
            *(self._fix(each, "file", origin_of(self._loaded, at)) for at, each in enumerate(configured)),
            *(self._fix(each, "file", origin("chatbot.providers").place) for each in chatbots),
            *(self._fix(each, "found", origin(f"discovery.{each.kind}_api_key").place) for each in found),
            *(self._fix(each, "built_in") for each in self._engines.built_in()),
        ]
        self._fixed = tuple(fixed)
        return [one.connection for one in fixed if one.connection is not None]

    def _fix(self, configured: Configured, owner: Owner, origin: str = "") -> Fixed:
        return Fixed(
            plan_of(configured),
            owner,
            self._engines.connection(configured) if configured.enabled else None,
            partial(self._engines.connection, msgspec.structs.replace(configured, models=())),
            origin,
            configured.api_key is not None,
        )

    async def begin(
        self,
        models: Models,
        fit: Callable[[Connection], None],
        database: Database,
        accounts: AccountRoom,
        signals: Signals | None,
    ) -> None:
        """Before anybody is served: take in what admins have added. `fit` is put before engines that come later."""
        self._engines.fit = fit
        roster = Roster(SqlConnections(database), accounts.sealer, self._shop, models, self._fixed)
        self.room = ConnectionRoom(roster, accounts, signals)
        self._rounds = self._made_rounds(roster.round, on_defect=self._defect, at_once=False)
        if signals is not None:
            signals.on(CHANGED, self.room.hear)
        await roster.refresh()

    @property
    def loaders(self) -> Mapping[str, Loader]:
        """How what operations name is found."""
        return {"connection": self.room.find}

    def start(self) -> None:
        """Hear of changes from now on."""
        self._rounds.start()

    async def stop(self) -> None:
        """No more of that."""
        await self._rounds.stop()
        await self._engines.close()
        await self._shop.close()


def written(plan: ConnectionPlan, key: str | None) -> Configured:
    """A plan as the settings would have it."""
    return Configured(**msgspec.structs.asdict(plan), api_key=None if key is None else Secret(key))


def plan_of(configured: Configured) -> ConnectionPlan:
    """A connection of the settings as people are shown it: of an address without a name and a password in it."""
    said = {name: getattr(configured, name) for name in ConnectionPlan.__struct_fields__}
    url = None if configured.url is None else USERINFO.sub("", configured.url)
    return ConnectionPlan(**{**said, "base_url": url})


def origin_of(loaded: Loaded, at: int) -> str:
    """Where the settings have their connection of this number: the line of its name, or what holds all of them."""
    keys = (f"connections[{at}].name", f"connections[{at}]", "connections")
    return next((loaded.origins[key].place for key in keys if key in loaded.origins), "")


def _origin(url: str) -> Origin:
    try:
        return Origin.split(url)[0]
    except Fault as fault:
        raise _named(fault) from None


def _named(fault: Fault) -> Fault:
    """With the field as the operation calls it."""
    if fault.field != "url":
        return fault
    return Fault(fault.kind, fault.message, hint=fault.hint, field="base_url", code=fault.code or "bad_address")
