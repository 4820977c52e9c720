"""Models of this machine that lie as folders in one folder, as the server sees them: listed, loaded by the first ask.

Each runs in a child process of its own, which ends when it has been idle for a while, or when its files were replaced.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from parlance.engines.onnx.cross_encoder import GRAPHS
from parlance.engines.onnx.engine import CHILD, WALKERS
from parlance.engines.onnx.runtime import lacking_runtime
from parlance.engines.onnx.weights import trusted
from parlance.processes import pipe
from parlance.processes.child import ChildProcess, Later, Limits, python, trimmed
from parlance.values.errors import Fault, Kind
from parlance.values.models import LOCAL, Capability, LoadedModel, LoadState, ModelCard, ModelRef
from parlance.values.time import SECOND, Clock

SPARE = 512 * 1024 * 1024
"""Bytes beside thrice the model's file that its process may take."""
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
Stamp = tuple[object, ...]


class _Pulled(msgspec.Struct, frozen=True):
    sha256: dict[str, str] = {}


class Place(msgspec.Struct, frozen=True):
    """What the models of this machine run with. `limits.rest` is the idle time before one is unloaded."""

    clock: Clock
    environment: Mapping[str, str]
    connection: str = "embed"
    threads: int | None = None
    limits: Limits = Limits()
    later: Later | None = None


class FolderModels:
    """The models in `folder`; what kind they are, those who inherit from it say."""

    called: str
    process: str
    capability: Capability

    def __init__(self, folder: Path, place: Place) -> None:
        self._folder, self._surroundings = folder, place
        self._children: dict[str, tuple[Stamp, ChildProcess]] = {}
        self._turns: dict[str, asyncio.Semaphore] = {}

    def hello(self, home: Path) -> tuple[pipe.Call, Limits]:
        """What loads the model of a folder, and the bounds of its process. Raises `Fault`."""
        raise NotImplementedError

    def facts(self, home: Path) -> dict[str, Any]:
        """What the card of a folder's model says beside what all do. Raises `Fault`."""
        raise NotImplementedError

    def holds(self, name: str) -> bool:
        """Whether there is such a model."""
        own = name.removeprefix(LOCAL)
        there = own != name and _FOLDER.fullmatch(own) is not None and _is_model(self._folder / own)
        return there and trusted(self._folder)

    async def cards(self) -> Sequence[ModelCard]:
        """Every model in the folder, with a note that says what is missing when one is not usable."""
        try:
            found = sorted(self._folder.iterdir()) if trusted(self._folder) else []
        except OSError:
            return []
        return [self._card(LOCAL + path.name) for path in found if _is_model(path)]

    async def show(self, name: str, verbose: bool = False) -> ModelCard:
        """One model. Raises `Fault(missing)`."""
        self.home(name)
        return self._card(name)

    async def loaded(self) -> Sequence[LoadedModel]:
        """Those whose process lives, and whose folder is still there."""
        living = [(name, child) for name, (_, child) in self._children.items() if child.pid is not None]
        return [self._live(name, child) for name, child in living if self.holds(name)]

    async def unload(self, name: str) -> None:
        """Give the memory back now. Raises `Fault(missing)`."""
        self.home(name)
        if name in self._children:
            await self._children[name][1].end()

    async def close(self) -> None:
        """End all children for good."""
        for _, child in self._children.values():
            await child.close()

    def home(self, name: str) -> Path:
        """The folder of a model. Raises `Fault(missing)`."""
        if not self.holds(name):
            raise Fault(Kind.missing, f"There is no such {self.called} here.", field="model", code="model_not_found")
        return self._folder / name.removeprefix(LOCAL)

    def turns(self, name: str) -> asyncio.Semaphore:
        """What the long asks of a model wait at for each of their calls."""
        return self._turns.setdefault(name, asyncio.Semaphore(WALKERS))

    async def child(self, name: str) -> ChildProcess:
        """The process of a model; another one when its files are not those that it has loaded. Raises `Fault`."""
        home = self.home(name)
        if (fault := lacking_runtime()) is not None:
            raise fault
        stamp, before = _stamp(home), self._children.get(name)
        if before is not None and before[0] == stamp:
            return before[1]
        hello, limits = self.hello(home)
        place = self._surroundings
        command, visible = python(CHILD, str(os.getpid())), trimmed(place.environment)
        made = ChildProcess(self.process, command, hello, visible, place.clock, limits, place.later)
        self._children[name] = (stamp, made)
        if before is not None:
            # For good: what it has loaded must not answer beside what is there now.
            await before[1].close()
        return made

    def roomy(self, home: Path, more: int = 0) -> Limits:
        """The bounds of a process for a model of this size, and `more` bytes for what it works on."""
        limits = self._surroundings.limits
        return msgspec.structs.replace(limits, memory=max(limits.memory, 3 * _size(home) + SPARE + more))

    def _live(self, name: str, child: ChildProcess) -> LoadedModel:
        clock = self._surroundings.clock
        left = None if child.expires is None else child.expires - clock.monotonic()
        expires = None if left is None else clock.now() + int(left * SECOND)
        return LoadedModel(self._card(name), size=child.resident, expires=expires)

    def _card(self, name: str) -> ModelCard:
        home, fault, facts = self._folder / name.removeprefix(LOCAL), lacking_runtime(), dict[str, Any]()
        try:
            facts = self.facts(home)
        except Fault as unfit:
            fault = fault or unfit
        _, child = self._children.get(name, (None, None))
        state: LoadState = "ready" if fault is None else "unavailable"
        if child is not None and (child.pid is not None or child.loading):
            state = "loaded" if child.pid is not None else "loading"
        return ModelCard(
            id=name,
            ref=ModelRef(self._surroundings.connection, name),
            engine="onnx",
            capabilities=frozenset({self.capability}),
            state=state,
            size=_size(home),
            digest=_pulled(home).sha256.get("model.onnx", ""),
            note=None if fault is None else fault.sentence(),
            **facts,
        )


def _is_model(home: Path) -> bool:
    files = any((home / name).is_file() for name in GRAPHS) and (home / "tokenizer.json").is_file()
    return files and _FOLDER.fullmatch(home.name) is not None


def _pulled(home: Path) -> _Pulled:
    """What was noted when it was fetched; nothing of one that somebody put there."""
    try:
        return msgspec.json.decode((home / "pulled.json").read_bytes(), type=_Pulled)
    except (OSError, msgspec.DecodeError):
        return _Pulled()


def _stamp(home: Path) -> Stamp:
    found = sorted(path for path in home.iterdir() if path.is_file())
    return tuple((path.name, (facts := path.stat()).st_ino, facts.st_size, facts.st_mtime_ns) for path in found)


def _size(home: Path) -> int:
    return sum(path.stat().st_size for name in GRAPHS for path in home.glob(f"{name}*") if path.is_file())
