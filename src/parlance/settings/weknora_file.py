"""WeKnora's own `config.yaml` with `${NAME}` in it: what it says counts below every layer of ours.

It is read where `weknora.config_file` names it; else where that system looks for one, if one of its variables is set
or a door speaks its dialect. What has no meaning here is accepted with the reason; what nobody knows is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from parlance.settings.decode import nearest
from parlance.settings.folder import expanded
from parlance.settings.layers import Given, Origin, Variable, is_file, read_text
from parlance.settings.tree import Leaf, shape_of
from parlance.settings.weknora_file_keys import ACCEPTED, MAPPED, SECTIONS
from parlance.settings.weknora_servers import redis_of_file
from parlance.settings.weknora_variables import is_marked
from parlance.values.extras import advice

NAME = "config.yaml"
SETTING = "weknora.config_file"
NO_YAML = "what reads YAML is not installed: "
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_SPEAKS = re.compile(r"\bweknora\b")


class Nearby(NamedTuple):
    """What the file is found and read with: the working folder, the process's variables, those of all layers, our
    settings, and where what is to be said about it goes."""

    folder: Path
    environment: Mapping[str, str]
    variables: Mapping[str, Variable]
    known: Mapping[str, Leaf]
    problems: list[str]
    warnings: list[str]


def config_yaml(givens: Sequence[Given], near: Nearby) -> list[Given]:
    """What the file gives; nothing where there is none, or where what lies in its place is another program's."""
    named = next((each for each in reversed(givens) if each.key == SETTING), None)
    if named is not None:
        path = expanded(str(named.raw), named.folder, near.environment)
        if is_file(path):
            return _Reading(path, near, named=True).givens()
        near.problems.append(f"{named.origin.place}: {SETTING} names no file that is there.")
        return []
    speaks = any(each.key == "doors" and _SPEAKS.search(str(each.raw)) for each in givens)
    found = next(filter(is_file, _places(near)), None) if speaks or is_marked(near.variables) else None
    return [] if found is None else _Reading(found, near, named=False).givens()


def _places(near: Nearby) -> Iterator[Path]:
    """Where that system looks, in its order."""
    yield near.folder / NAME
    yield near.folder / "config" / NAME
    home = near.environment.get("HOME")
    if home:
        yield Path(home) / ".appname" / NAME
    yield Path("/etc/appname") / NAME


class _Reading:
    """Reads one file. Of one that was `named` every fault is an error; else it may be another program's."""

    def __init__(self, path: Path, near: Nearby, *, named: bool) -> None:
        self._path = path
        self._near = near
        self._named = named
        self._complaints = near.problems if named else near.warnings
        self._idle: dict[str, list[str]] = {}
        self._given: list[Given] = []
        self._servers: dict[str, Given] = {}

    def givens(self) -> list[Given]:
        """All that it gives; a warning for each reason why something of it has no effect."""
        try:
            import yaml
        except ModuleNotFoundError:
            self._complaints.append(f"{self._path} cannot be read: {NO_YAML}{advice('chatbot')}")
            return []
        text = read_text(self._path, self._complaints)
        if text is None:
            return []
        try:
            self._read(yaml.SafeLoader(text))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            line = "" if mark is None else f":{mark.line + 1}"
            self._complaints.append(f"{self._path}{line} is not valid YAML.")
            return []
        for why, keys in self._idle.items():
            self._near.warnings.append(f"{self._path}: {', '.join(keys)}: accepted without effect: {why}.")
        return [*redis_of_file(self._servers, self._near.warnings), *self._given]

    def _read(self, loader: Any) -> None:
        from yaml import MappingNode

        root = loader.get_single_node()
        if root is None and self._named:
            return
        mine = isinstance(root, MappingNode) and any(str(key.value) in SECTIONS for key, _ in root.value)
        if mine or (self._named and isinstance(root, MappingNode)):
            self._walk(loader, root, "")
        elif self._named:
            self._near.problems.append(f"{self._path}: it must be a table in YAML.")

    def _walk(self, loader: Any, table: Any, prefix: str) -> None:
        from yaml import MappingNode

        loader.flatten_mapping(table)
        met: set[str] = set()
        for name, node in table.value:
            key, place = f"{prefix}{name.value}", f"{self._path}:{name.start_mark.line + 1}"
            if key in met:
                self._near.problems.append(f"{place}: {key} is given twice.")
            met.add(key)
            if key in SECTIONS and isinstance(node, MappingNode):
                self._walk(loader, node, key + ".")
            elif key in ACCEPTED:
                self._idle.setdefault(ACCEPTED[key], []).append(key)
            elif key in MAPPED:
                self._take(key, loader.construct_object(node, deep=True), place)
            elif key not in SECTIONS:
                hint = nearest(key, [*MAPPED, *ACCEPTED, *SECTIONS])
                self._near.problems.append(f"{place}: {key} is not a key of WeKnora's {NAME}.{hint}")
            elif loader.construct_object(node, deep=True) is not None:
                self._near.problems.append(f"{place}: {key} must be a table.")

    def _take(self, key: str, raw: object, place: str) -> None:
        """One value. What stands in quotes, or came of a variable, may be a number all the same, as there."""
        if raw is None:
            return
        if isinstance(raw, str):
            raw = _VARIABLE.sub(lambda found: self._value(found, key, place), raw)
        ours = MAPPED[key]
        leaf = self._near.known.get(ours)
        text = isinstance(raw, str) and (leaf is None or shape_of(leaf.annotation).base is not str)
        given = Given(ours, raw, Origin("file", f"{place} {key}"), self._path.parent, text=text, alias=key)
        if leaf is None:
            self._servers[key] = given
        else:
            self._given.append(given)

    def _value(self, found: re.Match[str], key: str, place: str) -> str:
        """A variable's value; where it has none the text stays, as there."""
        variable = self._near.variables.get(found[1])
        if variable is None or not variable.value:
            self._near.warnings.append(f"{place}: the variable {found[1]} of {key} is not set; the text stays.")
            return found[0]
        return variable.value
