"""Engines for plans that people write down: what they may be, and what becomes of them when nobody wants them."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from parlance.assembly import connecting
from parlance.assembly.connecting import Connecting, Shop
from parlance.assembly.connections import REST_SECONDS, EngineRoom, surroundings
from parlance.engines.plug import Engine, Surroundings, Upstream
from parlance.observe.levels import Levels
from parlance.observe.logging import Logging
from parlance.observe.metrics import Metrics
from parlance.observe.redaction import Redactor
from parlance.outbound.client import Client
from parlance.settings.connection import Connection as Configured
from parlance.settings.load import Loaded
from parlance.testing.clocks import HandClock
from parlance.testing.road import ScriptedEngine
from parlance.testing.servers import loaded
from parlance.values.connections import ConnectionPlan
from parlance.values.errors import Fault, Kind
from parlance.values.time import SystemClock
from parlance.watch import Observer

OWN = [("127.0.0.1", 8080)]
KEY = "what-opens-the-lab-wxyz"


class Floor:
    """A shop with its engine room, on settings of a test."""

    def __init__(self, settings: Loaded, own: Sequence[tuple[str, int]] = OWN) -> None:
        redactor = Redactor()
        out = self.out = io.BytesIO()
        logging = Logging(out.write, SystemClock(), format="json", levels=Levels.parse("debug"), redactor=redactor)
        self.observer = Observer(logging, Metrics(redactor.redact), redactor)
        self.clock = HandClock()
        given = surroundings(settings.settings, Client(), self.clock, self.observer, {})
        self.engines = EngineRoom(settings.settings, given, self.clock, self.observer)
        self.shop = Shop(settings, self.engines, self.observer, own)


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    """As it is out of the box."""
    return Floor(loaded(tmp_path))


class Plugged:
    """An engine of a plug-in that holds something."""

    def __init__(self) -> None:
        self.upstreams: list[Upstream] = []
        self.closed = 0
        self.error: Exception | None = None

    def __call__(self, upstream: Upstream, surroundings: Surroundings) -> Engine:
        if self.error is not None:
            raise self.error
        self.upstreams.append(upstream)
        engine = ScriptedEngine()
        return Engine(engine, chat=engine, embed=engine, close=self.close)

    async def close(self) -> None:
        """It lets go."""
        self.closed += 1


MODULE = """
MADE = None


def engine(upstream, surroundings):
    return MADE(upstream, surroundings)
"""


@pytest.fixture
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plugged]:
    """A plug-in that is installed: a module, and what its distribution says of it."""
    information = tmp_path / "site" / "plugged-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[parlance.engines]\nplugged = plugged_engine:engine\n")
    (tmp_path / "site" / "plugged_engine.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "site")
    module: Any = importlib.import_module("plugged_engine")
    module.MADE = Plugged()
    yield module.MADE
    del sys.modules["plugged_engine"]


def plan(**more: Any) -> ConnectionPlan:
    """A plan of the plug-in's kind."""
    return ConnectionPlan(**{"name": "lab", "kind": "plugged", "base_url": "http://lab.test/v1/", **more})


def test_the_kinds_are_the_engines_that_are_installed(floor: Floor, plugged: Plugged) -> None:
    """Plug-ins too; not those that are always there."""
    kinds = floor.shop.kinds()
    assert [kind.name for kind in kinds] == ["openai", "ollama", "plugged"] and floor.shop.kinds() is kinds
    assert [kind.usual_url for kind in kinds][1:] == ["http://127.0.0.1:11434", None]


def test_an_engine_is_told_what_was_written_down(floor: Floor, plugged: Plugged) -> None:
    """As one of the settings would be."""
    floor.shop.make(plan(models=("a", "b"), total_seconds=9.0), KEY)
    [upstream] = plugged.upstreams
    assert (upstream.url, upstream.key, upstream.models) == ("http://lab.test/v1", KEY, ("a", "b"))
    assert upstream.deadlines.total == 9.0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"base_url": "http://127.0.0.1:8080/v1"}, "own_address"),
        ({"base_url": "http://lab.test:99999/v1"}, "bad_address"),
        ({"base_url": "http://lab.test/%zz\N{SNOWMAN}"}, "bad_address"),
    ],
)
def test_an_address_that_cannot_be_is_refused_by_its_field(
    floor: Floor, plugged: Plugged, more: dict[str, Any], code: str
) -> None:
    """That of this server itself would ask itself for ever."""
    with pytest.raises(Fault) as refused:
        floor.shop.make(plan(**more), None)
    assert (refused.value.kind, refused.value.field, refused.value.code) == (Kind.invalid, "base_url", code)


def test_a_door_of_which_only_the_system_knew_the_port_is_an_own_address_too(tmp_path: Path, plugged: Plugged) -> None:
    """Once it answers, and whatever becomes of the list that named the others."""
    floor, wanted = Floor(loaded(tmp_path)), plan(base_url="http://127.0.0.1:40123/v1")
    own = [("127.0.0.1", 0)]
    area = Connecting(loaded(tmp_path), floor.engines, floor.observer, own)
    area._shop.make(wanted, None)
    own.append(("127.0.0.1", 40123))
    area._shop.make(wanted, None)
    area.listens_at([("127.0.0.1", 40123)])
    with pytest.raises(Fault) as refused:
        area._shop.make(wanted, None)
    assert refused.value.code == "own_address"


def test_a_key_belongs_to_scheme_host_and_port(floor: Floor) -> None:
    """Whatever stands behind them; a plug-in without an address is a place of its own."""
    place = floor.shop.place
    assert place(plan()) == place(plan(base_url="http://LAB.test:80/other")) == "http://lab.test"
    assert place(plan()) != place(plan(base_url="https://lab.test/v1"))
    assert place(plan(base_url=None)) == "plugged"
    assert place(plan(kind="ollama", base_url=None)) == "http://127.0.0.1:11434"


async def test_private_addresses_can_be_ruled_out(tmp_path: Path, plugged: Plugged) -> None:
    """By a setting; the engine then calls through a client that dials none."""
    toml = "[admin_connections]\nprivate_addresses = false\n"
    floor = Floor(loaded(tmp_path, toml=toml))
    with pytest.raises(Fault, match="not public"):
        floor.shop.make(plan(base_url="http://10.0.0.7/v1"), None)
    floor.shop.make(plan(base_url="https://api.example.org/v1"), None)
    await floor.shop.close()


@pytest.mark.parametrize("error", [ImportError("no such module"), TypeError("options"), KeyError("last")])
def test_a_plug_in_that_fails_is_told_and_logged(floor: Floor, plugged: Plugged, error: Exception) -> None:
    """It must not keep the others from being read."""
    plugged.error = error
    with pytest.raises(Fault) as refused:
        floor.shop.make(plan(), None)
    assert (refused.value.kind, refused.value.code) == (Kind.unsupported, "engine_unfit")
    floor.observer.end()
    assert type(error).__name__ in floor.out.getvalue().decode()


async def test_an_engine_is_let_go_of_when_its_last_answer_is_done(floor: Floor, plugged: Plugged) -> None:
    """And a little later, for somebody may have found it just before."""
    made = floor.shop.make(plan(), None)
    with made.circuit.call("ada"):
        floor.shop.retire(made)
        floor.clock.move(10 * REST_SECONDS)
        await floor.shop.tidy()
        await floor.shop.tidy()
    floor.clock.move(REST_SECONDS / 2)
    await floor.shop.tidy()
    assert plugged.closed == 0
    floor.clock.move(REST_SECONDS)
    await floor.shop.tidy()
    assert plugged.closed == 1
    await floor.engines.close()
    assert plugged.closed == 1


async def test_an_engine_that_holds_nothing_is_forgotten_at_once(floor: Floor) -> None:
    """Its answers go on: they have what they need. The gauge forgets its troubles."""
    made = floor.shop.make(plan(kind="openai"), None)
    for _ in range(5):
        with pytest.raises(Fault), made.circuit.call("ada"):
            raise Fault(Kind.upstream, "No connection.", code="unreachable")
    assert 'connection="lab",state="open"} 1' in floor.observer.metrics_text().decode()
    floor.shop.retire(made)
    assert 'connection="lab",state="closed"} 1' in floor.observer.metrics_text().decode()
    assert not floor.engines._engines


async def test_whoever_waits_keeps_their_place_when_a_connection_changes(floor: Floor, plugged: Plugged) -> None:
    """The line is taken over with other bounds; another name, or no bound at all, is another line."""
    before = floor.shop.make(plan(max_concurrent=1), None)
    after = floor.shop.make(plan(max_concurrent=3, max_queue_size=7), None, before=before)
    assert after.line is before.line and (after.line.places, after.line.max_waiting) == (3, 7)
    assert floor.shop.make(plan(max_concurrent=3, name="other"), None, before=after).line is not after.line
    assert floor.shop.make(plan(), None, before=after).line is not after.line


async def test_engines_that_come_later_are_fitted_like_the_first(floor: Floor, plugged: Plugged) -> None:
    """With what is put before embedders."""
    fitted: list[str] = []
    floor.engines.fit = lambda made: fitted.append(made.name)
    floor.shop.make(plan(), None)
    assert fitted == ["lab"]


TOML = """
[[connections]]
name = "first"
base_url = "https://me:pass-word@up.example/v1"
api_key = "sk-not-to-be-seen-anywhere"
[[connections]]
name = "second"
enabled = false
kind = "ollama"
"""


def test_connections_of_the_settings_say_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the secrets that are written there."""
    settings = loaded(tmp_path, toml=TOML)
    floor = Floor(settings)
    names: list[str] = []
    monkeypatch.setattr(floor.engines, "connection", lambda configured, **more: names.append(configured.name))
    area = Connecting(settings, floor.engines, floor.observer, ())
    env = Configured("openai", api_key=settings.settings.connections[0].api_key)
    area.engines((), (env,))
    assert names == ["first", "openai", "onnx", "quote"]
    first, second, found, *rest = area._fixed
    assert (first.origin, second.origin) == (f"{tmp_path}/parlance.toml:3", f"{tmp_path}/parlance.toml:7")
    assert first.plan.base_url == "https://up.example/v1" and first.has_key and second.connection is None
    assert (found.owner, found.plan.base_url, [one.owner for one in rest]) == (
        "found",
        "https://api.openai.com/v1",
        ["built_in", "built_in"],
    )
    assert connecting.origin_of(settings, 9) == f"{tmp_path}/parlance.toml:2"
