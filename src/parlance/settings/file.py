"""Reads parlance.toml: raw values with their lines, and an error for every key that no setting has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from parlance.settings.decode import nearest
from parlance.settings.layers import Given, Origin, read_toml
from parlance.settings.tree import Leaf, sections


class SettingsFile:
    """Reads one file. An unknown key is an error, for a setting ignored is a setting lost."""

    def __init__(self, known: Mapping[str, Leaf], problems: list[str]) -> None:
        self._known = known
        self._problems = problems
        self._tables = {name for name, _ in sections()}
        self._origins: dict[str, Origin] = {}
        self._path = Path()

    def read(self, path: Path) -> list[Given]:
        """What the file gives, in its order; nothing, with a sentence among the problems, where it is not TOML."""
        from parlance.settings.lines import line_numbers

        read = read_toml(path, self._problems)
        if read is None:
            return []
        table, text = read
        self._path = path
        self._origins = {key: Origin("file", f"{path}:{line}") for key, line in line_numbers(text).items()}
        given: list[Given] = []
        self._walk(table, "", given)
        return given

    def _walk(self, values: dict[str, object], prefix: str, given: list[Given]) -> None:
        for name, raw in values.items():
            key = prefix + name
            origin = self._origin(key)
            if key in self._known:
                inner = {item: place for item, place in self._origins.items() if item.startswith(key + "[")}
                given.append(Given(key, raw, origin, self._path.parent, lines=inner))
            elif key not in self._tables:
                hint = nearest(key, [*self._known, *self._tables])
                self._problems.append(f"{origin.place}: {key} is not a setting.{hint}")
            elif isinstance(raw, dict):
                self._walk(raw, key + ".", given)
            else:
                self._problems.append(f"{origin.place}: {key} must be a table.")

    def _origin(self, key: str) -> Origin:
        """Where the key stands, or the nearest one around it, as for keys of an inline table."""
        while key and key not in self._origins:
            key = key.rpartition(".")[0]
        return self._origins[key] if key else Origin("file", f"{self._path}:1")
